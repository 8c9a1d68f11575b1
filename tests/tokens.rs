//! What a token must be and say to be believed, once its signature is verified.

#![cfg(not(target_arch = "wasm32"))]
#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a panic fails the test"
)]

use TokenError::{Account, Audience, Early, Expired, Issuer, Malformed, NoExpiry, Tier};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use headgate::identity::{Claims, Token, TokenError};
use headgate::policy::{Policy, Tokens};
use headgate::time::UnixMillis;
use serde_json::{Value, json};

/// Now, in seconds; `NOW` plus the leeway of half a minute is still now to the gate.
const NOW: u64 = 1_800_000_000;

fn encoded(part: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(part)
}

/// A key that no token here is really signed with.
fn key(kty: &str, kid: &str) -> Value {
    let number = |bytes| encoded(vec![1; bytes]);
    match kty {
        "oct" => json!({ "kty": kty, "kid": kid, "k": number(32) }),
        "RSA" => json!({ "kty": kty, "kid": kid, "n": number(256), "e": "AQAB" }),
        _ => json!({ "kty": kty, "kid": kid, "crv": "P-256", "x": number(32), "y": number(32) }),
    }
}

/// The rules of a policy, with some of them set otherwise.
fn rules(fields: &Value) -> Tokens {
    let mut rules = json!({
        "algorithms": ["HS256", "RS256", "ES256"],
        "keys": [key("oct", "1"), key("RSA", "2"), key("EC", "3")],
        "account": "sub",
        "tier": { "name": "standard" },
    });
    for (field, value) in fields.as_object().unwrap() {
        rules[field] = value.clone();
    }
    let policy =
        json!({ "version": 1, "tiers": { "standard": { "limits": [] } }, "tokens": rules });
    Policy::parse(&policy.to_string()).unwrap().tokens.unwrap()
}

fn token(header: &str, claims: &str) -> String {
    format!(
        "{}.{}.{}",
        encoded(header),
        encoded(claims),
        encoded([7; 64])
    )
}

const HEADER: &str = r#"{"alg":"ES256","typ":"JWT"}"#;

fn said_by(rules: &Tokens, claims: &str) -> Result<Claims, TokenError> {
    let token = token(HEADER, claims);
    Token::parse(&token, rules)?.claims(rules, UnixMillis(NOW * 1_000))
}

/// What becomes of good claims with some of them set otherwise; null takes one away.
fn said(rules: &Tokens, fields: &Value) -> Result<Claims, TokenError> {
    let mut claims = json!({ "sub": "acme", "exp": NOW + 600 });
    for (field, value) in fields.as_object().unwrap() {
        claims[field] = value.clone();
    }
    claims
        .as_object_mut()
        .unwrap()
        .retain(|_, value| !value.is_null());
    said_by(rules, &claims.to_string())
}

fn error(rules: &Tokens, fields: &Value) -> Option<TokenError> {
    said(rules, fields).err()
}

#[test]
fn a_token_names_account_and_tier_and_is_believed_for_a_minute_at_most() {
    let rules = rules(&json!({}));
    let claims = said(&rules, &json!({ "iat": NOW - 5 })).unwrap();
    assert_eq!(claims.record.account.as_str(), "acme");
    assert_eq!(claims.record.tier.as_str(), "standard");
    assert_eq!(claims.record.version, NOW - 5);
    assert_eq!(claims.until, UnixMillis((NOW + 60) * 1_000));
    let ending = said(&rules, &json!({ "exp": NOW + 10 })).unwrap();
    assert_eq!(ending.until, UnixMillis((NOW + 40) * 1_000), "with leeway");
    assert_eq!(ending.record.version, 0);
}

#[test]
fn a_token_holds_before_its_exp_and_not_at_it() {
    let (lenient, strict) = (rules(&json!({})), rules(&json!({ "leeway": "0s" })));
    assert_eq!(error(&lenient, &json!({ "exp": null })), Some(NoExpiry));
    for (exp, with_leeway, without) in [
        (json!(NOW + 1), None, None),
        (json!(NOW), None, Some(Expired)),
        (json!(NOW - 29), None, Some(Expired)),
        (json!(NOW - 30), Some(Expired), Some(Expired)),
        (json!(0), Some(Expired), Some(Expired)),
        (json!(1_800_000_000.5), None, None),
        (json!(1_799_999_969.9), Some(Expired), Some(Expired)),
        (json!(u64::MAX), None, None),
    ] {
        let claims = json!({ "exp": exp });
        assert_eq!(error(&lenient, &claims), with_leeway, "{exp}");
        assert_eq!(error(&strict, &claims), without, "{exp}");
    }
}

#[test]
fn a_token_does_not_hold_before_its_nbf_nor_before_it_was_issued() {
    let rules = rules(&json!({}));
    for claim in ["nbf", "iat"] {
        for (at, expected) in [
            (json!(NOW - 1), None),
            (json!(NOW + 30), None),
            (json!(NOW + 31), Some(Early)),
            (json!(1_800_000_030.5), Some(Early)),
            (json!(u64::MAX), Some(Early)),
        ] {
            assert_eq!(
                error(&rules, &json!({ claim: at })),
                expected,
                "{claim} {at}"
            );
        }
    }
}

#[test]
fn a_time_that_is_no_number_is_none() {
    let rules = rules(&json!({}));
    for claim in ["exp", "nbf", "iat"] {
        for time in [
            json!("1800000000"),
            json!(-1),
            json!(-0.5),
            json!(1e300),
            json!([]),
            json!(true),
        ] {
            assert_eq!(
                error(&rules, &json!({ claim: time })),
                Some(Malformed),
                "{claim} {time}"
            );
        }
        let text = format!(r#"{{"sub":"acme","exp":{NOW}9,"{claim}":null}}"#);
        assert_eq!(said_by(&rules, &text), Err(Malformed), "{claim}");
    }
}

#[test]
fn issuer_and_audience_are_who_the_policy_says() {
    let any = rules(&json!({}));
    assert_eq!(
        error(&any, &json!({ "iss": "anybody", "aud": "anybody" })),
        None
    );
    let one = rules(&json!({ "issuer": "https://login.example", "audience": "api" }));
    let good = json!({ "iss": "https://login.example", "aud": "api" });
    assert_eq!(error(&one, &good), None);
    let with = |field: &str, value: Value| {
        let mut claims = good.clone();
        claims[field] = value;
        error(&one, &claims)
    };
    let similar = [
        "https://login.example/",
        "https://LOGIN.example",
        "https://login.example.evil.example",
        "",
    ];
    for iss in similar.map(Value::from).into_iter().chain([
        Value::Null,
        json!(1),
        json!(["https://login.example"]),
    ]) {
        assert_eq!(with("iss", iss.clone()), Some(Issuer), "{iss}");
    }
    assert_eq!(with("aud", json!(["other", "api"])), None);
    for aud in [
        json!("API"),
        json!("apis"),
        json!([]),
        json!(["other"]),
        json!([["api"]]),
        json!({ "api": 1 }),
        Value::Null,
    ] {
        assert_eq!(with("aud", aud.clone()), Some(Audience), "{aud}");
    }
}

#[test]
fn the_account_is_the_claim_that_the_policy_names_however_deep() {
    let account = |claim: Value, fields: Value| {
        let claims = said(&rules(&json!({ "account": claim })), &fields)?;
        Ok(claims.record.account.as_str().to_owned())
    };
    let deep = json!({ "org": { "id": "initech", "org.id": "globex" }, "org.id": "umbrella", "https://a.example/org": "hooli" });
    for (claim, expected) in [
        (json!("sub"), "acme"),
        (json!("org.id"), "initech"),
        (json!(["org.id"]), "umbrella"),
        (json!(["org", "org.id"]), "globex"),
        (json!(["https://a.example/org"]), "hooli"),
    ] {
        assert_eq!(account(claim, deep.clone()), Ok(expected.to_owned()));
    }
    assert_eq!(
        account(json!("sub"), json!({ "sub": 42 })),
        Ok("42".to_owned())
    );
    for sub in [
        json!(""),
        json!("ac me"),
        json!("acmé"),
        json!("."),
        json!(".."),
        json!("a".repeat(129)),
        json!(1.5),
        json!(-1),
        json!(true),
        json!(["acme"]),
        json!({}),
        Value::Null,
    ] {
        assert_eq!(
            account(json!("sub"), json!({ "sub": sub })),
            Err(Account),
            "{sub}"
        );
    }
    for org in [
        json!("initech"),
        json!(["id"]),
        json!({ "ID": "initech" }),
        json!({}),
    ] {
        assert_eq!(
            account(json!("org.id"), json!({ "org": org })),
            Err(Account),
            "{org}"
        );
    }
}

#[test]
fn the_tier_may_be_a_claim() {
    let rules = rules(&json!({ "tier": { "claim": "plan" } }));
    let claims = said(&rules, &json!({ "plan": "gold" })).unwrap();
    assert_eq!(
        claims.record.tier.as_str(),
        "gold",
        "whether there is such a tier is seen later"
    );
    for plan in [json!("Gold"), json!(""), json!(1), Value::Null] {
        assert_eq!(
            error(&rules, &json!({ "plan": plan })),
            Some(Tier),
            "{plan}"
        );
    }
}

#[test]
fn a_claim_that_stands_twice_is_not_chosen_between() {
    let rules = rules(&json!({ "account": "org.id" }));
    for claims in [
        format!(r#"{{"exp":{NOW}9,"org":{{"id":"acme"}},"org":{{"id":"globex"}}}}"#),
        format!(r#"{{"exp":{NOW}9,"org":{{"id":"acme","id":"globex"}}}}"#),
        format!(r#"{{"exp":1,"org":{{"id":"acme"}},"exp":{NOW}9}}"#),
        format!(r#"{{"exp":{NOW}9,"org":{{"id":"acme"}},"\u006frg":{{"id":"globex"}}}}"#),
    ] {
        assert_eq!(said_by(&rules, &claims), Err(Malformed), "{claims}");
    }
    for claims in ["", "null", "[]", "\"acme\"", "{", "{}{}", "{\"a\":1e999}"] {
        assert_eq!(said_by(&rules, claims), Err(Malformed), "{claims}");
    }
}
