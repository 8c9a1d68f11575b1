//! Units that objects lend to isolates: what is spent in all holds each limit's definition, and nothing is lost for long.

#![cfg(not(target_arch = "wasm32"))]
#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a panic fails the test"
)]

mod support;

use headgate::cache::{Asked, Found, Loans};
use headgate::lease::LeaseId;
use headgate::limit::Limit;
use headgate::loan::{Lend, Unspent};
use headgate::object::{Account, Ask, Owner, Terms};
use headgate::subject::Outcome;
use headgate::time::{Millis, UnixMillis};
use std::slice::from_ref;
use support::loan_world::World;
use support::object::{Object, free};
use support::rates::{KINDS, Kind, rate};
use support::{START, ask, ask_slot, cap, lane, lease, limit};

const SECOND: Millis = Millis(1_000);

fn lending(limits: &[Limit], cost: u64, number: u64, requests: u64, lasts: Millis) -> Ask {
    let lend = Lend {
        loan: lease(number),
        requests,
        lasts,
    };
    let terms = Terms {
        lend: Some(lend),
        ..Terms::default()
    };
    Ask {
        terms,
        ..ask(limits, cost)
    }
}

fn lent(object: &mut Object<Account>, ask: &Ask, now: UnixMillis) -> u64 {
    let decision = object.ask(ask, now);
    assert_eq!(decision.outcome, Outcome::Admitted);
    decision.loan.map_or(0, |loan| loan.requests)
}

fn give_back(object: &mut Object<Account>, number: u64, units: u64, now: UnixMillis) {
    let loan = lease(number);
    object.machine().take_back(&[Unspent { loan, units }], now);
}

#[test]
fn what_isolates_spend_holds_every_limit_whatever_is_lost() {
    let mut lent = [0; KINDS.len()];
    for seed in 0..300 {
        let kind = usize::try_from(seed % KINDS.len() as u64).unwrap();
        let mut world = World::new(seed, KINDS[kind]);
        for _ in 0..600 {
            world.step();
        }
        lent[kind] += world.lent;
    }
    for (kind, lent) in KINDS.iter().zip(lent) {
        assert_eq!(lent > 500, *kind != Kind::Lifetime, "{kind:?}: {lent}");
    }
}

#[test]
fn a_steady_client_is_served_out_of_loans_and_a_slow_one_is_not() {
    for (between, calls) in [(10, 2_000 / 50), (600, 2_000), (5_000, 2_000)] {
        let limits = [limit("minute", 60_000, 60_000, 60_000)];
        let mut ask = ask(&limits, 1);
        let asked = Asked::of("acme", &mut ask);
        let (mut loans, mut object) = (Loans::default(), Object::<Account>::new());
        let (mut now, mut asks) = (START, 0);
        for number in 0..2_000 {
            now = now.after(Millis(between));
            if let Found::Ask(lend) = loans.find(&asked, (lease(number), 1), SECOND, now) {
                asks += 1;
                ask.terms.lend = lend;
                loans.learn(&asked, Some(&mut object.ask(&ask, now)), (1, now), now);
            }
        }
        assert!(asks <= calls, "{asks} calls at one in {between} ms");
        assert!(between < SECOND.0 || asks == 2_000);
    }
}

#[test]
fn no_more_is_lent_than_an_eighth_of_what_is_left_and_the_last_units_one_by_one() {
    let limits = [
        limit("minute", 200, 60_000, 200),
        limit("hour", 1_000, 3_600_000, 1_000),
    ];
    let mut object = Object::<Account>::new();
    assert_eq!(
        lent(&mut object, &lending(&limits, 1, 0, 1_000, SECOND), START),
        24
    );
    assert_eq!(
        lent(&mut object, &lending(&limits, 2, 1, 5, SECOND), START),
        5
    );
    let left = free(&mut object, &limits, START);
    assert!(object.admits(&ask(&limits, left - 8), START));
    assert_eq!(
        lent(&mut object, &lending(&limits, 1, 2, 1_000, SECOND), START),
        0
    );
}

#[test]
fn nothing_is_lent_of_what_counts_for_ever_or_is_in_flight() {
    let minute = limit("minute", 200, 60_000, 200);
    let ever = rate(Kind::Lifetime, "ever", 1_000, 60_000);
    for other in [ever, lane("lane", 100), cap("cap", 1_000)] {
        let limits = [minute.clone(), other];
        let mut object = Object::<Account>::new();
        let with_slot = Ask {
            terms: lending(&limits, 1, 0, 10, SECOND).terms,
            ..ask_slot(&limits, 0)
        };
        assert_eq!(lent(&mut object, &with_slot, START), 0);
    }
    let mut object = Object::<Account>::new();
    assert_eq!(
        lent(&mut object, &lending(&[minute], 0, 0, 10, SECOND), START),
        0
    );
}

#[test]
fn a_loan_ends_before_the_window_that_it_was_counted_in() {
    let hour = rate(Kind::Fixed, "hour", 1_000, 3_600_000);
    let end = UnixMillis((START.0 / 3_600_000 + 1) * 3_600_000);
    let mut object = Object::<Account>::new();
    let before = UnixMillis(end.0 - 300);
    let decision = object.ask(&lending(from_ref(&hour), 1, 0, 10, SECOND), before);
    assert_eq!(decision.loan.unwrap().lasts, Millis(299));
    let last = UnixMillis(end.0 - 1);
    assert_eq!(
        lent(&mut object, &lending(&[hour], 1, 1, 10, SECOND), last),
        0
    );
}

#[test]
fn what_is_not_spent_comes_back_once() {
    for kind in KINDS.into_iter().filter(|kind| *kind != Kind::Lifetime) {
        let limits = [rate(kind, "one", 400, 600_000)];
        let mut object = Object::<Account>::new();
        assert_eq!(
            lent(&mut object, &lending(&limits, 2, 0, 10, SECOND), START),
            10
        );
        assert_eq!(
            lent(&mut object, &lending(&limits, 1, 1, 10, SECOND), START),
            10
        );
        let later = START.after(SECOND);
        assert_eq!(free(&mut object, &limits, later), 400 - 33);
        give_back(&mut object, 0, 12, later);
        assert_eq!(free(&mut object, &limits, later), 400 - 21, "{kind:?}");
        give_back(&mut object, 0, 12, later);
        give_back(&mut object, 7, 12, later);
        assert_eq!(
            free(&mut object, &limits, later),
            400 - 21,
            "{kind:?}: said twice"
        );
        give_back(&mut object, 1, 1_000, later);
        assert_eq!(
            free(&mut object, &limits, later),
            400 - 11,
            "{kind:?}: no more than was lent"
        );
    }
}

#[test]
fn what_was_lent_stays_spent_when_memory_is_lost() {
    for kind in KINDS.into_iter().filter(|kind| *kind != Kind::Lifetime) {
        let limits = [rate(kind, "one", 400, 600_000)];
        let mut object = Object::<Account>::new();
        assert_eq!(
            lent(&mut object, &lending(&limits, 1, 0, 40, SECOND), START),
            40
        );
        object.lose_memory();
        assert!(free(&mut object, &limits, START) <= 400 - 41, "{kind:?}");
        give_back(&mut object, 0, 40, START);
        assert!(
            free(&mut object, &limits, START) <= 400 - 41,
            "{kind:?}: nobody remembers"
        );
    }
}

#[test]
fn what_is_told_of_lent_units_goes_down_one_by_one() {
    let limits = [
        limit("minute", 400, 60_000, 400),
        rate(Kind::Log, "hour", 900, 3_600_000),
    ];
    let mut object = Object::<Account>::new();
    let decision = object.ask(&lending(&limits, 2, 0, 10, SECOND), START);
    for spent in 1..=10 {
        let told = decision.spending(2 * spent, Millis(90 * spent));
        let left: Vec<u64> = told.standings.iter().map(|it| it.remaining).collect();
        assert_eq!(left, [398 - 2 * spent, 898 - 2 * spent]);
        assert_eq!(
            told.standings[0].full,
            Millis(300_u64.saturating_sub(90 * spent) + 300 * spent)
        );
        assert_eq!(told.standings[1].full, Millis(3_600_000));
        assert_eq!(told.now, START.after(Millis(90 * spent)));
    }
}

#[test]
fn only_one_of_those_who_come_at_once_borrows() {
    let limits = [limit("minute", 60_000, 60_000, 60_000)];
    let asked = Asked::of("acme", &mut ask(&limits, 1));
    let mut loans = Loans::default();
    let mut borrowing = 0;
    for number in 0..100 {
        let id = LeaseId([u8::try_from(number).unwrap(); 16]);
        match loans.find(&asked, (id, 1), SECOND, START.after(Millis(number))) {
            Found::Ask(Some(_)) => borrowing += 1,
            Found::Ask(None) => {}
            Found::Lent(_) => panic!("nothing was lent"),
        }
    }
    assert_eq!(borrowing, 1);
}
