//! What is no single e-mail address has no value: programs that send mail would find others in it.

#![allow(clippy::unwrap_used, reason = "a panic fails the test")]

mod support;

use headgate::policy::{Body, Parts};
use serde_json::json;
use support::counted::counted;

/// What a limit by that spelling of an address is counted by.
fn spelled(spelling: &str, value: &str) -> Option<String> {
    let limit = json!({ "per": "body:email", "spelling": spelling });
    let policy = counted("/a", limit, &json!({}));
    let route = policy.route("POST", "/a").unwrap();
    let selector = route.limits.first().unwrap().per.as_ref().unwrap();
    let body = json!({ "email": value }).to_string();
    let parts = Parts {
        path: "/a",
        ignore_case: false,
        query: "",
        headers: &[],
        body: Body::read(body.as_bytes()),
        lower: str::to_lowercase,
    };
    route.value(selector, &parts).unwrap()
}

#[test]
fn a_list_a_name_or_a_comment_beside_an_address_is_no_value() {
    for value in [
        "ada@example.com,bob@example.com",
        "ada@example.com; bob@example.com",
        "<ada@example.com>",
        "Ada 1 <ada@example.com>",
        "ada(1)@example.com",
        "ada@example.com bob@example.com",
        "ada@example.com\r\nBcc: bob@example.com",
        "ada@example\0.com",
    ] {
        assert_eq!(spelled("email", value), None, "{value}");
        assert_eq!(spelled("mailbox", value), None, "{value}");
        assert_eq!(spelled("exact", value).as_deref(), Some(value));
    }
}

#[test]
fn what_mailboxes_may_be_called_is_a_value() {
    for value in [
        "o'hara@example.com",
        "a.b_c-d!#$%&*/=?^`{|}~@example.com",
        "zoë@bücher.example",
    ] {
        assert_eq!(spelled("email", value).as_deref(), Some(value));
        assert_eq!(spelled("mailbox", value).as_deref(), Some(value));
    }
}
