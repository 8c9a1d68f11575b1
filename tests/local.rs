//! An isolate that decides by itself: its share of every limit and no more.

#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a panic fails the test"
)]

mod support;

use headgate::lease::Grant;
use headgate::object::{Answer, Local, Message, Release, Terms};
use headgate::subject::{Decision, Outcome, Renewal};
use headgate::time::{Millis, UnixMillis};
use support::local::{MINUTE, admits, decided, local, of_subject, tenth};
use support::rates::{KINDS, rate};
use support::{START, ask_reserving, ask_slot, cap, lane, lease, limit, order, settlement};

#[test]
fn every_account_and_every_subject_has_its_share_and_no_more() {
    for kind in KINDS {
        let limits = [rate(kind, "day", 50, 86_400_000)];
        let mut local = Local::default();
        for name in ["a", "b"] {
            for number in 0..9 {
                let passes = admits(&mut local, name, &tenth(&limits), START);
                assert_eq!(passes, number < 5, "{kind:?}");
            }
        }
        for subject in [1, 2] {
            for number in 0..9 {
                let ask = of_subject(subject, &limits);
                assert_eq!(admits(&mut local, "shard-1", &ask, START), number < 5);
            }
        }
    }
}

#[test]
fn whoever_waits_as_long_as_an_isolate_says_passes_and_not_a_millisecond_earlier() {
    for kind in KINDS
        .into_iter()
        .filter(|kind| *kind != support::rates::Kind::Lifetime)
    {
        let ask = tenth(&[rate(kind, "minute", 37, MINUTE)]);
        let mut local = Local::default();
        let refused = (0..9).find_map(|_| match decided(&mut local, "a", &ask, START).unwrap() {
            Decision {
                outcome: Outcome::NotYet(wait),
                ..
            } => Some(wait),
            _ => None,
        });
        let now = START.after(refused.unwrap());
        assert!(
            !admits(&mut local, "a", &ask, UnixMillis(now.0 - 1)),
            "{kind:?}"
        );
        assert!(admits(&mut local, "a", &ask, now), "{kind:?}");
    }
}

#[test]
fn what_an_isolate_cannot_know_it_is_not_asked() {
    let limits = [limit("minute", 50, MINUTE, 50), cap("active", 5)];
    let mut whole = ask_reserving(&limits, 1, &[("active", 1)]);
    whole.released = vec![lease(2)];
    whole.terms.refundable = true;
    let local = local(whole.clone());
    assert!(local.released.is_empty() && local.terms == Terms::default());
    assert_eq!(local.limits[0], limit("minute", 5, MINUTE, 5));
    assert_eq!(
        (local.cost, local.lease, local.version),
        (1, whole.lease, whole.version)
    );
}

#[test]
fn a_lane_has_its_share_of_slots_until_they_are_released_or_run_out() {
    let slot = |number| local(ask_slot(&[lane("lane", 20)], number));
    let release = |number| {
        let leases = vec![lease(number)];
        Message::Release(Release { leases })
    };
    let mut local = Local::default();
    let open = [0, 1, 2].map(|number| admits(&mut local, "a", &slot(number), START));
    assert_eq!(open, [true, true, false]);
    assert!(admits(&mut local, "a", &slot(0), START), "asked again");
    assert!(
        admits(&mut local, "b", &slot(0), START),
        "of another account"
    );
    assert_eq!(
        local.answer("a", &release(9), START),
        Some(Answer::Released)
    );
    assert!(
        !admits(&mut local, "a", &slot(2), START),
        "that was nobody's"
    );
    assert_eq!(
        local.answer("a", &release(1), START),
        Some(Answer::Released)
    );
    assert!(admits(&mut local, "a", &slot(2), START));
    // Of leases of 30 seconds one is renewed after 20.
    let renewal = |number| {
        let (lane, lease) = (lane("lane", 20).name, lease(number));
        let incarnation = 0;
        Message::Renew(Renewal {
            lane,
            lease,
            incarnation,
        })
    };
    let later = START.after(Millis(20_000));
    let lasts = Millis(30_000);
    let grant = Some(Grant {
        lasts,
        incarnation: 0,
    });
    assert_eq!(
        local.answer("a", &renewal(2), later),
        Some(Answer::Renewed(grant))
    );
    let gone = [("a", 1), ("c", 2)];
    for (name, number) in gone {
        let answer = local.answer(name, &renewal(number), later);
        assert_eq!(answer, Some(Answer::Renewed(None)), "{name} {number}");
    }
    let at = START.after(Millis(30_000));
    let open = [3, 4].map(|number| admits(&mut local, "a", &slot(number), at));
    assert_eq!(
        open,
        [true, false],
        "one has run out, the other was renewed"
    );
}

#[test]
fn time_does_not_go_back_and_who_is_refused_waits_for_that_too() {
    let ask = tenth(&[limit("minute", 10, MINUTE, 10)]);
    let mut local = Local::default();
    assert!(admits(&mut local, "a", &ask, START));
    let earlier = UnixMillis(START.0 - 5_000);
    let refused = decided(&mut local, "a", &ask, earlier).unwrap();
    assert_eq!(refused.outcome, Outcome::NotYet(Millis(MINUTE)));
    assert_eq!(refused.behind, Millis(5_000));
}

#[test]
fn what_only_the_object_knows_an_isolate_does_not_answer() {
    let mut local = Local::default();
    let settle = Message::Settle(settlement(1, &[("active", 1)]));
    let operate = Message::Operate(order("GET", "plan", ""));
    for message in [settle, operate] {
        assert_eq!(local.answer("a", &message, START), None);
    }
}
