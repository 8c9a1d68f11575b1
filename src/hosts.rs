//! Which hosts a deployment serves, and the API behind each.

use crate::bounds::{MAX_HOSTS, MAX_HOSTS_BYTES};
use crate::document::{self, DocumentError, Field, short};
use crate::limit::Name;

/// A host that is served.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Host {
    /// Its name in small letters, without a port or a dot at its end (RFC 1123 §2.1), or an address.
    pub name: String,
    /// Whose policy, keys and accounts hold there; `None` for those of a deployment without hosts.
    pub api: Option<Name>,
    /// What its requests go to; `None` for the origin of the deployment.
    pub origin: Option<Behind>,
    /// The secret that its origin is sent, by the name that it is bound under; `None` for that of the deployment.
    pub origin_secret: Option<String>,
}

/// An origin of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Behind {
    /// A base URL. Whether it is one, the runtime says.
    Url(String),
    /// The name of a service binding.
    Service(String),
}

/// Reads hosts: `{"api.example.com": {"api": "tickets", "origin": "https://tickets.example.net"}}`.
///
/// # Errors
///
/// Another document: where, what was found, what is allowed.
pub fn read_hosts(text: &str) -> Result<Vec<Host>, DocumentError> {
    let document = document::read(text, MAX_HOSTS_BYTES)?;
    let root = Field::root(&document);
    let entries = root.entries(MAX_HOSTS)?;
    if entries.is_empty() {
        return Err(root.fail("at least one host"));
    }
    let hosts = entries.iter().map(|(name, entry)| {
        if is_host(name) {
            return host(name, entry);
        }
        Err(DocumentError::Field {
            path: "the document".to_owned(),
            found: format!("{:?}", short(name)),
            allowed: NAME.to_owned(),
        })
    });
    hosts.collect()
}

const NAME: &str = "names of hosts in small letters, without ports, \"*\" and dots at their ends";

fn host(name: &str, entry: &Field<'_>) -> Result<Host, DocumentError> {
    let object = entry.object(&["api", "origin", "service", "origin_secret"])?;
    let text = |key| {
        object
            .optional(key)
            .map(|field| Ok(field.text()?.to_owned()))
            .transpose()
    };
    let (origin, service) = (text("origin")?, text("service")?);
    if origin.is_some() && service.is_some() {
        return Err(entry.fail("origin or service, not both"));
    }
    let api = object
        .optional("api")
        .map(|field| field.name())
        .transpose()?;
    Ok(Host {
        name: name.to_owned(),
        api,
        origin: origin.map(Behind::Url).or(service.map(Behind::Service)),
        origin_secret: text("origin_secret")?,
    })
}

/// The host that `authority` of a URL names: ports and a dot at the end make no other host of it, nor do capitals
/// (RFC 3986 §3.2.2, RFC 9110 §4.2.3).
#[must_use]
pub fn found<'a, T>(hosts: &'a [(String, T)], authority: &str) -> Option<&'a T> {
    let asked = without_port(authority);
    let asked = asked.strip_suffix('.').unwrap_or(asked);
    let host = hosts
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case(asked));
    host.map(|(_, served)| served)
}

/// What looks like a port and is none is part of a name that no host has.
fn without_port(authority: &str) -> &str {
    match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|b| b.is_ascii_digit()) => host,
        _ => authority,
    }
}

fn is_host(name: &str) -> bool {
    let is_label = |label: &str| {
        let is_plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        let is_long = (1..=63).contains(&label.len());
        is_long && label.bytes().all(is_plain) && !label.starts_with('-') && !label.ends_with('-')
    };
    let is_address = |text: &str| text.bytes().all(|b| b"0123456789abcdef:.".contains(&b));
    match name
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
    {
        Some(address) => is_address(address),
        None => name.len() <= 253 && name.split('.').all(is_label),
    }
}

/// What the names of all that is kept of an API begin with, in KV and among the shards.
#[must_use]
pub fn kept_under(api: Option<&Name>) -> String {
    api.map_or_else(String::new, |api| [api.as_str(), "/"].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_says_whose_it_is_and_where_its_requests_go() {
        let hosts = read_hosts(
            r#"{"api.example.com": {}, "maps.example.com": {"api": "maps", "origin": "https://maps.example.net", "origin_secret": "MAPS"},
                "[::1]": {"service": "LOCAL"}, "127.0.0.1": {}}"#,
        );
        let [api, maps, local, _] = &hosts.unwrap()[..] else {
            panic!()
        };
        assert_eq!(
            (&api.api, &api.origin, &api.origin_secret),
            (&None, &None, &None)
        );
        assert_eq!(maps.api, Name::try_from("maps").ok());
        assert_eq!(
            maps.origin,
            Some(Behind::Url("https://maps.example.net".to_owned()))
        );
        assert_eq!(maps.origin_secret.as_deref(), Some("MAPS"));
        assert_eq!(local.origin, Some(Behind::Service("LOCAL".to_owned())));
    }

    #[test]
    fn what_names_no_hosts_is_refused_with_where_and_why() {
        let name = |found: &str| format!("the document: found {found:?}, allowed: {NAME}");
        for (text, problem) in [
            (
                "api.example.com",
                "not JSON: expected value at line 1 column 1".to_owned(),
            ),
            (
                "[]",
                "the document: found a list of 0, allowed: an object".to_owned(),
            ),
            (
                "{}",
                "the document: found an object, allowed: at least one host".to_owned(),
            ),
            (r#"{"API.example.com": {}}"#, name("API.example.com")),
            (r#"{"a.example:443": {}}"#, name("a.example:443")),
            (r#"{"a.example.": {}}"#, name("a.example.")),
            (r#"{"*.example": {}}"#, name("*.example")),
            (r#"{"[::g]": {}}"#, name("[::g]")),
            (r#"{"": {}}"#, name("")),
            (
                r#"{"a": {}, "a": {}}"#,
                "a: found the field twice, allowed: each field once".to_owned(),
            ),
            (
                r#"{"a": "https://b"}"#,
                "a: found \"https://b\", allowed: an object".to_owned(),
            ),
            (
                r#"{"a": {"policy": "x"}}"#,
                "a: found unknown field \"policy\", allowed: api, origin, service, origin_secret"
                    .to_owned(),
            ),
            (
                r#"{"a": {"origin": 7}}"#,
                "a.origin: found 7, allowed: a string".to_owned(),
            ),
            (
                r#"{"a": {"origin": "x", "service": "X"}}"#,
                "a: found an object, allowed: origin or service, not both".to_owned(),
            ),
        ] {
            assert_eq!(read_hosts(text).unwrap_err().to_string(), problem, "{text}");
        }
        let api = read_hosts(r#"{"a": {"api": "Maps"}}"#)
            .unwrap_err()
            .to_string();
        assert!(api.starts_with("a.api: found \"Maps\", allowed: "), "{api}");
    }

    #[test]
    fn capitals_ports_and_a_dot_at_the_end_name_the_same_host_and_nothing_else_does() {
        let hosts = [
            ("a.example".to_owned(), 1),
            ("b.example".to_owned(), 2),
            ("[::1]".to_owned(), 3),
        ];
        let served = |authority| found(&hosts, authority).copied();
        for same in [
            "a.example",
            "A.Example",
            "a.example.",
            "a.example:8443",
            "A.EXAMPLE.:80",
            "a.example:",
        ] {
            assert_eq!(served(same), Some(1), "{same}");
        }
        assert_eq!(
            (served("b.example"), served("[::1]:80"), served("[::1]")),
            (Some(2), Some(3), Some(3))
        );
        for other in [
            "",
            "example",
            "c.example",
            "a.example..",
            "xa.example",
            "a.example:80@b",
            "u@a.example",
            "a.example:x",
            "a%2eexample",
            "::1",
        ] {
            assert_eq!(served(other), None, "{other}");
        }
    }
}
