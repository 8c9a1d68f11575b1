//! What an ask has its object watch: the thresholds of the policy, and only where somebody hears of them.

#![allow(clippy::panic, clippy::unwrap_used, reason = "a panic fails the test")]

use headgate::account::Named;
use headgate::alert::Alerting;
use headgate::identity::AccountId;
use headgate::lease::LeaseId;
use headgate::object::{Ask, SubjectId};
use headgate::policy::Policy;
use headgate::request::{Client, Owned};
use serde_json::{Value, json};

fn policy(alerts: &Value) -> Policy {
    let limits =
        json!([{ "name": "minute", "algorithm": "token-bucket", "units": 9, "window": "1m" }]);
    let mut text = json!({ "version": 1, "tiers": { "standard": { "limits": limits } } });
    if !alerts.is_null() {
        text.as_object_mut()
            .unwrap()
            .insert("alerts".to_owned(), alerts.clone());
    }
    Policy::parse(&text.to_string()).unwrap()
}

fn watched(
    policy: &Policy,
    owner: Owned,
    named: impl FnOnce(&AccountId) -> Option<Named>,
) -> Option<Alerting> {
    let client = Client {
        owner,
        tier: policy.tiers.first().unwrap(),
        record: 0,
        degraded: None,
        key: None,
        shows_would_deny: false,
    };
    let id = || Some(LeaseId([7; 16]));
    let ask = Ask::of(policy, &client, None, Vec::new(), id, named);
    ask.unwrap().terms.alerting
}

fn acme() -> Owned {
    Owned::Account(AccountId::try_from("acme".to_owned()).unwrap())
}

fn of_maps(account: &AccountId) -> Named {
    Named {
        api: Some("maps".to_owned()),
        account: Some(account.as_str().to_owned()),
    }
}

#[test]
fn thresholds_are_watched_under_the_name_that_the_receiver_knows() {
    let policy = policy(&json!({ "percent": [50, 100] }));
    let alerting = watched(&policy, acme(), |it| Some(of_maps(it))).unwrap();
    assert_eq!(alerting.percents, [50, 100]);
    let account = AccountId::try_from("acme".to_owned()).unwrap();
    assert_eq!(alerting.named, of_maps(&account));
}

#[test]
fn without_a_receiver_nothing_is_watched() {
    let policy = policy(&json!({}));
    assert_eq!(watched(&policy, acme(), |_| None), None);
}

#[test]
fn without_thresholds_and_of_strangers_nobody_is_named() {
    let stranger = Owned::Subject {
        id: SubjectId([1; 16]),
        brought_by: None,
        kind: None,
    };
    for (alerts, owner) in [(Value::Null, acme()), (json!({}), stranger)] {
        let named = |_: &AccountId| panic!("nobody hears of it");
        assert_eq!(watched(&policy(&alerts), owner, named), None);
    }
}
