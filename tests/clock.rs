//! The clock of an object: it may start anywhere and it never goes back.

#![cfg(not(target_arch = "wasm32"))]
#![allow(
    clippy::arithmetic_side_effects,
    clippy::unwrap_used,
    reason = "a panic fails the test"
)]

mod support;

use headgate::limit::Limit;
use headgate::object::{Account, Ask, Owner, Page, Shard, SubjectId};
use headgate::subject::{Decision, Outcome};
use headgate::time::{Millis, UnixMillis};
use headgate::wire::retry_after;
use proptest::collection::vec;
use proptest::prelude::*;
use support::any::{Story, kept, limits, story};
use support::object::Object;
use support::{START, ask, quota, ticksupply};

/// A story in which the clock jumps back now and then: each instant with how far it is set back.
fn set_back() -> impl Strategy<Value = (Story, Vec<Millis>)> {
    let back = prop_oneof![3 => Just(0), 2 => 1..5_000_u64, 1 => 1..1_000_000_000_000_u64];
    story().prop_flat_map(move |story| {
        let count = story.calls.len();
        (Just(story), vec(back.clone().prop_map(Millis), count))
    })
}

fn earlier(now: UnixMillis, by: Millis) -> UnixMillis {
    UnixMillis(now.0 - by.0)
}

/// Whether in every interval no more passed than the burst and what comes back meanwhile.
fn are_allowed(grants: &[(UnixMillis, u64)], limit: &Limit) -> bool {
    let quota = quota(limit);
    let units_from = |first: UnixMillis, last: UnixMillis| {
        let within = grants.iter().filter(|(at, _)| (first..=last).contains(at));
        within.map(|(_, cost)| u128::from(*cost)).sum::<u128>()
    };
    let fits = |first: UnixMillis, last: UnixMillis| {
        let refill = u128::from(last.since(first).0) * u128::from(quota.units());
        let burst = u128::from(quota.burst()) * u128::from(quota.window().0);
        units_from(first, last) * u128::from(quota.window().0) <= burst + refill
    };
    grants
        .iter()
        .all(|(first, _)| grants.iter().all(|(last, _)| fits(*first, *last)))
}

fn at(decision: Decision, now: UnixMillis) -> Decision {
    Decision { now, ..decision }
}

proptest! {
    #![proptest_config(kept())]

    #[test]
    fn the_same_story_at_any_other_time_goes_the_same_way(story in story(), start in 0..=u64::MAX / 2) {
        let (mut here, mut there) = (Object::<Account>::new(), Object::<Account>::new());
        for (ask, now) in story.asks() {
            let then = UnixMillis(start + now.since(START).0);
            prop_assert_eq!(at(here.ask(&ask, now), then), there.ask(&ask, then));
            let wakes = (here.machine().next_wake(), there.machine().next_wake());
            prop_assert_eq!(wakes.0.map(|wake| wake.since(START)), wakes.1.map(|wake| Millis(wake.0 - start)));
        }
        prop_assert_eq!(here.rows_written, there.rows_written);
    }

    #[test]
    fn a_clock_that_goes_back_stands_still_instead((story, backs) in set_back()) {
        let (mut shaken, mut steady) = (Object::<Account>::new(), Object::<Account>::new());
        let mut latest = UnixMillis(0);
        for ((ask, now), back) in story.asks().zip(backs) {
            let now = earlier(now, back);
            latest = latest.max(now);
            let behind = latest.since(now);
            let decision = steady.ask(&ask, latest);
            prop_assert_eq!(shaken.ask(&ask, now), Decision { behind, ..decision });
            prop_assert!(now == latest || shaken.machine().next_wake().is_none());
        }
        prop_assert_eq!(shaken.rows, steady.rows);
    }

    #[test]
    fn a_clock_that_goes_back_grants_nothing_even_when_memory_is_lost(
        ((story, backs), losses) in (set_back(), vec(any::<bool>(), 60)),
    ) {
        let (mut object, mut grants) = (Object::<Account>::new(), Vec::new());
        let mut latest = UnixMillis(0);
        for (((ask, now), back), lost) in story.asks().zip(backs).zip(losses) {
            if lost {
                object.lose_memory();
                latest = object.rows.get(&0).map_or(UnixMillis(0), |row| Page::decode(row).unwrap().clock);
            }
            let now = earlier(now, back);
            latest = latest.max(now);
            if object.admits(&ask, now) {
                grants.push((latest, ask.cost));
            }
        }
        for limit in &story.limits {
            prop_assert!(are_allowed(&grants, limit), "{grants:?} under {limit:?}");
        }
    }

    #[test]
    fn no_time_cost_or_version_makes_an_account_panic(
        limits in limits(),
        calls in vec((any::<u64>(), any::<u64>(), any::<u64>(), any::<bool>()), 1..40),
    ) {
        survives::<Account>(&limits, &calls)?;
    }

    #[test]
    fn no_time_cost_or_version_makes_a_shard_panic(
        limits in limits(),
        calls in vec((any::<u64>(), any::<u64>(), any::<u64>(), any::<bool>()), 1..40),
    ) {
        survives::<Shard>(&limits, &calls)?;
    }
}

fn survives<O: Owner + Clone>(
    limits: &[Limit],
    calls: &[(u64, u64, u64, bool)],
) -> Result<(), TestCaseError> {
    let mut object = Object::<O>::new();
    for &(now, cost, version, lost) in calls {
        // Costs of every size, times near the end of time among them.
        let cost = cost
            .checked_shr(u32::try_from(version % 64).unwrap())
            .unwrap_or(0);
        let subject = Some(SubjectId([now.to_le_bytes()[0]; 16]));
        let ask = Ask {
            version,
            subject,
            brought_by: subject,
            ..ask(limits, cost)
        };
        for now in [now, u64::MAX - now % 1_000] {
            let decision = object.ask(&ask, UnixMillis(now));
            for standing in &decision.standings {
                prop_assert!(standing.remaining <= quota(&standing.limit).burst());
            }
            object.rest(UnixMillis(now));
        }
        if lost {
            object.lose_memory();
        }
    }
    Ok(())
}

#[test]
fn an_hour_back_and_the_bucket_stays_as_empty_as_it_was() {
    let mut object = Object::<Account>::new();
    assert!(object.admits(&ask(&ticksupply(), 200), START));
    let hour_back = earlier(START, Millis(3_600_000));
    for lost in [false, true] {
        if lost {
            object.lose_memory();
        }
        let decision = object.ask(&ask(&ticksupply(), 1), hour_back);
        assert_eq!(decision.outcome, Outcome::NotYet(Millis(300)));
        let hour = Millis(3_600_000);
        assert_eq!((decision.now, decision.behind), (START, hour));
        // The machine's clock has to catch up first.
        assert_eq!(retry_after(&decision), Some(3_601));
        let then = hour_back.after(Millis(3_600_300));
        assert!(object.clone().admits(&ask(&ticksupply(), 1), then));
        let just_before = earlier(then, Millis(1));
        assert!(!object.clone().admits(&ask(&ticksupply(), 1), just_before));
    }
}

#[test]
fn the_first_and_the_last_instants_are_instants_like_others() {
    for now in [0, 1, 499, u64::MAX - 1, u64::MAX] {
        let (mut object, now) = (Object::<Account>::new(), UnixMillis(now));
        assert!(object.admits(&ask(&ticksupply(), 200), now));
        let refused = object.ask(&ask(&ticksupply(), 1), now).outcome;
        assert_eq!(refused, Outcome::NotYet(Millis(300)));
        object.rest(UnixMillis(u64::MAX));
        assert_eq!(object.machine().next_wake(), None);
    }
}
