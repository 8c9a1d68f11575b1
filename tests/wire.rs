//! What a client is told: every header and every byte of a body, under the policy of a published contract.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a panic fails the test"
)]

mod support;

use headgate::limit::{Kind, Name};
use headgate::policy::Reason;
use headgate::subject::Outcome;
use headgate::time::Millis;
use headgate::wire::{Denial, retry_after};
use support::told::{DEFAULT, NOW, TICKSUPPLY, decided, denied, lines, policy, told};
use support::{limit, ticksupply};

#[test]
fn ticksupply_is_told_its_limits_on_every_answer() {
    // The example of the contract, but for what an hour refills meanwhile.
    assert_eq!(
        told(TICKSUPPLY, &ticksupply(), &[5]),
        [
            "X-RateLimit-Limit-Minute: 200",
            "X-RateLimit-Remaining-Minute: 195",
            "X-RateLimit-Limit-Hour: 10000",
            "X-RateLimit-Remaining-Hour: 9995",
        ]
    );
}

#[test]
fn ticksupply_is_told_the_reset_of_a_window_only_while_that_is_exhausted() {
    assert_eq!(
        told(TICKSUPPLY, &ticksupply(), &[200]),
        [
            "X-RateLimit-Limit-Minute: 200".to_owned(),
            "X-RateLimit-Remaining-Minute: 0".to_owned(),
            // Capacity comes back after 300 ms: a time in whole seconds, rounded up, not a delay.
            format!("X-RateLimit-Reset-Minute: {}", NOW + 1),
            "X-RateLimit-Limit-Hour: 10000".to_owned(),
            "X-RateLimit-Remaining-Hour: 9800".to_owned(),
        ]
    );
}

#[test]
fn ticksupply_is_denied_by_the_minute_as_its_contract_says() {
    let (status, headers, body) = denied(TICKSUPPLY, &ticksupply(), &[200, 1]);
    assert_eq!(status, 429);
    assert_eq!(
        headers,
        [
            "Content-Type: application/json".to_owned(),
            "Cache-Control: no-store".to_owned(),
            "X-Headgate-Request-Id: r-1".to_owned(),
            "X-Headgate-Reason: quota".to_owned(),
            "Retry-After: 1".to_owned(),
            "X-RateLimit-Limit-Minute: 200".to_owned(),
            "X-RateLimit-Remaining-Minute: 0".to_owned(),
            format!("X-RateLimit-Reset-Minute: {}", NOW + 1),
            "X-RateLimit-Limit-Hour: 10000".to_owned(),
            "X-RateLimit-Remaining-Hour: 9800".to_owned(),
        ]
    );
    let expected = r#"{"error":{"code":"rate_limited","message":"Rate limit exceeded. Retry after 1 seconds."}}"#;
    assert_eq!(body, expected);
}

#[test]
fn ticksupply_is_denied_by_both_windows_until_the_later_one() {
    let limits = [
        limit("minute", 200, 60_000, 200),
        limit("hour", 200, 3_600_000, 200),
    ];
    let (_, headers, body) = denied(TICKSUPPLY, &limits, &[200, 1]);
    assert_eq!(
        headers[4..],
        [
            "Retry-After: 18".to_owned(),
            "X-RateLimit-Limit-Minute: 200".to_owned(),
            "X-RateLimit-Remaining-Minute: 0".to_owned(),
            format!("X-RateLimit-Reset-Minute: {}", NOW + 1),
            "X-RateLimit-Limit-Hour: 200".to_owned(),
            "X-RateLimit-Remaining-Hour: 0".to_owned(),
            format!("X-RateLimit-Reset-Hour: {}", NOW + 18),
        ]
    );
    assert!(body.contains("Retry after 18 seconds."));
}

#[test]
fn a_cost_that_does_not_fit_is_denied_though_something_remains() {
    let (_, headers, _) = denied(TICKSUPPLY, &ticksupply(), &[197, 50]);
    assert_eq!(
        headers[4..],
        [
            "Retry-After: 15",
            "X-RateLimit-Limit-Minute: 200",
            "X-RateLimit-Remaining-Minute: 3",
            "X-RateLimit-Limit-Hour: 10000",
            "X-RateLimit-Remaining-Hour: 9803",
        ]
    );
    let (_, headers, _) = denied(DEFAULT, &ticksupply(), &[197, 50]);
    assert_eq!(headers[6], r#"RateLimit: "minute";r=3;t=1"#);
}

#[test]
fn a_cost_that_never_fits_has_no_retry_after() {
    let (status, headers, body) = denied(TICKSUPPLY, &ticksupply(), &[201]);
    assert_eq!(
        (status, headers[3].as_str()),
        (429, "X-Headgate-Reason: never")
    );
    assert!(!headers.iter().any(|line| line.starts_with("Retry-After")));
    let expected = r#"{"error":{"code":"never","message":"The request costs more than its limit ever allows at once.","request_id":"r-1"}}"#;
    assert_eq!(body, expected);
}

#[test]
fn a_limit_that_the_tier_does_not_have_is_left_out() {
    let minute = [limit("minute", 20, 60_000, 20)];
    assert_eq!(
        told(TICKSUPPLY, &minute, &[20]),
        [
            "X-RateLimit-Limit-Minute: 20".to_owned(),
            "X-RateLimit-Remaining-Minute: 0".to_owned(),
            format!("X-RateLimit-Reset-Minute: {}", NOW + 3),
        ]
    );
    assert_eq!(told(TICKSUPPLY, &[], &[1]), [""; 0]);
    assert_eq!(told(DEFAULT, &[], &[1]), [""; 0]);
}

#[test]
fn retry_after_is_rounded_up_and_at_least_a_second() {
    let mut decision = decided(&ticksupply(), &[200, 1]);
    for (wait, seconds) in [
        (0, 1),
        (1, 1),
        (999, 1),
        (1_000, 1),
        (1_001, 2),
        (30_000, 30),
    ] {
        decision.outcome = Outcome::NotYet(Millis(wait));
        assert_eq!(retry_after(&decision), Some(seconds), "{wait} ms");
    }
    for outcome in [Outcome::Admitted, Outcome::Never] {
        decision.outcome = outcome;
        assert_eq!(retry_after(&decision), None);
    }
}

#[test]
fn without_a_known_key_the_answer_says_how_to_send_one() {
    for (text, content_type, body) in [
        (
            TICKSUPPLY,
            "application/json",
            r#"{"error":{"code":"unauthenticated","message":"No key."}}"#,
        ),
        (
            DEFAULT,
            "application/problem+json",
            r#"{"type":"about:blank","title":"Unauthorized","status":401,"detail":"No key.","request_id":"r-1"}"#,
        ),
    ] {
        let policy = policy(text);
        let denial = Denial::without_decision(&policy, Reason::Unauthenticated, "r-1", "No key.");
        assert_eq!((denial.status, denial.body.as_str()), (401, body));
        assert_eq!(
            lines(&denial.headers),
            [
                &format!("Content-Type: {content_type}"),
                "Cache-Control: no-store",
                "X-Headgate-Request-Id: r-1",
                "X-Headgate-Reason: unauthenticated",
                "WWW-Authenticate: Bearer",
            ]
        );
        let other = Denial::without_decision(&policy, Reason::Unavailable, "r-1", "Later.");
        assert_eq!((other.status, other.headers.len()), (503, 4));
    }
}

#[test]
fn the_tiers_of_the_contract_have_its_limits() {
    let policy = policy(TICKSUPPLY);
    for tier in ["standard", "trial"] {
        let tier = policy.tier(&Name::try_from(tier).unwrap()).unwrap();
        let rates = tier.limits.iter();
        let rates = rates.filter(|limit| limit.algorithm.kind() == Kind::Rate);
        assert!(rates.eq(&ticksupply()));
    }
}
