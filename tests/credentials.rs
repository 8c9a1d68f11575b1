//! Which credential a request presents: every spelling of it, and everything that only looks like one.

#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, reason = "a panic fails the test")]

mod support;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use headgate::bounds::MAX_KEY_BYTES;
use headgate::identity::{Credential, CredentialError, Presented};
use headgate::policy::Source;
use proptest::prelude::*;
use support::any::kept;

use CredentialError::{Ambiguous, Basic, Character, Empty, TooLong};
use Source::{ApiKeyHeader, BasicUser, Bearer};

const ALL: [Source; 3] = [ApiKeyHeader, Bearer, BasicUser];

type Found = Result<Option<String>, CredentialError>;

fn found(sources: &[Source], api_key: Option<&str>, authorization: Option<&str>) -> Found {
    let presented = Presented {
        api_key: api_key.map(str::to_owned),
        authorization: authorization.map(str::to_owned),
        path: None,
    };
    let credential = Credential::find(sources, &presented)?;
    Ok(credential.map(|credential| credential.as_str().to_owned()))
}

#[expect(clippy::unnecessary_wraps, reason = "as it is found")]
fn key(text: &str) -> Found {
    Ok(Some(text.to_owned()))
}

fn basic(user_and_password: &str) -> String {
    format!("Basic {}", STANDARD.encode(user_and_password))
}

#[test]
fn a_key_in_x_api_key() {
    let long = "k".repeat(MAX_KEY_BYTES);
    for (header, expected) in [
        ("k1", key("k1")),
        ("  k1\t", key("k1")),
        (
            "sk_live-~!\"#$%&'()*+./:;<=>?@[\\]^`{|}",
            key("sk_live-~!\"#$%&'()*+./:;<=>?@[\\]^`{|}"),
        ),
        (&long, key(&long)),
        ("", Err(Empty(ApiKeyHeader))),
        ("   ", Err(Empty(ApiKeyHeader))),
        (&format!("{long}k"), Err(TooLong(ApiKeyHeader))),
        (&"k".repeat(100_000), Err(TooLong(ApiKeyHeader))),
        // Two headers of one name arrive as one, joined: neither is guessed.
        ("k1, k2", Err(Character(ApiKeyHeader))),
        ("k1,k1", Err(Character(ApiKeyHeader))),
        ("k1 k2", Err(Character(ApiKeyHeader))),
        ("k\u{0}1", Err(Character(ApiKeyHeader))),
        ("k1\r\nX-Evil: 1", Err(Character(ApiKeyHeader))),
        ("k\u{7f}", Err(Character(ApiKeyHeader))),
        ("ké", Err(Character(ApiKeyHeader))),
        ("k\u{a0}1", Err(Character(ApiKeyHeader))),
    ] {
        assert_eq!(found(&ALL, Some(header), None), expected, "{header:.80?}");
    }
}

#[test]
fn a_key_after_bearer_in_any_case() {
    for (header, expected) in [
        ("Bearer k1", key("k1")),
        ("bearer k1", key("k1")),
        ("BEARER k1", key("k1")),
        ("  Bearer   k1  ", key("k1")),
        ("Bearer\tk1", key("k1")),
        ("Bearer", Err(Empty(Bearer))),
        ("Bearer ", Err(Empty(Bearer))),
        ("Bearer k1 k2", Err(Character(Bearer))),
        ("Bearer k1, Bearer k2", Err(Character(Bearer))),
        ("Bearer k1, Basic azI6", Err(Character(Bearer))),
        (&format!("Bearer {}", "k".repeat(513)), Err(TooLong(Bearer))),
        ("Digest k1, Bearer k2", Err(Character(Bearer))),
        ("Digest a=\"1\",\tbearer\tk2", Err(Character(Bearer))),
        ("Digest k1, Basic azI6", Err(Basic)),
        // Another scheme, or none: not ours to read.
        ("Digest a=\"1\", bearer=k1, basic_auth=\"no\"", Ok(None)),
        ("Digest k1", Ok(None)),
        ("k1", Ok(None)),
        ("", Ok(None)),
        ("Bearerk1", Ok(None)),
    ] {
        assert_eq!(found(&ALL, None, Some(header)), expected, "{header:.80?}");
    }
}

#[test]
fn a_key_as_the_user_of_basic() {
    for (header, expected) in [
        (basic("k1:"), key("k1")),
        (basic("k1:password"), key("k1")),
        (basic("k1:pass:word"), key("k1")),
        (basic("k1:é"), key("k1")),
        (basic("k1:").replace("Basic", "bAsIc"), key("k1")),
        (
            basic(&format!("{}:", "k".repeat(512))),
            key(&"k".repeat(512)),
        ),
        (basic("k1"), Err(Basic)),
        (basic(""), Err(Basic)),
        (basic(":password"), Err(Empty(BasicUser))),
        (basic("k 1:"), Err(Character(BasicUser))),
        (basic("k,1:"), Err(Character(BasicUser))),
        (basic("é:"), Err(Character(BasicUser))),
        (
            basic(&format!("{}:", "k".repeat(513))),
            Err(TooLong(BasicUser)),
        ),
        (basic(&"k".repeat(100_000)), Err(TooLong(BasicUser))),
        ("Basic".to_owned(), Err(Basic)),
        ("Basic k1".to_owned(), Err(Basic)),
        ("Basic azE6 azE6".to_owned(), Err(Basic)),
        ("Basic azE6, Basic azI6".to_owned(), Err(Basic)),
        // Not UTF-8, not padded, padded wrongly.
        (
            format!("Basic {}", STANDARD.encode([0xff, b':'])),
            Err(Basic),
        ),
        ("Basic azE6Og".to_owned(), Err(Basic)),
        ("Basic azE6Oh==".to_owned(), Err(Basic)),
    ] {
        assert_eq!(found(&ALL, None, Some(&header)), expected, "{header:.80?}");
    }
}

#[test]
fn only_the_places_that_the_policy_names_are_looked_at() {
    let bearer = Some("Bearer k2");
    assert_eq!(found(&[], Some("k1"), bearer), Ok(None));
    assert_eq!(found(&[ApiKeyHeader], Some("k1"), bearer), key("k1"));
    assert_eq!(found(&[Bearer], Some("k1"), bearer), key("k2"));
    assert_eq!(found(&[BasicUser], Some("k1"), bearer), Ok(None));
    assert_eq!(found(&[ApiKeyHeader], None, bearer), Ok(None));
    assert_eq!(found(&[Bearer], Some("not, looked at"), bearer), key("k2"));
    assert_eq!(
        found(&[ApiKeyHeader], Some("k1"), Some("Basic !!")),
        key("k1")
    );
}

#[test]
fn two_places_with_one_key_are_one_and_with_two_keys_neither() {
    assert_eq!(found(&ALL, Some("k1"), Some("Bearer k1")), key("k1"));
    assert_eq!(found(&ALL, Some("k1"), Some(&basic("k1:"))), key("k1"));
    let two = found(&ALL, Some("k1"), Some("Bearer k2"));
    assert_eq!(two, Err(Ambiguous(ApiKeyHeader, Bearer)));
    let two = found(&[BasicUser, ApiKeyHeader], Some("k1"), Some(&basic("k2:")));
    assert_eq!(two, Err(Ambiguous(BasicUser, ApiKeyHeader)));
    // A broken one beside a good one is not passed over.
    assert_eq!(found(&ALL, Some("k1"), Some("Bearer ")), Err(Empty(Bearer)));
    assert_eq!(
        found(&ALL, Some(""), Some("Bearer k1")),
        Err(Empty(ApiKeyHeader))
    );
    let said = Ambiguous(ApiKeyHeader, Bearer).to_string();
    assert_eq!(
        said,
        "Two different API keys, in X-Api-Key and in Authorization: Bearer: send one."
    );
}

proptest! {
    #![proptest_config(kept())]

    #[test]
    fn a_key_that_can_be_sent_is_read_back_from_every_place(sent in "[!-+\\--9;-~]{1,60}") {
        prop_assert_eq!(found(&ALL, Some(&sent), None), key(&sent));
        prop_assert_eq!(found(&ALL, None, Some(&format!("Bearer {sent}"))), key(&sent));
        prop_assert_eq!(found(&ALL, None, Some(&basic(&format!("{sent}:x")))), key(&sent));
    }

    #[test]
    fn whatever_arrives_is_a_plain_key_or_an_error_that_does_not_repeat_it(
        api_key in any::<Option<String>>(),
        scheme in prop_oneof![Just("Bearer "), Just("Basic "), Just("")],
        rest in any::<Option<String>>(),
    ) {
        let authorization = rest.map(|rest| format!("{scheme}{rest}"));
        match found(&ALL, api_key.as_deref(), authorization.as_deref()) {
            Ok(Some(key)) => {
                prop_assert!((1..=MAX_KEY_BYTES).contains(&key.len()));
                prop_assert!(key.bytes().all(|b| b.is_ascii_graphic() && b != b','));
            }
            Ok(None) => prop_assert!(api_key.is_none()),
            Err(error) => prop_assert!(error.to_string().is_ascii()),
        }
    }
}

#[test]
fn a_credential_does_not_show_in_logs() {
    let presented = Presented {
        api_key: Some("sk_live_1".to_owned()),
        authorization: None,
        path: None,
    };
    let credential = Credential::find(&ALL, &presented).unwrap().unwrap();
    assert!(!format!("{credential:?}").contains("sk_live"));
}
