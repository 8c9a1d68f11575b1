//! Operations on accounts: what may be said, and what is answered to what may not.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a panic fails the test"
)]

mod support;

use headgate::account::{KeyHash, Operation, Order, hashed};
use headgate::bounds::{MAX_OPERATION_BYTES, MAX_REVOKED_KEYS};
use headgate::object::{Account, Owner, Shard};
use headgate::time::UnixMillis;
use serde_json::{Value, json};
use support::object::Object;
use support::{START, order};

/// Hashes a key so that a test can tell which it was.
fn hash(key: &str) -> KeyHash {
    KeyHash([key.len().try_into().unwrap(); 16])
}

fn read(method: &str, path: &str, body: &str) -> Order {
    order(method, path, &hashed(body.to_owned(), hash))
}

/// Does what is said at an instant; what is answered.
fn said(
    object: &mut Object<Account>,
    method: &str,
    path: &str,
    body: &Value,
    now: UnixMillis,
) -> Value {
    let order = read(method, path, &body.to_string());
    let reply = object.operate(&order, now);
    assert_eq!(reply.status, 200, "{}", reply.body);
    // What a lost memory costs, it costs every time.
    object.lose_memory();
    serde_json::from_str(&reply.body).unwrap()
}

#[test]
fn revoked_keys_are_bounded_and_revoking_twice_takes_one_place() {
    let mut object = Object::<Account>::new();
    for number in 0..MAX_REVOKED_KEYS {
        for _ in 0..2 {
            said(
                &mut object,
                "POST",
                "revoked-keys",
                &json!({"hash": format!("{number:032x}")}),
                START,
            );
        }
    }
    let more = read(
        "POST",
        "revoked-keys",
        &json!({"hash": "f".repeat(32)}).to_string(),
    );
    assert_eq!(object.operate(&more, START).status, 409);
    assert!(object.rows[&0].len() < 3_000);
}

/// What may not be said: method, path and body, then the status of the answer and a part of it.
const WRONG: [(&str, &str, &str, u16, &str); 17] = [
    ("PUT", "plan", "{", 400, "not JSON"),
    (
        "PUT",
        "plan",
        r#"{"plan": 5}"#,
        400,
        "plan: found 5, allowed: null, or a string of 1 to 64 bytes",
    ),
    (
        "PUT",
        "plan",
        r#"{"plan": ""}"#,
        400,
        "plan: found \\\"\\\"",
    ),
    (
        "PUT",
        "plan",
        r#"{"tier": "x"}"#,
        400,
        "unknown field \\\"tier\\\", allowed: access_status, plan, period_end",
    ),
    (
        "PUT",
        "suspension",
        "{}",
        400,
        "until: found nothing, allowed: this field is required",
    ),
    (
        "PUT",
        "suspension",
        r#"{"until": "2026"}"#,
        400,
        "until: found \\\"2026\\\", allowed: a whole number from 0 to 253402300799",
    ),
    (
        "PUT",
        "suspension",
        r#"{"until": 1, "reason": "a\nb"}"#,
        400,
        "reason: found",
    ),
    (
        "PUT",
        "caps/active",
        r#"{"settled": -1}"#,
        400,
        "settled: found -1, allowed: a whole number from 0 to",
    ),
    ("PUT", "caps/Active", "{}", 400, "malformed"),
    ("POST", "revoked-keys", "{}", 400, "hexadecimal digits"),
    (
        "POST",
        "revoked-keys",
        r#"{"hash": "12"}"#,
        400,
        "hexadecimal digits",
    ),
    (
        "POST",
        "revoked-keys",
        r#"{"hash": "+0000000000000000000000000000000"}"#,
        400,
        "hexadecimal digits",
    ),
    (
        "POST",
        "revoked-keys",
        r#"{"key": "a", "hash": "12"}"#,
        400,
        "hexadecimal digits",
    ),
    ("DELETE", "plan", "", 405, "GET, PUT"),
    ("PATCH", "suspension", "", 405, "GET, PUT, DELETE"),
    (
        "GET",
        "nothing",
        "",
        404,
        "plan, suspension, revoked-keys, overrides, overrides/LIMIT, usage, usage/LIMIT, usage/LIMIT/refund, history, caps/NAME, events",
    ),
    ("GET", "plan/more", "", 404, "not_found"),
];

#[test]
fn what_is_wrong_with_an_operation_is_said_where_and_what_is_allowed() {
    let long = "x".repeat(MAX_OPERATION_BYTES + 1);
    let too_long = ("PUT", "plan", long.as_str(), 400, "allowed: at most 4096");
    for (method, path, body, status, part) in WRONG.into_iter().chain([too_long]) {
        let reply = Operation::read(&read(method, path, body)).unwrap_err();
        assert_eq!(reply.status, status, "{method} {path} {body}");
        assert!(
            reply.body.contains(part),
            "{} does not hold {part}",
            reply.body
        );
        assert_eq!(reply.allow.is_empty(), status != 405);
    }
}

#[test]
fn no_error_shows_a_key() {
    for body in [
        r#"{"key": "sk_secret", "hash": 1}"#,
        r#"{"key": ["sk_secret"]}"#,
        r#"{"kye": "sk_secret"}"#,
        r#""sk_secret""#,
        r#"{"hash": "sk_secret"}"#,
    ] {
        assert!(
            !Operation::read(&read("POST", "revoked-keys", body))
                .unwrap_err()
                .body
                .contains("secret"),
            "{body}"
        );
    }
}

#[test]
fn a_cap_that_nobody_has_met_is_not_found_and_looking_writes_nothing() {
    let mut object = Object::<Account>::new();
    for path in ["caps/active", "plan", "suspension", "revoked-keys"] {
        let status = object.operate(&read("GET", path, ""), START).status;
        assert_eq!(status, if path == "caps/active" { 404 } else { 200 });
    }
    assert_eq!(object.rows_written, 0);
}

#[test]
fn only_accounts_have_a_state() {
    let mut shard = Shard::load(&[]).unwrap();
    let (reply, effects) = shard.operate(&read("GET", "plan", ""), START);
    assert_eq!((reply.status, effects.len()), (404, 0));
}
