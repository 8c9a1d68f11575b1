//! Which value of a request a limit is counted by, or an owner is known by.

#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a panic fails the test"
)]

mod support;

use headgate::policy::{Body, Parts, Place, Policy, SelectorError};
use serde_json::{Value, json};
use support::counted::counted;

/// A request without anything but its path.
fn bare(path: &str) -> Parts<'_> {
    Parts {
        path,
        ignore_case: false,
        query: "",
        headers: &[],
        body: Body::default(),
        lower: str::to_lowercase,
    }
}

/// What the limit of that policy finds in a request.
fn found(policy: &Policy, parts: &Parts<'_>) -> Result<Option<String>, SelectorError> {
    let route = policy.route("POST", parts.path).unwrap();
    let selector = route.limits[0].per.as_ref().unwrap();
    route.value(selector, parts)
}

fn in_body(field: &str, body: &[u8]) -> Result<Option<String>, SelectorError> {
    let policy = counted("/a", json!({ "per": format!("body:{field}") }), &json!({}));
    let body = Body::read(body);
    found(&policy, &Parts { body, ..bare("/a") })
}

fn in_query(query: &str) -> Result<Option<String>, SelectorError> {
    let policy = counted("/a", json!({ "per": "query:session" }), &json!({}));
    found(
        &policy,
        &Parts {
            query,
            ..bare("/a")
        },
    )
}

fn in_headers(headers: &[(&str, &str)]) -> Result<Option<String>, SelectorError> {
    let policy = counted("/a", json!({ "per": "header:X-Device" }), &json!({}));
    let headers: Vec<(String, String)> = headers
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    let headers = &headers;
    found(
        &policy,
        &Parts {
            headers,
            ..bare("/a")
        },
    )
}

fn in_path(path: &str, paths: &Value) -> Result<Option<String>, SelectorError> {
    let policy = counted(
        "/events/{event}/seats/**",
        json!({ "per": "path:event" }),
        &json!({ "paths": paths }),
    );
    let ignore_case = policy.paths.ignore_case;
    found(
        &policy,
        &Parts {
            ignore_case,
            ..bare(path)
        },
    )
}

fn spelled(spelling: &str, value: &str) -> Option<String> {
    let limit = json!({ "per": "body:email", "spelling": spelling });
    let policy = counted("/a", limit, &json!({}));
    let body = json!({ "email": value }).to_string();
    let body = Body::read(body.as_bytes());
    found(&policy, &Parts { body, ..bare("/a") }).unwrap()
}

#[test]
fn a_member_of_the_body_is_text_or_a_whole_number() {
    for (body, value) in [
        (r#"{"id":"a b"}"#, Some("a b")),
        (r#" {"x":{"id":2},"id":"\u0061","y":[]} "#, Some("a")),
        (r#"{"id":7}"#, Some("7")),
        (r#"{"id":"7"}"#, Some("7")),
        (r#"{"id":-7}"#, Some("-7")),
        (
            r#"{"id":18446744073709551615}"#,
            Some("18446744073709551615"),
        ),
        (r#"{"id":18446744073709551616}"#, None),
        (r#"{"id":7.0}"#, None),
        (r#"{"id":""}"#, None),
        (r#"{"id":null}"#, None),
        (r#"{"id":true}"#, None),
        (r#"{"id":["a"]}"#, None),
        (r#"{"x":{"id":"a"}}"#, None),
        (r#"{"ID":"a"}"#, None),
        (r#"["id"]"#, None),
        (r#"{"id":"a"}x"#, None),
        (r#"{"id":"a""#, None),
        ("id=a", None),
        ("", None),
    ] {
        let found = in_body("id", body.as_bytes()).unwrap();
        assert_eq!(found.as_deref(), value, "{body}");
    }
    assert_eq!(in_body("id", b"{\"id\":\"\xff\"}"), Ok(None), "no UTF-8");
    let deep = format!(
        r#"{{"x":{}1{},"id":"a"}}"#,
        "[".repeat(5_000),
        "]".repeat(5_000)
    );
    assert_eq!(in_body("id", deep.as_bytes()), Ok(None), "too deep");
}

#[test]
fn a_member_that_origins_could_read_in_two_ways_is_refused() {
    let twice = SelectorError::Twice(Place::Body, "token_id".to_owned());
    for body in [
        r#"{"token_id":"a","token_id":"b"}"#,
        r#"{"token_id":"a","token_id":"a"}"#,
        r#"{"token_id":"a","token_id":null}"#,
        r#"{"token_id":"a","\u0074oken_id":"b"}"#,
        r#"{"token_id":"a","Token_ID":"b"}"#,
        r#"{"token_id":"a","to\u212aen_id":"b"}"#,
    ] {
        assert_eq!(
            in_body("token_id", body.as_bytes()),
            Err(twice.clone()),
            "{body}"
        );
    }
    assert!(in_body("is", r#"{"is":"a","iſ":"b"}"#.as_bytes()).is_err());
    assert!(in_body("id", br#"{"id":"a","id_":"b","x":1,"x":2}"#).is_ok());
    let said = "The request has more than one \"token_id\" in its body, a JSON object.";
    assert_eq!(twice.to_string(), said);
}

#[test]
fn a_segment_of_the_path_is_one_value_however_it_is_escaped() {
    let plain = json!({});
    for (path, value) in [
        ("/events/e1/seats", "e1"),
        ("/events/e1/seats/a/b/", "e1"),
        ("/events/a%7Cb/seats", "a|b"),
        ("/events/a|b/seats", "a|b"),
        ("/events/%C3%A9/seats", "é"),
        ("/events/a%2541/seats", "a%41"),
        ("/events/E1/seats", "E1"),
    ] {
        assert_eq!(in_path(path, &plain).unwrap().as_deref(), Some(value));
    }
    let ignored = in_path("/EVENTS/E1/seats", &json!({ "ignore_case": true }));
    assert_eq!(ignored.unwrap().as_deref(), Some("e1"));
}

#[test]
fn a_parameter_of_the_query_is_decoded_and_stands_once() {
    for (query, value) in [
        ("?session=a", Some("a")),
        ("?x=1&session=a%20b+c&y", Some("a b c")),
        ("?s%65ssion=a=b", Some("a=b")),
        ("?session=a;x=1", Some("a")),
        ("?session=", None),
        ("?session", None),
        ("?Session=a", None),
        ("?sessions=a", None),
        ("?session[]=a", None),
        ("?[session]=a", None),
        ("?", None),
        ("", None),
    ] {
        assert_eq!(in_query(query).unwrap().as_deref(), value, "{query}");
    }
    for query in [
        "?session=a&session=b",
        "?session=a&session",
        "?session=a&s%65ssion=b",
        "?session=a&SESSION=b",
        "?session=a;session=b",
        "?session=a&session[]=b",
        "?session=a&session%5Bx%5D=b",
        "?session=a&+session=b",
        "?session=a&session%00x=b",
    ] {
        assert!(in_query(query).is_err(), "{query}");
    }
}

#[test]
fn dots_and_blanks_in_names_of_parameters_are_underscores_to_some_origins() {
    let policy = counted("/a", json!({ "per": "query:seat_id" }), &json!({}));
    for (query, is_one) in [
        ("?seat_id=a&seat-id=b&seat=c", true),
        ("?seat_id=a&seat.id=b", false),
        ("?seat_id=a&seat+id=b", false),
    ] {
        let body = bare("/a");
        assert_eq!(found(&policy, &Parts { query, ..body }).is_ok(), is_one);
    }
}

#[test]
fn a_header_stands_once_under_each_name_that_origins_read_as_it() {
    assert_eq!(
        in_headers(&[("x-device", " d1 ")]).unwrap().as_deref(),
        Some("d1")
    );
    assert_eq!(
        in_headers(&[("X-DEVICE", "d 1")]).unwrap().as_deref(),
        Some("d 1")
    );
    for without in [
        &[][..],
        &[("x-device", "")],
        &[("x_device", "d1")],
        &[("x-devices", "d1")],
    ] {
        assert_eq!(in_headers(without), Ok(None), "{without:?}");
    }
    for twice in [
        &[("x-device", "d1, d2")][..],
        &[("x-device", "d1"), ("X-Device", "d1")],
        &[("x-device", "d1"), ("x_device", "d2")],
    ] {
        assert!(in_headers(twice).is_err(), "{twice:?}");
    }
}

#[test]
fn spellings_of_one_address_are_one_value_as_the_policy_says() {
    let tagged = " Ada.Lovelace+News+2@Example.COM\t";
    assert_eq!(spelled("exact", tagged).as_deref(), Some(tagged));
    let email = spelled("email", tagged);
    assert_eq!(email.as_deref(), Some("ada.lovelace+news+2@example.com"));
    let mailbox = spelled("mailbox", tagged);
    assert_eq!(mailbox.as_deref(), Some("ada.lovelace@example.com"));
    for (one, other) in [
        ("ÄDA@Example.com", "äda@example.com"),
        ("JOSÉ@example.com", "josé@example.com"),
        ("\u{212a}ate@example.com", "Kate@example.com"),
        ("\u{a0}ada@example.com\n", "ADA@EXAMPLE.COM"),
        ("\u{feff}ada@example.com", "ada@example.com"),
        ("\0ada@example.com\u{1f}", "ada@example.com"),
    ] {
        assert_eq!(spelled("email", one), spelled("email", other));
        assert_ne!(spelled("exact", one), spelled("exact", other));
    }
    for (mailbox, value) in [
        ("a+b", "a+b"),
        ("a@b+c", "a@b+c"),
        ("\"x@y\"+t@z", "\"x@y\"@z"),
        ("+t@z", "@z"),
    ] {
        assert_eq!(spelled("mailbox", mailbox).as_deref(), Some(value));
    }
    assert_ne!(
        spelled("mailbox", "ada@a.example"),
        spelled("mailbox", "ada@b.example")
    );
    assert_eq!(spelled("email", " \t\0"), None);
    assert_eq!(spelled("exact", " ").as_deref(), Some(" "));
}

#[test]
fn an_owner_that_the_request_does_not_name_is_said_to_be_missing() {
    let fields = json!({
        "owners": { "link": { "by": "query:link", "tier": "standard" } },
        "routes": [{ "path": "/auth/verify", "owner": "link" }]
    });
    let policy = counted("/a", json!({}), &fields);
    let route = policy.route("POST", "/auth/verify").unwrap();
    let by = &route.owner.as_ref().unwrap().by;
    let required = |query| {
        route.required(
            by,
            &Parts {
                query,
                ..bare("/auth/verify")
            },
        )
    };
    assert_eq!(required("?link=l1").as_deref(), Ok("l1"));
    let missing = required("?links=l1").unwrap_err().to_string();
    assert_eq!(missing, "The request must have one \"link\" in its query.");
}
