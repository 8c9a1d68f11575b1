//! Credentials, records, keys files, tokens, published keys, addresses. The input: a byte that says which, then a text.

use super::policy::says_where;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use headgate::account::KeyHash;
use headgate::bounds::{MAX_ACCOUNT_BYTES, MAX_KEY_BYTES, MAX_TOKEN_BYTES};
use headgate::identity::{
    Credential, HashKey, Presented, Record, Token, network, read_keys, shard_of,
};
use headgate::lease::LeaseId;
use headgate::policy::{Policy, Source, read_jwks};
use headgate::time::{Millis, UnixMillis};
use std::net::Ipv4Addr;
use std::sync::LazyLock;

static POLICY: LazyLock<Policy> =
    LazyLock::new(|| Policy::parse(include_str!("../../tests/data/words/tokens.json")).unwrap());

const SOURCES: [&[Source]; 4] = [
    &[Source::ApiKeyHeader, Source::Bearer, Source::BasicUser],
    &[Source::BearerToken, Source::BasicUser, Source::ApiKeyHeader],
    &[Source::BasicUser],
    &[],
];

pub fn check(input: &[u8]) {
    let Some((which, text)) = input.split_first() else {
        return;
    };
    let text = String::from_utf8_lossy(text);
    match which % 16 {
        at @ 0..4 => credential(SOURCES[usize::from(at)], &text),
        4 => record(&text),
        5 => keys(&text),
        6..9 => token(&text, u64::from(*which)),
        9 => published(&text),
        10 => address(&text),
        _ => hashes(&text),
    }
}

/// The text is `X-Api-Key`, `Authorization` and the segment of a path, line by line; an empty one is not there.
fn credential(sources: &[Source], text: &str) {
    let mut lines = text.split('\n');
    let mut line = || {
        let line = lines.next().unwrap_or_default();
        (!line.is_empty()).then(|| line.to_owned())
    };
    let presented = Presented {
        api_key: line(),
        authorization: line(),
        path: line(),
    };
    let found = match Credential::find(sources, &presented) {
        Err(error) => return assert!(error.to_string().ends_with('.')),
        Ok(None) => return assert_eq!(presented.path, None),
        Ok(Some(found)) => found,
    };
    let key = found.as_str();
    let most = if found.is_token() {
        MAX_TOKEN_BYTES
    } else {
        MAX_KEY_BYTES
    };
    assert!((1..=most).contains(&key.len()));
    assert!(key.bytes().all(|b| b.is_ascii_graphic() && b != b','));
    let places = [
        presented
            .api_key
            .as_deref()
            .filter(|_| sources.contains(&Source::ApiKeyHeader)),
        presented
            .authorization
            .as_deref()
            .and_then(|it| authorized(it, sources)),
        presented.path.as_deref(),
    ];
    let keys: Vec<String> = places.into_iter().flatten().map(plain).collect();
    assert!(
        !keys.is_empty() && keys.iter().all(|it| it == key),
        "{key} out of {keys:?}"
    );
}

/// What an origin would take for the credential in `Authorization`, under schemes that the sources name.
fn authorized<'a>(value: &'a str, sources: &[Source]) -> Option<&'a str> {
    let (scheme, key) = value.trim().split_once([' ', '\t'])?;
    let bearer = [Source::Bearer, Source::BearerToken]
        .iter()
        .any(|it| sources.contains(it));
    let is = |name: &str| scheme.eq_ignore_ascii_case(name);
    (bearer && is("bearer") || sources.contains(&Source::BasicUser) && is("basic"))
        .then(|| if is("basic") { value } else { key })
}

fn plain(value: &str) -> String {
    let value = value.trim();
    let scheme = value.get(..6).filter(|scheme| {
        scheme.eq_ignore_ascii_case("basic ") || scheme.eq_ignore_ascii_case("basic\t")
    });
    let Some(_) = scheme else {
        return value.to_owned();
    };
    let decoded = STANDARD.decode(value[6..].trim()).unwrap();
    let user = decoded.split(|b| *b == b':').next().unwrap();
    String::from_utf8(user.to_vec()).unwrap()
}

fn record(text: &str) {
    let Ok(record) = Record::parse(text) else {
        return;
    };
    let account = record.account.as_str();
    assert!((1..=MAX_ACCOUNT_BYTES).contains(&account.len()));
    assert!(account.bytes().all(|b| b.is_ascii_graphic()));
    let written = serde_json::to_string(&record).unwrap();
    assert_eq!(Record::parse(&written), Ok(record));
}

fn keys(text: &str) {
    match read_keys(text, &POLICY, 1) {
        Err(error) => {
            says_where(&error);
            keeps_keys_secret(text, &error.to_string());
        }
        Ok(keys) => {
            for key in keys {
                let presented = Presented {
                    api_key: Some(key.credential.as_str().to_owned()),
                    ..Presented::default()
                };
                let found = Credential::find(SOURCES[0], &presented);
                assert_eq!(found, Ok(Some(key.credential)));
                assert!(POLICY.tier(&key.record.tier).is_some());
            }
        }
    }
}

/// No error shows a key, unless the same text stands elsewhere.
fn keeps_keys_secret(text: &str, said: &str) {
    let entries = serde_json::from_str::<Vec<serde_json::Value>>(text).unwrap_or_default();
    for key in entries.iter().filter_map(|entry| entry["key"].as_str()) {
        let is_elsewhere = text.matches(key).count() > 1;
        let is_told = key.len() >= 12 && said.contains(key);
        assert!(is_elsewhere || !is_told, "{said}");
    }
}

fn token(text: &str, hours: u64) {
    let rules = POLICY.tokens.as_ref().unwrap();
    let token = match Token::parse(text, rules) {
        Err(error) => return assert!(error.to_string().starts_with("The token")),
        Ok(token) => token,
    };
    // One token is one text.
    let signature = URL_SAFE_NO_PAD.encode(token.signature());
    assert_eq!(
        [token.signed(), b".", signature.as_bytes()].concat(),
        text.as_bytes()
    );
    let now = UnixMillis(1_790_000_000_000 + hours * 3_600_000);
    if let Ok(claims) = token.claims(rules, now) {
        assert!(now < claims.until && claims.until <= now.after(Millis(60_000)));
        let much_later = UnixMillis(u64::MAX);
        assert!(token.claims(rules, much_later).is_err());
    }
}

fn published(text: &str) {
    match read_jwks(text) {
        Err(error) => says_where(&error),
        Ok(keys) => {
            for key in keys {
                let written: serde_json::Value = serde_json::from_str(&key.to_json()).unwrap();
                assert!(written["kty"].is_string());
            }
        }
    }
}

fn address(text: &str) {
    let found = network(Some(text));
    assert_eq!(found, network(Some(&format!(" {text}\t"))));
    assert!(!found.own.is_empty());
    if let Ok(v4) = text.parse::<Ipv4Addr>() {
        assert_eq!(found.own, v4.to_string());
        assert_eq!(network(Some(&format!("::ffff:{v4}"))), found);
        assert_eq!(network(Some(&format!("64:ff9b::{v4}"))), found);
    }
}

fn hashes(text: &str) {
    let key = HashKey::new(&[7; 32]).unwrap();
    let name = key.record_name(text);
    assert_eq!(name, HashKey::new(&[7; 32]).unwrap().record_name(text));
    let hash = key.key(text);
    assert_eq!(name["key:".len()..][..32], hash.to_string());
    for spelled in [hash.to_string(), name["key:".len()..].to_uppercase()] {
        assert_eq!(KeyHash::read(&spelled), Some(hash));
    }
    assert!(key.is_same(text, text));
    assert!(!key.is_same(text, &format!("{text} ")));
    assert_ne!(key.subject("key", text), key.subject("network", text));
    assert!(shard_of(key.subject("key", text), 16) < 16);
    if let Some(read) = KeyHash::read(text) {
        assert_eq!(read.to_string(), text[..32].to_ascii_lowercase());
    }
    if let Some(lease) = LeaseId::of_request(text) {
        let number = text.replace('-', "");
        let number = u128::from_str_radix(&number, 16).unwrap();
        assert_eq!(u128::from_be_bytes(lease.0), number);
    }
}
