//! An isolate that decides by itself: its share of every limit and no more, in a bounded memory.

#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a panic fails the test"
)]

mod support;

use headgate::bounds::{MAX_LOCAL_ACCOUNTS, MAX_SUBJECTS};
use headgate::lease::Grant;
use headgate::limit::{Limit, Share};
use headgate::object::{Answer, Ask, Local, Message, Release, SubjectId};
use headgate::subject::{Decision, Outcome, Renewal};
use headgate::time::{Millis, UnixMillis};
use support::rates::{KINDS, rate};
use support::{START, ask, ask_reserving, ask_slot, cap, lane, lease, limit, order, settlement};

const MINUTE: u64 = 60_000;

fn decided(local: &mut Local, name: &str, ask: &Ask, now: UnixMillis) -> Option<Decision> {
    match local.answer(name, &Message::Ask(ask.clone()), now) {
        Some(Answer::Decided(decision)) => Some(decision),
        None => None,
        other => unreachable!("an ask is decided or not answered, not {other:?}"),
    }
}

fn admits(local: &mut Local, name: &str, ask: &Ask, now: UnixMillis) -> bool {
    decided(local, name, ask, now).unwrap().outcome == Outcome::Admitted
}

/// What an isolate is asked that gives out a tenth of limits.
fn local(ask: Ask) -> Ask {
    match Message::Ask(ask).local(Share::TENTH) {
        Message::Ask(ask) => ask,
        other => unreachable!("an ask stays one, and is not {other:?}"),
    }
}

/// A tenth of these limits.
fn tenth(limits: &[Limit]) -> Ask {
    local(ask(limits, 1))
}

fn of_subject(number: u64, limits: &[Limit]) -> Ask {
    let mut id = [7; 16];
    id[..8].copy_from_slice(&number.to_le_bytes());
    Ask {
        subject: Some(SubjectId(id)),
        ..tenth(limits)
    }
}

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
    let local = self::local(whole.clone());
    assert!(local.released.is_empty() && local.terms.are_none());
    assert_eq!(local.limits[0], limit("minute", 5, MINUTE, 5));
    assert_eq!(
        (local.cost, local.lease, local.version),
        (1, whole.lease, whole.version)
    );
}

#[test]
fn a_lane_has_its_share_of_slots_until_they_are_released_or_run_out() {
    let slot = |number| self::local(ask_slot(&[lane("lane", 20)], number));
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
fn only_so_many_accounts_are_remembered_and_who_has_spent_is_not_forgotten_for_another() {
    let ask = tenth(&[limit("minute", 20, MINUTE, 20)]);
    let mut local = Local::default();
    for number in 0..MAX_LOCAL_ACCOUNTS {
        let name = format!("account {number}");
        assert!(admits(&mut local, &name, &ask, START));
        assert!(admits(&mut local, &name, &ask, START));
    }
    let crowded = START.after(Millis(10_000));
    assert_eq!(decided(&mut local, "newcomer", &ask, crowded), None);
    assert!(
        !admits(&mut local, "account 0", &ask, crowded),
        "it is remembered"
    );
    assert_eq!(local.accounts(), MAX_LOCAL_ACCOUNTS);
    let full = START.after(Millis(2 * MINUTE));
    assert!(admits(&mut local, "newcomer", &ask, full));
    assert_eq!(
        local.accounts(),
        1,
        "nothing is used of the others any more"
    );
}

#[test]
fn slots_whose_holders_are_lost_take_no_room_for_longer_than_their_leases() {
    let mut local = Local::default();
    for number in 0..=MAX_LOCAL_ACCOUNTS {
        let ask = self::local(ask_slot(&[lane("lane", 1)], 1));
        let is_known = decided(&mut local, &format!("account {number}"), &ask, START).is_some();
        assert_eq!(is_known, number < MAX_LOCAL_ACCOUNTS);
    }
    let ask = tenth(&[lane("lane", 1)]);
    let later = START.after(Millis(30_000));
    assert!(decided(&mut local, "newcomer", &ask, later).is_some());
}

#[test]
fn a_flood_of_subjects_takes_no_room_from_accounts_and_shares_one_budget_in_the_end() {
    let limits = [limit("minute", 20, 86_400_000, 20)];
    let mut local = Local::default();
    let many = u64::try_from(2 * MAX_SUBJECTS).unwrap();
    let admitted =
        |number: &u64| admits(&mut local, "shard-1", &of_subject(*number, &limits), START);
    let passed = (0..many).filter(admitted).count();
    assert_eq!(
        passed,
        MAX_SUBJECTS + 2,
        "one each while there is room, then two for all"
    );
    assert_eq!(local.accounts(), 0);
    assert!(admits(&mut local, "a", &tenth(&limits), START));
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

#[test]
fn nothing_is_kept_of_subjects_that_are_let_go() {
    let limits = [limit("minute", 10_000, 60_000, 10_000)];
    let most = u64::try_from(MAX_SUBJECTS).unwrap();
    let (mut local, mut now, mut sizes) = (Local::default(), START, Vec::new());
    for round in 0..4 {
        for number in 0..most {
            for _ in 0..4 {
                decided(
                    &mut local,
                    "shard",
                    &of_subject(round * most + number, &limits),
                    now,
                );
            }
        }
        sizes.push(format!("{local:?}").matches("SubjectId").count());
        now = now.after(Millis(600_000));
    }
    let first = sizes[0];
    assert!(
        sizes.iter().all(|size| size.abs_diff(first) <= 1),
        "{sizes:?}"
    );
}
