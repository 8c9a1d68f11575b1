//! Bytes and texts of caps and of accounts' state that outlive a version.

#![cfg(not(target_arch = "wasm32"))]
#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a panic fails the test"
)]

mod support;

use headgate::account::{KeyHash, Refusal, Reply};
use headgate::object::{Account, Answer, Message, Owner, Page, Terms};
use headgate::subject::{Outcome, Settlement};
use headgate::time::Millis;
use support::object::Object;
use support::pins::hex;
use support::{START, ask, ask_reserving, cap, order, settlement};

/// An account with a plan, a suspension, a revoked key, a cap of 5 with 2 settled, and a request open under it.
const ROW: &str = "0180d8c1a28c34010101010006616374697665070501000000000000000000000000000000000100000402010100000000000000000000000000\
    00000380d8c1a28c34010106616374697665010370726f000180a0f1c2b13401780100112233445566778899aabbccddeeff";

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
fn messages_about_caps_unchanged() {
    let mut asking = ask(&[], 1);
    asking.terms = Terms {
        key: Some(KeyHash([7; 16])),
        reserves: vec![("active".try_into().unwrap(), 3)],
        refundable: true,
        blocked: vec!["past_due".to_owned()],
        tells: true,
    };
    let refunding = Settlement {
        refund: true,
        ..settlement(1, &[])
    };
    for (message, text) in [
        (
            Message::Ask(asking),
            concat!(
                r#"{"ask":{"version":1,"record":0,"cost":1,"tier":"standard","limits":[],"terms":{"#,
                r#""key":[7,7,7,7,7,7,7,7,7,7,7,7,7,7,7,7],"reserves":[["active",3]],"refundable":true,"#,
                r#""blocked":["past_due"],"tells":true}}}"#
            ),
        ),
        (
            Message::Settle(settlement(1, &[("active", -1)])),
            r#"{"settle":{"request":"01000000000000000000000000000000","caps":[["active",-1]]}}"#,
        ),
        (
            Message::Settle(refunding),
            r#"{"settle":{"request":"01000000000000000000000000000000","refund":true}}"#,
        ),
        (
            Message::Operate(order("GET", "plan", "")),
            r#"{"operate":{"method":"GET","path":"plan","body":""}}"#,
        ),
    ] {
        assert_eq!(serde_json::to_string(&message).unwrap(), text);
        assert_eq!(serde_json::from_str::<Message>(text).unwrap(), message);
    }
    let reply = Answer::Operated(Reply::ok("{}".to_owned()));
    let text = r#"{"operated":{"status":200,"body":"{}","allow":""}}"#;
    assert_eq!(serde_json::to_string(&reply).unwrap(), text);
    let outcome = Outcome::Refused(Refusal::PaymentRequired);
    assert_eq!(
        serde_json::to_string(&outcome).unwrap(),
        r#"{"refused":"payment_required"}"#
    );
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
