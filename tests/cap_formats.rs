//! Rows with caps and accounts' state, which outlive a version as all others do.

#![cfg(not(target_arch = "wasm32"))]
#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a panic fails the test"
)]

mod support;

use headgate::account::Refusal;
use headgate::object::{Account, Owner, Page};
use headgate::subject::Outcome;
use headgate::time::Millis;
use support::object::Object;
use support::pins::hex;
use support::{START, ask, ask_reserving, cap, order};

/// An account with a plan, a suspension, a revoked key, a cap of 5 with 2 settled, and a request open under it.
const ROW: &str = "0180d8c1a28c340101010100066163746976650705000100000000000000000000000000000000010000040201010000\
    000000000000000000000000000380d8c1a28c34010106616374697665010370726f000180a0f1c2b134017801001122\
    33445566778899aabbccddeeff0000000001f5f09c0e01000101c6ac1e01000101eda1010100010000";

fn account() -> Object<Account> {
    let mut object = Object::<Account>::new();
    let mut said =
        |path, body| assert_eq!(object.operate(&order("PUT", path, body), START).status, 200);
    said(
        "plan",
        r#"{"access_status":"active","plan":"pro","period_end":null}"#,
    );
    said("caps/active", r#"{"settled":2}"#);
    let limits = [cap("active", 5)];
    assert!(object.admits(&ask_reserving(&limits, 1, &[("active", 3)]), START));
    object.operate(
        &order("PUT", "suspension", r#"{"until":1800000000,"reason":"x"}"#),
        START,
    );
    object.operate(
        &order(
            "POST",
            "revoked-keys",
            r#"{"hash":"00112233445566778899aabbccddeeff"}"#,
        ),
        START,
    );
    object
}

#[test]
fn account_with_state_format_unchanged() {
    let row = account().rows[&0].clone();
    assert_eq!(hex(&row), ROW);
    assert_eq!(Page::decode(&row).unwrap().encode().unwrap(), row);
}

#[test]
fn a_row_with_state_that_is_cut_short_is_an_error() {
    let row = account().rows[&0].clone();
    for length in 0..row.len() {
        assert!(Page::decode(&row[..length]).is_err(), "{length}");
        assert!(Account::load(&[row[..length].into()]).is_err());
    }
}

#[test]
fn what_was_written_is_what_is_read() {
    let mut object = account();
    object.lose_memory();
    let suspended = object.ask(&ask(&[cap("active", 5)], 1), START);
    assert_eq!(suspended.outcome, Outcome::Refused(Refusal::Suspended));
    object.operate(&order("DELETE", "suspension", ""), START);
    object.lose_memory();
    let full = object.ask(
        &ask_reserving(&[cap("active", 5)], 2, &[("active", 1)]),
        START,
    );
    assert_eq!(full.outcome, Outcome::NotYet(Millis(1_000)));
}
