//! How the parts of a token are spelled, what its header may say, and where it may stand in a request.

#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, reason = "a panic fails the test")]

mod support;

use TokenError::{Algorithm, Extension, Malformed};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use headgate::bounds::MAX_TOKEN_BYTES;
use headgate::identity::{Credential, CredentialError, Presented, Token, TokenError};
use headgate::policy::{Policy, Source, Tokens};
use headgate::time::UnixMillis;
use proptest::prelude::*;
use serde_json::json;
use support::any::kept;

fn encoded(part: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(part)
}

/// The rules of a policy that takes ES256 alone.
fn rules() -> Tokens {
    let number = encoded([1; 32]);
    let policy = json!({
        "version": 1,
        "tiers": { "standard": { "limits": [] } },
        "tokens": {
            "algorithms": ["ES256"],
            "keys": [{ "kty": "EC", "crv": "P-256", "x": number, "y": number }],
            "account": "sub",
            "tier": { "name": "standard" },
        },
    });
    Policy::parse(&policy.to_string()).unwrap().tokens.unwrap()
}

const HEADER: &str = r#"{"alg":"ES256"}"#;

fn token(header: &str) -> String {
    format!("{}.{}.AAAA", encoded(header), encoded("{}"))
}

fn error(header: &str) -> Option<TokenError> {
    Token::parse(&token(header), &rules()).err()
}

#[test]
fn a_header_names_one_algorithm_of_the_policy_and_no_extension() {
    for (header, expected) in [
        (r#"{"alg":"ES256"}"#, None),
        (r#"{"alg":"none"}"#, Some(Algorithm)),
        (r#"{"alg":"es256"}"#, Some(Algorithm)),
        (r#"{"alg":"ES256 "}"#, Some(Algorithm)),
        (r#"{"alg":"ES384"}"#, Some(Algorithm)),
        // Known, but not one of the policy's.
        (r#"{"alg":"RS256"}"#, Some(Algorithm)),
        (r#"{"alg":"HS256"}"#, Some(Algorithm)),
        (r#"{"alg":["ES256"]}"#, Some(Algorithm)),
        (r#"{"alg":null}"#, Some(Algorithm)),
        (r#"{"typ":"JWT"}"#, Some(Malformed)),
        (r#"{"alg":"none","alg":"ES256"}"#, Some(Malformed)),
        (r#"{"alg":"ES256","\u0061lg":"none"}"#, Some(Malformed)),
        (r#"{"alg":"ES256","crit":["exp"]}"#, Some(Extension)),
        (r#"{"alg":"ES256","crit":[],"b64":false}"#, Some(Extension)),
        (r#"{"alg":"ES256","kid":1}"#, Some(Malformed)),
        (r#"["ES256"]"#, Some(Malformed)),
        (r#"{"alg":"ES256"} "#, None),
        (r#"{"alg":"ES256"}x"#, Some(Malformed)),
    ] {
        assert_eq!(error(header), expected, "{header}");
    }
}

#[test]
fn what_is_signed_is_header_and_claims_as_they_were_sent() {
    let text = token(HEADER);
    let rules = rules();
    let token = Token::parse(&text, &rules).unwrap();
    assert_eq!(
        token.signed(),
        text.strip_suffix(".AAAA").unwrap().as_bytes()
    );
    assert_eq!(token.signature(), [0, 0, 0]);
}

#[test]
fn a_token_is_three_parts_spelled_in_one_way() {
    let rules = rules();
    let good = token(HEADER);
    let header = good.split('.').next().unwrap();
    assert!(Token::parse(&good, &rules).is_ok());
    for bad in [
        String::new(),
        "..".to_owned(),
        header.to_owned(),
        format!("{header}.e30"),
        format!(" {good}"),
        format!("{good} "),
        format!("{good}="),
        format!("{good}\n"),
        format!("{good}A"),
        format!("{good}."),
        format!("{good}.AA=="),
        // Bits that no byte has.
        format!("{header}.e30.AB"),
        format!("{header}.e30.+/+/"),
        format!("{header}=.e30.AAAA"),
        format!("{header}.e30.{}", "A".repeat(MAX_TOKEN_BYTES)),
    ] {
        assert_eq!(
            Token::parse(&bad, &rules).err(),
            Some(TokenError::Malformed),
            "{bad:.80}"
        );
    }
}

fn found(text: &str, sources: &[Source]) -> Result<Option<bool>, CredentialError> {
    let authorization = Some(format!("Bearer {text}"));
    let presented = Presented {
        authorization,
        ..Presented::default()
    };
    Ok(Credential::find(sources, &presented)?.map(|credential| credential.is_token()))
}

#[test]
fn what_looks_like_a_token_is_one_where_tokens_may_stand_and_may_be_longer_than_a_key() {
    let long = |length: usize| format!("eyJ.eyJ.{}", "A".repeat(length - 8));
    for token in [
        "eyJ.eyJ.AAAA",
        "ey..",
        "ewogImFsZyI6IkhTMjU2In0.eyJ.AAAA",
        "eyJ.eyJ.AAAA.AAAA",
        &long(513),
        &long(MAX_TOKEN_BYTES),
    ] {
        assert_eq!(found(token, &[Source::BearerToken]), Ok(Some(true)));
    }
    let longer = long(MAX_TOKEN_BYTES + 1);
    assert_eq!(
        found(&longer, &[Source::BearerToken]),
        Err(CredentialError::LongToken)
    );
    for key in ["k1", "SG.a.b", "eyJ.eyJ", "x.eyJ.eyJ"] {
        assert_eq!(found(key, &[Source::BearerToken]), Ok(Some(false)));
    }
    assert_eq!(
        found(&"k".repeat(513), &[Source::BearerToken]),
        Err(CredentialError::TooLong(Source::BearerToken))
    );
    assert_eq!(found("eyJ.eyJ.AAAA", &[Source::Bearer]), Ok(Some(false)));
    assert_eq!(
        found(&long(513), &[Source::Bearer]),
        Err(CredentialError::TooLong(Source::Bearer))
    );
}

#[test]
fn a_token_and_a_key_at_once_are_one_too_many() {
    let presented = Presented {
        api_key: Some("eyJ.eyJ.AAAA".to_owned()),
        authorization: Some("Bearer eyJ.eyJ.AAAA".to_owned()),
        path: None,
    };
    let sources = [Source::ApiKeyHeader, Source::BearerToken];
    let both = Credential::find(&sources, &presented).unwrap_err();
    assert_eq!(
        both,
        CredentialError::Ambiguous(Source::ApiKeyHeader, Source::BearerToken)
    );
}

proptest! {
    #![proptest_config(kept())]

    #[test]
    fn whatever_arrives_is_cut_or_refused(header in ".{0,40}", claims in ".{0,40}", rest in "[A-Za-z0-9._=-]{0,20}") {
        let rules = rules();
        let texts = [rest.clone(), format!("{header}.{claims}.{rest}"), format!("{}.{}.{rest}", encoded(&header), encoded(&claims)),
            format!("{}.{}.{rest}", encoded(HEADER), encoded(&claims))];
        for text in texts {
            if let Ok(token) = Token::parse(&text, &rules) {
                prop_assert!(text.as_bytes().starts_with(token.signed()));
                prop_assert!(token.claims(&rules, UnixMillis(0)).is_err());
            }
        }
    }
}
