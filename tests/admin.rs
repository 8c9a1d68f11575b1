//! What those who run the gate may ask, as its description says it; which policy may be put; what is kept and listed.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a panic fails the test"
)]

use headgate::account::{Operation, Order, Reply};
use headgate::admin::{
    Entry, Outcome, Page, Route, Scope, Standing, Stored, kept_name, verdict, versions,
};
use headgate::object::SubjectId;
use headgate::time::UnixMillis;
use serde_json::{Value, json};
use std::collections::BTreeSet;

const METHODS: [&str; 5] = ["GET", "PUT", "POST", "DELETE", "PATCH"];

/// The operations that the gate's description names: method, path with places filled in, and whether they change anything.
fn described() -> Vec<(String, String, bool)> {
    let document: Value =
        serde_json::from_str(include_str!("../src/edge/admin/openapi.json")).unwrap();
    let mut all = Vec::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        let path = path.replace("{account}", "acme").replace("{name}", "cap");
        let path = path.replace("{version}", "7").replace("{limit}", "minute");
        for (method, operation) in methods.as_object().unwrap() {
            let changes = operation["security"] == json!([{ "write": [] }]);
            all.push((method.to_uppercase(), path.clone(), changes));
        }
    }
    all
}

fn order(method: &str, path: &str) -> Order {
    Order {
        method: method.to_owned(),
        path: path.to_owned(),
        body: String::new(),
        named: None,
    }
}

/// Its answer to a method that the path may not have.
fn refusal(method: &str, path: &str) -> Option<Reply> {
    match Route::read(method, path) {
        Err(refused) => Some(refused),
        Ok(Route::Account { part, .. }) => {
            let read = Operation::read(&order(method, part));
            read.err().filter(|refused| refused.status != 400)
        }
        Ok(_) => None,
    }
}

#[test]
fn what_is_described_is_all_that_there_is() {
    let all = described();
    assert!(all.len() > 15);
    for (method, path, changes) in &all {
        assert_eq!(refusal(method, path), None, "{method} {path}");
        let scope = Route::read(method, path).unwrap().scope();
        assert_eq!(scope == Scope::Write, *changes, "{method} {path}");
        for other in METHODS {
            let known: Vec<&str> = all
                .iter()
                .filter(|one| one.1 == *path)
                .map(|one| one.0.as_str())
                .collect();
            let Some(refused) = refusal(other, path) else {
                assert!(known.contains(&other), "{other} {path} is not described");
                continue;
            };
            let allowed: BTreeSet<&str> = refused.allow.split(", ").collect();
            assert_eq!(refused.status, 405, "{other} {path}");
            assert_eq!(allowed, known.into_iter().collect(), "{other} {path}");
        }
    }
}

#[test]
fn every_kind_of_request_is_described() {
    // Whoever adds one finds this match.
    let place = |route: &Route<'_>| match route {
        Route::Page(_) => unreachable!("no operation"),
        Route::Token => 15,
        Route::Document => 0,
        Route::Policy => 1,
        Route::PutPolicy => 2,
        Route::ValidatePolicy => 3,
        Route::Versions => 4,
        Route::Version(_) => 5,
        Route::RollBack => 6,
        Route::Keys => 7,
        Route::PutKey => 8,
        Route::RevokeKey => 9,
        Route::Audit => 10,
        Route::Overview => 11,
        Route::Metrics => 12,
        Route::TestEvent => 13,
        Route::Account { .. } => 14,
        Route::Events => 16,
        Route::SendAgain => 17,
    };
    let all = described();
    let found = all
        .iter()
        .map(|(method, path, _)| place(&Route::read(method, path).unwrap()));
    assert_eq!(found.collect::<BTreeSet<_>>(), (0..18).collect());
    // What an account has it says itself.
    let said = Operation::read(&order("GET", "nothing")).unwrap_err();
    let message = serde_json::from_str::<Value>(&said.body).unwrap();
    let message = message["error"]["message"].as_str().unwrap().to_owned();
    let parts = message
        .trim_start_matches("An account has: ")
        .trim_end_matches('.');
    for part in parts.split(", ") {
        let part = part.replace("NAME", "cap").replace("LIMIT", "minute");
        let path = format!("/_headgate/accounts/acme/{part}");
        assert!(all.iter().any(|one| one.1 == path), "{path}");
    }
}

fn policy(version: u64) -> String {
    format!(r#"{{"tiers":{{"a":{{"limits":[]}}}},"version" : {version},"strangers":"deny"}}"#)
}

fn stored(text: &str) -> Stored {
    let text = Some(text.to_owned());
    Stored {
        text,
        ..Stored::default()
    }
}

fn standing(text: &str, kept: &[u64]) -> Standing {
    let kept = kept.iter().map(|version| Stored {
        name: kept_name(*version),
        ..Stored::default()
    });
    Standing {
        policy: stored(text),
        kept: kept.collect(),
    }
}

#[test]
fn a_policy_must_be_newer_than_all_that_stand_or_stood() {
    for (stands, kept, put, may) in [
        (policy(3), &[][..], 4, true),
        (policy(3), &[], 3, false),
        (policy(3), &[2, 9], 9, false),
        (policy(3), &[2, 9], 10, true),
        ("garbage".to_owned(), &[2], 2, false),
        ("garbage".to_owned(), &[], 1, true),
        // No policy, but whoever put it counted on.
        (r#"{"version":5,"tears":{}}"#.to_owned(), &[], 5, false),
    ] {
        let told = standing(&stands, kept).admits(&policy(put));
        let status = told.as_ref().err().map(|refused| refused.status);
        assert_eq!(told.is_ok(), may, "{put} after {stands} and {kept:?}");
        assert!(matches!(status, None | Some(409)));
    }
    assert_eq!(Standing::default().admits(&policy(1)), Ok(1));
    let wrong = Standing::default().admits("{}").unwrap_err();
    assert_eq!(wrong.status, 400);
}

#[test]
fn a_text_stands_again_with_no_more_than_its_version_changed() {
    let texts = [
        (policy(3), policy(8)),
        // The version of something else, and names that look like it.
        (
            r#"{"$schema":"a\"version\":1","tiers":{"version":{"limits":[]}},"version":3 }"#.into(),
            r#"{"$schema":"a\"version\":1","tiers":{"version":{"limits":[]}},"version":8 }"#.into(),
        ),
        (
            "{\n \"version\"\n:\n3\n,\"tiers\":{\"é\\\\\":1}}".into(),
            String::new(),
        ),
    ];
    for (before, after) in texts {
        let again = standing(&policy(7), &[3]).again(&before);
        match again {
            Ok((text, version)) => assert_eq!((text, version), (after, 8)),
            Err(refused) => assert_eq!((refused.status, after.as_str()), (409, "")),
        }
    }
    let escaped = policy(3).replace("version", "versi\\u006fn");
    assert_eq!(
        Standing::default().again(&escaped).unwrap_err().status,
        409,
        "{escaped}"
    );
    let last = standing(&policy((1 << 53) - 1), &[]);
    assert_eq!(last.again(&policy(3)).unwrap_err().status, 409);
}

#[test]
fn what_stands_is_kept_unless_it_is_and_fifty_are_enough() {
    let text = policy(60);
    let former = |kept: &[u64]| standing(&text, kept).former().map(|(name, _)| name);
    assert_eq!(former(&[7]), Some(kept_name(60)));
    assert_eq!(former(&[7, 60]), None);
    assert_eq!(standing("garbage", &[]).former(), None);
    let all: Vec<u64> = (10..60).collect();
    let surplus = |text: &str, kept: &[u64]| standing(text, kept).surplus().join(" ");
    // With the former and the new one two more are kept.
    assert_eq!(
        surplus(&text, &all),
        [kept_name(10), kept_name(11)].join(" ")
    );
    assert_eq!(surplus(&text, all.split_at(2).1), "");
    assert_eq!(surplus("garbage", &all), kept_name(10));
    assert_eq!(kept_name(7), "policy:00000000000000000007");
}

#[test]
fn versions_are_told_once_each_the_newest_first() {
    let reply = versions(&standing(&policy(7), &[3, 7, 5]));
    let told: Value = serde_json::from_str(&reply.body).unwrap();
    let told = told["versions"].as_array().unwrap().iter();
    let told: Vec<(u64, bool)> = told
        .map(|it| {
            (
                it["version"].as_u64().unwrap(),
                it["stands"].as_bool().unwrap(),
            )
        })
        .collect();
    assert_eq!(told, [(7, true), (5, false), (3, false)]);
}

#[test]
fn a_verdict_says_where_a_policy_is_wrong() {
    let told = |text: &str| serde_json::from_str::<Value>(&verdict(text).body).unwrap();
    assert_eq!(told(&policy(3))["valid"], true);
    let wrong = told(r#"{"version":1,"tiers":{"a":{}}}"#);
    assert_eq!(wrong["where"], "tiers.a.limits");
    assert_eq!(
        (told("")["valid"].clone(), told("")["where"].clone()),
        (json!(false), json!(null))
    );
}

#[test]
fn what_kv_says_is_read_and_nothing_else() {
    let text = r#"{"entries":[{"name":"a","value":"x","metadata":{"put_at":7,"bytes":1}},{"name":"b","metadata":null}],"next":"c"}"#;
    let page = Page::read(text, "").unwrap();
    let (one, other) = (&page.entries[0], &page.entries[1]);
    assert_eq!(
        (one.text.as_deref(), one.put_at, one.bytes),
        (Some("x"), Some(7), Some(1))
    );
    assert_eq!((other.text.as_deref(), other.put_at), (None, None));
    assert_eq!(page.next.as_deref(), Some("c"));
    let under = r#"{"entries":[{"name":"maps/a"}],"next":null}"#;
    assert_eq!(Page::read(under, "maps/").unwrap().entries[0].name, "a");
    assert_eq!(Page::read(under, "tickets/"), None, "of another API");
    for other in ["", "{}", "null", r#"{"entries":[{}]}"#] {
        assert_eq!(Page::read(other, ""), None, "{other}");
    }
}

#[test]
fn entry_format_unchanged_and_the_newest_is_first_by_name() {
    let entry = |when| Entry {
        when: UnixMillis(when),
        what: "PUT",
        place: "policy",
        detail: Some("version 8"),
        network: Some(SubjectId([0xab; 16])),
        outcome: None,
    };
    let id = entry(1_790_000_000_000).id("0123456789");
    assert_eq!(id, "8209999999999-01234567");
    assert!(entry(1_790_000_000_001).id("f") < id);
    let mut expected = json!({ "id": id, "when": 1_790_000_000_000_u64, "what": "PUT", "where": "policy", "detail": "version 8",
        "scope": "write", "network": "ab".repeat(16), "failed": null });
    let told = |entry: &Entry<'_>| serde_json::from_str::<Value>(&entry.json(&id)).unwrap();
    assert_eq!(told(&entry(1_790_000_000_000)), expected);
    let outcome = Some(Outcome {
        id: "x",
        status: 503,
    });
    expected["failed"] = json!({ "id": "x", "status": 503 });
    let failed = Entry {
        outcome,
        ..entry(1_790_000_000_000)
    };
    assert_eq!(told(&failed), expected);
}
