//! Rows as version 0.1 writes them.

use super::{ask, limit};
use headgate::object::{Ask, SubjectId};

/// An account after one call of 5 at [`super::START`], under two limits.
pub const ACCOUNT_ROW: &str = "0180d8c1a28c3401020100066d696e75746500c801e0d403c801010004686f757200904e\
    80dddb01904e01000000000000000000000000000000000200e0e7e3f695b3510180d1b5\
    b4c8fee51f";

/// A page of two subjects, one of which has met two policies.
pub const SHARD_PAGE: &str = "0180d8c1a28c3409020980f7c4d506066d696e7574650014e0d403140880f7c4d5060364\
    6179008094ebdc038090dee6750102010101010101010101010101010101010100e0b4a5\
    b2f591080202020202020202020202020202020202000001ffffffffffffffffffffffff\
    ffffffffffff03";

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
