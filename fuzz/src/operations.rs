//! Operations on an account. The input: one a line, as method, path and body with a blank between.

use super::durable::{Durable, Fault};
use super::limits::{START, limit, name};
use super::{Bytes, messages};
use headgate::account::{KeyHash, Named, Order, Reply, hashed};
use headgate::lease::LeaseId;
use headgate::limit::{Algorithm, Cap};
use headgate::object::{Account, Ask, Owner, Terms};
use headgate::time::{Millis, UnixMillis};
use serde_json::Value;

/// Most lines of an input that are looked at.
const LINES: u64 = 24;

/// The parts of an account that can be looked at.
const PARTS: [&str; 5] = [
    "plan",
    "suspension",
    "revoked-keys",
    "caps/seats",
    "caps/other",
];

pub fn check(input: &[u8]) {
    let (mut bytes, mut object) = (Bytes::new(input), Durable::<Account>::empty());
    let seats = limit("seats", Algorithm::Cap(Cap { amount: 5 }));
    for line in 0..LINES {
        if bytes.is_empty() {
            return;
        }
        let now = START.after(Millis(line * 60_000));
        let mut parts = bytes.line();
        let body = cut(&mut parts, 2);
        let path = cut(&mut parts, 1);
        let hidden = hashed(body.clone(), |key| {
            KeyHash([key.len().to_le_bytes()[0]; 16])
        });
        let order = Order {
            method: parts,
            path,
            body: hidden,
            named: Some(Named {
                api: None,
                account: Some("acme".to_owned()),
            }),
        };
        let (reply, _) = object.step(Fault::None, |machine| machine.operate(&order, now));
        let reply = reply.unwrap();
        is_right(&reply);
        keeps_a_key_secret(&body, &order, &reply);
        stands_without_memory(&mut object, now);
        let ask = Ask {
            lease: Some(LeaseId([u8::try_from(line).unwrap(); 16])),
            terms: Terms {
                reserves: vec![(name("seats"), line % 3)],
                blocked: vec!["past_due".to_owned()],
                tells: true,
                ..Terms::default()
            },
            ..messages::ask(std::slice::from_ref(&seats), 0)
        };
        let (decision, _) = object.step(Fault::None, |machine| machine.handle(&ask, now));
        let told = decision.unwrap().statement.unwrap_or("null".to_owned());
        let _: Value = serde_json::from_str(&told).expect(&told);
        stands_without_memory(&mut object, now);
    }
}

/// Takes off what is behind so many blanks.
fn cut(text: &mut String, blanks: usize) -> String {
    let Some((at, _)) = text.match_indices(' ').nth(blanks - 1) else {
        return String::new();
    };
    let behind = text.split_off(at);
    behind[1..].to_owned()
}

fn order(method: &str, path: &str) -> Order {
    let [method, path, body] = [method, path, ""].map(str::to_owned);
    Order {
        method,
        path,
        body,
        named: None,
    }
}

fn is_right(reply: &Reply) {
    assert!(
        [200, 400, 404, 405, 409].contains(&reply.status),
        "{reply:?}"
    );
    assert_eq!(reply.allow.is_empty(), reply.status != 405, "{reply:?}");
    let body: Value = serde_json::from_str(&reply.body).expect(&reply.body);
    let message = &body["error"]["message"];
    assert_eq!(message.is_string(), reply.status != 200, "{reply:?}");
    assert!(reply.body.len() < 65_536);
}

/// A key is passed on as its hash, and no answer shows it.
fn keeps_a_key_secret(body: &str, order: &Order, reply: &Reply) {
    let Ok(Value::Object(fields)) = serde_json::from_str::<Value>(body) else {
        return;
    };
    let key = fields.get("key").and_then(Value::as_str);
    let Some(key) = key.filter(|key| fields.len() == 1 && key.len() >= 12) else {
        return;
    };
    let is_told = |text: &str| text.contains(key) && !order.path.contains(key);
    // A field that stands twice is none.
    assert!(
        !is_told(&order.body) || body.matches("\"key\"").count() > 1,
        "{order:?}"
    );
    assert!(!is_told(&reply.body), "{reply:?}");
}

/// All that was changed is in the row.
fn stands_without_memory(object: &mut Durable<Account>, now: UnixMillis) {
    let mut other = object.clone();
    other.memory = None;
    for part in PARTS {
        let look = order("GET", part);
        let (reply, effects) = object.machine().clone().operate(&look, now);
        assert_eq!(effects, [], "{part} is only looked at");
        let kept = other.machine().operate(&look, now).0;
        assert_eq!(lasting(&kept), lasting(&reply), "{part}");
    }
}

/// What an answer tells that must be in the row: not what a cap allows, which requests bring, nor one that nothing
/// counts under.
fn lasting(reply: &Reply) -> &str {
    let (_, counts) = reply
        .body
        .split_once(r#""settled":"#)
        .unwrap_or(("", &reply.body));
    match counts {
        r#"0,"reserved":0,"open":0}"# => "nothing",
        _ if reply.status == 404 => "nothing",
        counts => counts,
    }
}
