//! Which network an address belongs to, for strangers that are counted by where they come from.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The network that shares one budget, and the wider one whose newcomers are counted together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Network {
    /// An IPv4 address, or the /64 of an IPv6 address, which one subscriber has to itself.
    pub own: String,
    /// The /48 of an IPv6 address, within which a subscriber may hop from /64 to /64.
    pub wider: Option<String>,
}

/// The network of an address as the platform names it. Anything that is no address, or none at all, is one
/// network of its own: those clients share a budget.
#[must_use]
pub fn network(address: Option<&str>) -> Network {
    match address.and_then(|text| text.trim().parse::<IpAddr>().ok()) {
        None => Network {
            own: "unknown".to_owned(),
            wider: None,
        },
        Some(IpAddr::V4(v4)) => Network {
            own: v4.to_string(),
            wider: None,
        },
        Some(IpAddr::V6(v6)) => embedded(v6).map_or_else(
            || Network {
                own: masked(v6, 64),
                wider: Some(masked(v6, 48)),
            },
            |v4| Network {
                own: v4.to_string(),
                wider: None,
            },
        ),
    }
}

/// The IPv4 address inside a mapped one (`::ffff:0:0/96`) or a translated one (`64:ff9b::/96`). Told by
/// bits, never by spelling.
fn embedded(v6: Ipv6Addr) -> Option<Ipv4Addr> {
    let bits = u128::from(v6);
    let is_embedded = matches!(bits >> 32, 0xffff | 0x0064_ff9b_0000_0000_0000_0000);
    let low = u32::try_from(bits & u128::from(u32::MAX)).ok()?;
    is_embedded.then(|| Ipv4Addr::from(low))
}

fn masked(v6: Ipv6Addr, bits: u32) -> String {
    let mask = u128::MAX
        .checked_shl(u128::BITS.saturating_sub(bits))
        .unwrap_or(0);
    format!("{}/{bits}", Ipv6Addr::from(u128::from(v6) & mask))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn own(address: &str) -> String {
        network(Some(address)).own
    }

    #[test]
    fn an_ipv6_subscriber_is_one_network_however_the_address_is_spelled() {
        assert_eq!(own("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::/64");
        assert_eq!(own("2001:DB8:1:2::1.2.3.4"), "2001:db8:1:2::/64");
        assert_eq!(
            network(Some("2001:db8:1:2::1")).wider.as_deref(),
            Some("2001:db8:1::/48")
        );
    }

    #[test]
    fn mapped_and_translated_addresses_are_the_ipv4_address() {
        for spelled in [
            "1.2.3.4",
            "::ffff:1.2.3.4",
            "::ffff:102:304",
            "64:ff9b::1.2.3.4",
        ] {
            assert_eq!(own(spelled), "1.2.3.4", "{spelled}");
        }
        assert_ne!(own("::ffff:1.2.3.5"), own("::ffff:1.2.3.4"));
    }

    #[test]
    fn what_is_no_address_shares_one_network() {
        for bad in [
            None,
            Some(""),
            Some("1.2.3"),
            Some("example.com"),
            Some("1.2.3.4, 5.6.7.8"),
        ] {
            assert_eq!(network(bad).own, "unknown");
        }
    }
}
