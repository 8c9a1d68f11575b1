//! Events as a test asks for them and as a receiver gets them.

use super::object::Object;
use super::order;
use headgate::account::{Named, Order};
use headgate::alert::{Alerting, Taken};
use headgate::limit::{Algorithm, AnchoredWindow, FixedWindow, Limit, Name, PerWindow, Period};
use headgate::object::{Account, Ask, Terms};
use headgate::time::{Millis, UnixMillis};
use serde_json::Value;

pub const MINUTE: Millis = Millis(60_000);

/// By what the receiver knows the account.
pub fn acme() -> Named {
    Named {
        api: None,
        account: Some("acme".to_owned()),
    }
}

pub fn watched(ask: Ask, percents: &[u8]) -> Ask {
    let alerting = Some(Alerting {
        percents: percents.to_vec(),
        named: acme(),
    });
    let terms = Terms {
        alerting,
        ..ask.terms
    };
    Ask { terms, ..ask }
}

pub fn fixed(units: u64) -> Limit {
    let period = Period::Every(MINUTE);
    rule(Algorithm::FixedWindow(FixedWindow { units, period }))
}

pub fn anchored(units: u64) -> Limit {
    let per = PerWindow::new(units, MINUTE).unwrap();
    rule(Algorithm::AnchoredWindow(AnchoredWindow { per }))
}

pub fn rule(algorithm: Algorithm) -> Limit {
    Limit {
        name: Name::try_from("minute").unwrap(),
        algorithm,
        partition: None,
    }
}

/// What a receiver that takes everything gets, as type, limit and percent.
pub fn told(object: &mut Object<Account>, now: UnixMillis) -> Vec<(String, String, u64)> {
    let got = object.post(now, |_| Taken::Yes).into_iter();
    let told = got.map(|(_, body)| {
        let body: Value = serde_json::from_str(&body).unwrap();
        assert_eq!(body["data"]["account"], "acme");
        let limit = body["data"]["limit"].as_str().unwrap_or_default();
        let percent = body["data"]["percent"].as_u64().unwrap_or_default();
        (
            body["type"].as_str().unwrap().to_owned(),
            limit.to_owned(),
            percent,
        )
    });
    told.collect()
}

pub fn reached(limit: &str, percent: u64) -> (String, String, u64) {
    ("limit.reached".to_owned(), limit.to_owned(), percent)
}

pub fn suspend(account: Option<&str>) -> Order {
    let body = r#"{"until": 4000000000, "reason": "Unpaid."}"#;
    Order {
        named: account.map(|account| Named {
            account: Some(account.to_owned()),
            ..Named::default()
        }),
        ..order("PUT", "suspension", body)
    }
}
