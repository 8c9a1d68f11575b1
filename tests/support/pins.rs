//! Rows as version 0.1 writes them.

use super::rates::Kind;
use super::{ask, limit};
use headgate::object::{Ask, SubjectId};

/// An account after one call of 5 at [`super::START`], under two limits.
pub const ACCOUNT_ROW: &str = "0180d8c1a28c340101020100066d696e75746500c801e0d403c801010004686f757200\
    904e80dddb01904e010000000000000000000000000000000002000000e0e7e3f695b35101000080d1b5b4c8fee51f00";

/// A page of two subjects, one of which has met two policies.
pub const SHARD_PAGE: &str = "0180d8c1a28c340900020980f7c4d506066d696e7574650014e0d403140880f7c4d506\
    03646179008094ebdc038090dee67501020101010101010101010101010101010101000000e0b4a5b2f59108020202020202\
    020202020202020202020200000000010000ffffffffffffffffffffffffffffffffffff0300";

/// An account with five leases: the row names four and allows two more.
pub const LANE_ROW: &str = "0183d8c1a28c340101010100087072696f726974790108b0ea01fa01e807010000000000000000000000000000000001\
    0000010400000000000000000000000000000000c8b7c4a28c3401000000000000000000000000000000c9b7c4a28c3402\
    000000000000000000000000000000cab7c4a28c3403000000000000000000000000000000cbb7c4a28c3402cbb7c4a2\
    8c340000";

/// The same after memory loss and one more call.
pub const LANE_ROW_WITH_LOST: &str = "01e8dfc1a28c340102010100087072696f726974790108b0ea01fa01e807010000000000000000000000000000000001\
    0000010500000000000000000000000000000000c8b7c4a28c3401000000000000000000000000000000c9b7c4a28c3402\
    000000000000000000000000000000cab7c4a28c3403000000000000000000000000000000cbb7c4a28c340900000000\
    0000000000000000000000b0bfc4a28c3400b0bfc4a28c340102cbb7c4a28c3400";

/// An account after five calls of 2, each a millisecond after the one before, the last also of a part of it; and what
/// is left of the limit and of the part after memory loss.
pub const RATE_ROWS: [(Kind, &str, [u64; 2]); 7] = [
    (
        Kind::Bucket,
        "0184d8c1a28c340101010100036f6e65006480b89929640100000000000000000000000000000000020000008090a797\
         ced9280001070000000000000001010101010101010090d3dbcdcbd92800",
        [90, 98],
    ),
    (
        Kind::Log,
        "0184d8c1a28c340101010100036f6e65026480b899290100000000000000000000000000000000020000020e0680d8c1\
         a28c34020102010201020102f02e0400010700000000000000010101010101010102060284d8c1a28c3402f02e0400",
        [86, 94],
    ),
    (
        Kind::Sliding,
        "0184d8c1a28c340101010100036f6e65036480b899290a0100000000000000000000000000000000020000020e0180e0\
         e8a28c340e00010700000000000000010101010101010102060180e0e8a28c340600",
        [86, 94],
    ),
    (
        Kind::Fixed,
        "0184d8c1a28c340101010100036f6e6504640080b8992901000000000000000000000000000000000200000380d88c8a\
         8c340e0001070000000000000001010101010101010380d88c8a8c340600",
        [86, 94],
    ),
    (
        Kind::Month,
        "0184d8c1a28c340101010100036f6e6504640101000000000000000000000000000000000200000380f88fd285340e00\
         01070000000000000001010101010101010380f88fd285340600",
        [86, 94],
    ),
    (
        Kind::Anchored,
        "0184d8c1a28c340101010100036f6e65056480b8992901000000000000000000000000000000000200000380d8c1a28c\
         340e0001070000000000000001010101010101010384d8c1a28c340600",
        [86, 94],
    ),
    (
        Kind::Lifetime,
        "0184d8c1a28c340101010100036f6e65066480b8992901000000000000000000000000000000000200000384d8c1a28c\
         340a0001070000000000000001010101010101010384d8c1a28c340200",
        [90, 98],
    ),
];

/// The same limits as they travel.
pub const RATE_ALGORITHMS: [(Kind, &str); 7] = [
    (
        Kind::Bucket,
        r#"{"token-bucket":{"units":100,"window":86400000,"burst":100}}"#,
    ),
    (
        Kind::Log,
        r#"{"sliding-log":{"units":100,"window":86400000}}"#,
    ),
    (
        Kind::Sliding,
        r#"{"sliding-window":{"per":{"units":100,"window":86400000},"parts":10}}"#,
    ),
    (
        Kind::Fixed,
        r#"{"fixed-window":{"units":100,"period":{"every":86400000}}}"#,
    ),
    (
        Kind::Month,
        r#"{"fixed-window":{"units":100,"period":"month"}}"#,
    ),
    (
        Kind::Anchored,
        r#"{"anchored-window":{"units":100,"window":86400000}}"#,
    ),
    (
        Kind::Lifetime,
        r#"{"lifetime":{"units":100,"window":86400000}}"#,
    ),
];

pub fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}

pub fn bytes(hex: &str) -> Vec<u8> {
    let digits = |at: usize| u8::from_str_radix(&hex[at..at + 2], 16).unwrap();
    (0..hex.len()).step_by(2).map(digits).collect()
}

/// A look of a subject of that page.
pub fn asked_by(subject: u8) -> Ask {
    Ask {
        version: 9,
        subject: Some(SubjectId([subject; 16])),
        ..ask(&[limit("minute", 20, 60_000, 20)], 0)
    }
}
