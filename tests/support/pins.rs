//! Rows as version 0.1 writes them.

use super::{ask, limit};
use headgate::object::{Ask, SubjectId};

/// An account after one call of 5 at [`super::START`], under two limits.
pub const ACCOUNT_ROW: &str = "0180d8c1a28c340101020100066d696e75746500c801e0d403c801010004686f757200\
    904e80dddb01904e010000000000000000000000000000000002000000e0e7e3f695b35101000080d1b5b4c8fee51f";

/// A page of two subjects, one of which has met two policies.
pub const SHARD_PAGE: &str = "0180d8c1a28c340900020980f7c4d506066d696e7574650014e0d403140880f7c4d506\
    03646179008094ebdc038090dee67501020101010101010101010101010101010101000000e0b4a5b2f59108020202020202\
    020202020202020202020200000000010000ffffffffffffffffffffffffffffffffffff03";

/// An account with five leases: the row names four and allows two more.
pub const LANE_ROW: &str = "0183d8c1a28c340101010100087072696f726974790108b0ea01fa01e807010000000000000000000000000000000001\
    0000010400000000000000000000000000000000c8b7c4a28c3401000000000000000000000000000000c9b7c4a28c3402\
    000000000000000000000000000000cab7c4a28c3403000000000000000000000000000000cbb7c4a28c3402cbb7c4a2\
    8c3400";

/// The same after memory loss and one more call.
pub const LANE_ROW_WITH_LOST: &str = "01e8dfc1a28c340102010100087072696f726974790108b0ea01fa01e807010000000000000000000000000000000001\
    0000010500000000000000000000000000000000c8b7c4a28c3401000000000000000000000000000000c9b7c4a28c3402\
    000000000000000000000000000000cab7c4a28c3403000000000000000000000000000000cbb7c4a28c340900000000\
    0000000000000000000000b0bfc4a28c3400b0bfc4a28c340102cbb7c4a28c34";

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
