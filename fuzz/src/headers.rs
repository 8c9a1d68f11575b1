//! What is told: any decision in every dialect, and which headers pass. The input: a decision, then lines: `Accept`,
//! an origin, names of headers.

use super::policy::can_be_sent;
use super::{Bytes, limits};
use headgate::account::Refusal;
use headgate::limit::Limit;
use headgate::policy::{Dialect, Policy};
use headgate::subject::{Decision, Outcome, Standing};
use headgate::time::{Millis, UnixMillis};
use headgate::wire::{
    Denial, Told, cors_headers, deployments, is_dropped_on_request, is_dropped_on_response,
    limit_headers, own_answer, retry_after, told_headers,
};
use serde_json::Value;
use sfv::{BareItem, Item, ListEntry, Parser};
use std::sync::LazyLock;

static POLICIES: LazyLock<Vec<Policy>> = LazyLock::new(|| {
    let texts = [
        include_str!("../../policies/default.json"),
        include_str!("../../policies/ipto.json"),
        include_str!("../../policies/seatsio.json"),
        include_str!("../../policies/ticket0.json"),
        include_str!("../../policies/ticksupply.json"),
        include_str!("../../policies/toptickets.json"),
        include_str!("../../tests/data/words/every-field.json"),
    ];
    texts.map(|text| Policy::parse(text).unwrap()).into()
});

pub fn check(input: &[u8]) {
    let mut bytes = Bytes::new(input);
    let decision = decision(&mut bytes);
    let (accept, origin) = (bytes.line(), bytes.line());
    draft_says_what_is(&decision);
    for policy in POLICIES.iter() {
        fields_can_be_sent(&limit_headers(&policy.dialect, &decision));
        is_denied(policy, &decision, &accept);
        for answer in policy.routes.iter().filter_map(|it| it.answer.as_ref()) {
            let answer = own_answer(policy, answer, &decision, "r-1");
            fields_can_be_sent(&answer.headers);
            is_json(&answer);
        }
        if origin.bytes().all(|b| b.is_ascii_graphic()) {
            fields_can_be_sent(&cors_headers(policy, &origin, &[]));
        }
    }
    while !bytes.is_empty() {
        passes_alike(&bytes.line());
    }
}

/// Any decision whose numbers are such as objects can tell.
fn decision(bytes: &mut Bytes<'_>) -> Decision {
    let names = ["minute", "hour", "day", "month", "requests", "lane"];
    let mut standings: Vec<Standing> = Vec::new();
    for _ in 0..bytes.below(5) {
        let called = bytes.one_of(&names);
        let limit = match bytes.below(8) {
            0 => limits::lane(called, bytes),
            1 => limits::cap(called, bytes),
            _ => limits::rate(called, bytes),
        };
        standings.push(standing(limit, bytes));
    }
    let outcome = match bytes.below(8) {
        0..3 => Outcome::Admitted,
        3..5 => Outcome::NotYet(millis(bytes)),
        5 => Outcome::Never,
        _ => Outcome::Refused(bytes.one_of(&[
            Refusal::Revoked,
            Refusal::Suspended,
            Refusal::PaymentRequired,
        ])),
    };
    let statement = bytes.flag().then(|| bytes.line());
    Decision {
        now: UnixMillis(bytes.magnitude(60)),
        behind: if bytes.flag() {
            millis(bytes)
        } else {
            Millis(0)
        },
        outcome,
        standings,
        grant: None,
        statement,
        loan: None,
        would_deny: Vec::new(),
    }
}

fn standing(limit: Limit, bytes: &mut Bytes<'_>) -> Standing {
    let remaining = bytes.magnitude(20) % (limits::most(&limit) + 1);
    Standing {
        limit,
        remaining,
        wait: millis(bytes),
        next: millis(bytes),
        full: millis(bytes),
        violated: bytes.flag(),
    }
}

fn millis(bytes: &mut Bytes<'_>) -> Millis {
    Millis(bytes.magnitude(45))
}

fn fields_can_be_sent(headers: &[(String, String)]) {
    for (name, value) in headers {
        can_be_sent(name, value);
    }
}

fn is_denied(policy: &Policy, decision: &Decision, accept: &str) {
    if decision.outcome == Outcome::Admitted {
        return;
    }
    let denial = Denial::of_decision(policy, decision, "r-1");
    assert!((400..600).contains(&denial.status));
    let promised = denial
        .headers
        .iter()
        .find(|(name, _)| name == "Retry-After");
    let promised = promised.map(|(_, value)| value.parse::<u64>().unwrap());
    assert_eq!(promised, retry_after(decision));
    assert_eq!(
        promised.is_some(),
        matches!(decision.outcome, Outcome::NotYet(_))
    );
    assert!(promised.is_none_or(|seconds| seconds >= 1));
    let negotiated = denial.clone().negotiated(Some(accept));
    for denial in [&denial, &negotiated] {
        fields_can_be_sent(&denial.headers);
        is_json(denial);
    }
    if negotiated.body != denial.body {
        assert_eq!(Some(&negotiated.body), denial.problem.as_ref());
        assert!(accept.contains(['/', '*']), "{accept:?}");
    }
    assert_eq!(negotiated.problem, None);
    assert_eq!(denial.clone().negotiated(None).body, denial.body);
}

/// Bodies of the policies here are JSON where their type says so.
fn is_json(denial: &Denial) {
    let of = |(name, value): &&(String, String)| name == "Content-Type" && value.contains("json");
    if denial.headers.iter().any(|field| of(&field)) {
        let _: Value = serde_json::from_str(&denial.body).expect(&denial.body);
    }
    if let Some(problem) = &denial.problem {
        let problem: Value = serde_json::from_str(problem).unwrap();
        assert_eq!(problem["status"], denial.status);
    }
}

/// The fields of the draft, read by somebody else's parser, carry what the decision says.
fn draft_says_what_is(decision: &Decision) {
    let headers = limit_headers(&Dialect::neutral(), decision);
    for (name, value) in &headers {
        let list: sfv::List = Parser::new(value).parse().expect(value);
        let is_shown = |it: &&Standing| {
            name == "RateLimit-Policy" || decision.outcome == Outcome::Admitted || it.violated
        };
        let shown: Vec<&Standing> = decision.standings.iter().filter(is_shown).collect();
        assert_eq!(list.len(), shown.len());
        for (entry, standing) in list.iter().zip(shown) {
            let ListEntry::Item(item) = entry else {
                panic!("an inner list in {value}");
            };
            let said = item.bare_item.as_string().unwrap().as_str();
            assert_eq!(said, standing.limit.name.as_str());
            let (key, expected) = match name.as_str() {
                "RateLimit" => ("r", standing.remaining),
                _ => ("q", standing.limit.algorithm.units()),
            };
            assert_eq!(integer(item, key), Some(expected));
            let most = retry_after(decision).unwrap_or(u64::MAX);
            assert!(integer(item, "t").is_none_or(|t| t <= most), "{value}");
        }
    }
}

fn integer(item: &Item, key: &str) -> Option<u64> {
    let value = item.params.get(key).and_then(BareItem::as_integer)?;
    u64::try_from(i64::from(value)).ok()
}

/// However a header's name is spelled, it passes or it does not; the gate's own words never do.
fn passes_alike(name: &str) {
    let is_dropped = is_dropped_on_request(name);
    for other in [
        name.replace('-', "_"),
        name.replace('_', "-"),
        name.to_ascii_uppercase(),
        name.to_ascii_lowercase(),
    ] {
        // Of keys only the usual spelling passes.
        let is_key = other.replace('_', "-").eq_ignore_ascii_case("x-api-key");
        assert!(
            is_key || is_dropped_on_request(&other) == is_dropped,
            "{name} and {other}"
        );
    }
    assert!(is_dropped || !is_dropped_on_response(name), "{name}");
    let told = Told {
        account: Some(name),
        tier: Some(name),
        secret: Some(name),
        client: Some(name),
        ..Told::default()
    };
    for (name, _) in told_headers(&told) {
        assert!(is_dropped_on_request(name), "{name}");
    }
    let own = "0123abcd";
    let trail = deployments(Some(name), own);
    // A trail that is too long to be carried is begun anew.
    let again = trail.and_then(|trail| deployments(Some(&trail), own));
    let third = again.and_then(|trail| deployments(Some(&trail), own));
    assert_eq!(third, None, "a request that goes round for ever");
}
