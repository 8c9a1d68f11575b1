//! Names of leases.

use serde::{Deserialize, Serialize};

/// A lease's id: the id of the request that it was granted to, 122 random bits of a UUID. Who does not know it
/// cannot free the slot, and asking again under it is the same lease.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct LeaseId(pub [u8; 16]);

impl LeaseId {
    /// The lease of a request; `None` if its id is no UUID.
    #[must_use]
    pub fn of_request(id: &str) -> Option<Self> {
        let mut digits = id.chars().filter(|c| *c != '-');
        let mut bytes = [0; 16];
        for byte in &mut bytes {
            let (high, low) = (digits.next()?.to_digit(16)?, digits.next()?.to_digit(16)?);
            *byte = u8::try_from(high << 4 | low).ok()?;
        }
        digits.next().is_none().then_some(Self(bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lease_is_named_by_the_uuid_of_its_request() {
        let lease = LeaseId::of_request("97ec4f6a-b61b-400a-91e0-9b5d024a0ff0").unwrap();
        assert_eq!(lease.0[..4], [0x97, 0xec, 0x4f, 0x6a]);
        assert_eq!(lease.0[15], 0xf0);
        for other in [
            "",
            "97ec4f6a",
            "97ec4f6a-b61b-400a-91e0-9b5d024a0ff",
            "97ec4f6a-b61b-400a-91e0-9b5d024a0ff00",
            "97ec4f6a-b61b-400a-91e0-9b5d024a0fg0",
        ] {
            assert_eq!(LeaseId::of_request(other), None, "{other}");
        }
    }
}
