//! Subjects of a shard, by number.

use super::ask;
use headgate::limit::Limit;
use headgate::object::{Ask, SubjectId};

/// Ids are hashes, so that they spread over pages as those of the product do.
pub fn subject(number: u64) -> SubjectId {
    let mut random = super::Random(number);
    let mut id = [0; 16];
    id[..8].copy_from_slice(&random.next().to_le_bytes());
    id[8..].copy_from_slice(&random.next().to_le_bytes());
    SubjectId(id)
}

/// What a subject asks, brought by nobody in particular.
pub fn ask_of(number: u64, limits: &[Limit], cost: u64) -> Ask {
    Ask {
        subject: Some(subject(number)),
        ..ask(limits, cost)
    }
}

/// What a subject asks that a network brought.
pub fn brought(network: u64, number: u64, limits: &[Limit], cost: u64) -> Ask {
    Ask {
        brought_by: Some(subject(u64::MAX - network)),
        ..ask_of(number, limits, cost)
    }
}
