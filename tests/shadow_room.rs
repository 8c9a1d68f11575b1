//! Shadow limits take no room that others need: in a row, among the parts of an account, among the subjects of a shard.

#![cfg(not(target_arch = "wasm32"))]
#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a panic fails the test"
)]

mod support;

use headgate::bounds::{MAX_LOGGED, MAX_ROW_BYTES, MAX_SLOTS};
use headgate::limit::Limit;
use headgate::object::{Account, Ask, Page, Shard, SubjectId};
use headgate::subject::{Decision, Outcome};
use headgate::time::Millis;
use support::object::Object;
use support::rates::{KINDS, of_part, rate, sized};
use support::{START, ask, lane, limit};

const DAY: u64 = 86_400_000;

fn logs(name: &str, count: u64) -> Vec<Limit> {
    let log = |number| sized(KINDS[1], &format!("{name}{number}"), MAX_LOGGED, DAY, 1);
    (0..count).map(log).collect()
}

fn beside(ask: &Ask, shadows: &[Limit]) -> Ask {
    Ask {
        shadows: shadows.to_vec(),
        ..ask.clone()
    }
}

fn enforced(decision: Decision) -> Decision {
    Decision {
        would_deny: Vec::new(),
        ..decision
    }
}

/// How many limits and shadow limits the only row of an account keeps.
fn kept(object: &Object<Account>) -> (usize, usize) {
    let page = Page::decode(&object.rows[&0]).unwrap();
    let (shadows, limits): (Vec<_>, Vec<_>) = page.subjects[0].1.iter().partition(|it| it.shadow);
    (limits.len(), shadows.len())
}

#[test]
fn a_row_that_is_full_of_limits_leaves_shadow_limits_out() {
    let (mut with, mut without) = (Object::<Account>::new(), Object::<Account>::new());
    let all = logs("log", 60);
    let mut admitted = 0;
    for (number, limits) in all.chunks(3).enumerate() {
        let asked = ask(limits, 1);
        let shadows = logs(&format!("shadow{number}-"), 3);
        let decision = enforced(with.ask(&beside(&asked, &shadows), START));
        admitted += u64::from(decision.outcome == Outcome::Admitted);
        assert_eq!(decision, without.ask(&asked, START));
    }
    assert!(admitted > 5 && admitted < 20, "{admitted}");
    let (limits, shadows) = kept(&with);
    assert_eq!((limits, 0), kept(&without));
    assert!(shadows < limits, "{shadows} beside {limits}");
    assert!(with.rows[&0].len() < MAX_ROW_BYTES);
}

#[test]
fn a_row_has_room_for_shadow_limits_where_others_leave_it() {
    let mut object = Object::<Account>::new();
    let asked = beside(&ask(&logs("log", 1), 1), &logs("shadow", 2));
    object.ask(&asked, START);
    assert_eq!(kept(&object), (1, 2));
}

#[test]
fn a_shadow_limit_that_is_enforced_needs_room_like_any_other() {
    let mut object = Object::<Account>::new();
    let lanes: Vec<Limit> = (0..8)
        .map(|n| lane(&format!("lane{n}"), MAX_SLOTS))
        .collect();
    let shadow = [logs("log", 1), logs("other", 2)].concat();
    let filling = Ask {
        lease: Some(headgate::lease::LeaseId([1; 16])),
        ..ask(&lanes, 1)
    };
    assert_eq!(
        object.ask(&beside(&filling, &shadow), START).outcome,
        Outcome::Admitted
    );
    let newer = Ask {
        version: 2,
        ..ask(&shadow, 1)
    };
    let decision = object.ask(&newer, START);
    let mut fresh = Object::<Account>::new();
    fresh.ask(&filling, START);
    assert_eq!(decision.outcome, fresh.ask(&newer, START).outcome);
}

#[test]
fn parts_that_shadow_limits_count_take_no_others_place() {
    let (mut with, mut without) = (Object::<Account>::new(), Object::<Account>::new());
    let (per_event, shadow) = (
        rate(KINDS[1], "events", 1_000, DAY),
        rate(KINDS[2], "shadow", 3, DAY),
    );
    for number in 0..1_200 {
        let asked = ask(&[of_part(&per_event, number)], 1);
        let decision = with.ask(&beside(&asked, &[of_part(&shadow, number)]), START);
        assert_eq!(enforced(decision), without.ask(&asked, START), "{number}");
    }
}

#[test]
fn subjects_that_only_shadow_limits_remember_make_way_in_a_shard() {
    let (mut with, mut without) = (Object::<Shard>::new(), Object::<Shard>::new());
    let limits = [limit("second", 10, 1_000, 10)];
    let shadows = [rate(KINDS[1], "day", 100, DAY)];
    let most = headgate::bounds::MAX_SUBJECTS as u64;
    let mut shared = 0;
    for number in 0..most + 2_000 {
        // All but the last are over by then, but for what shadow limits know of them.
        let now = START.after(Millis(number / 4));
        let mut id = [0; 16];
        id[..8].copy_from_slice(&number.reverse_bits().to_be_bytes());
        let asked = Ask {
            subject: Some(SubjectId(id)),
            ..ask(&limits, 1)
        };
        let decision = enforced(with.ask(&beside(&asked, &shadows), now));
        assert_eq!(decision, without.ask(&asked, now), "{number}");
        shared += u64::from(decision.standings[0].remaining < 9);
    }
    assert_eq!(shared, 0, "each has a place of its own");
    println!(
        "{} remembered, {} without",
        with.machine().len(),
        without.machine().len()
    );
}
