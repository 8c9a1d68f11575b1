//! What is over is deleted by the alarm, and nothing else is: an account that comes back is decided as a new one would
//! be, by a clock that has stepped back, too. What it has used is told until then.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a panic fails the test"
)]

mod support;

use headgate::bounds::{ALARM_EVERY, FORGET_AFTER, KEPT_DAYS};
use headgate::limit::Limit;
use headgate::object::{Account, Ask, Owner, PageError};
use headgate::time::{Millis, UnixMillis};
use support::object::Object;
use support::oracle::Oracle;
use support::rates::{KINDS, random_pause, random_rate, rate};
use support::{Random, START, ask, ask_slot, lane, lease, order};

const DAY: u64 = FORGET_AFTER.0;

fn later(at: UnixMillis, ms: u64) -> UnixMillis {
    at.after(Millis(ms))
}

/// When what was used on the day of an instant is too old to be told.
fn too_old(at: UnixMillis) -> UnixMillis {
    UnixMillis((at.0 / DAY + KEPT_DAYS) * DAY)
}

/// An object that has admitted one ask, asleep.
fn used(ask: &Ask) -> Object<Account> {
    let mut object = Object::new();
    assert!(object.admits(ask, START));
    object.rest(later(START, 60_000));
    object.lose_memory();
    object
}

#[test]
fn an_account_goes_a_day_after_its_longest_window_and_its_usage_and_not_a_millisecond_before() {
    let windows = [3_600_000, 90 * DAY];
    let limit = |kind| windows.map(|window| (kind, rate(kind, "one", 1, window)));
    for (kind, limit) in KINDS.into_iter().flat_map(limit) {
        let mut object = used(&ask(std::slice::from_ref(&limit), 1));
        let full = Oracle::new(std::slice::from_ref(&limit));
        let mut oracle = full;
        assert!(oracle.take(1, START));
        let over = later(START, oracle.full(START)[0]).max(too_old(START));
        object.ring(later(over, DAY - 1));
        assert!(!object.rows.is_empty(), "{kind:?}");
        assert_eq!(object.alarm, Some(later(over, DAY)), "{kind:?}");
        object.rest(later(over, DAY));
        assert_eq!(object.forgotten, Some(later(over, DAY)), "{kind:?}");
        assert!(object.rows.is_empty() && object.alarm.is_none());
    }
}

#[test]
fn a_leases_end_by_its_row_counts_as_the_last_use() {
    let limits = [lane("lane", 4)];
    let mut object = Object::<Account>::new();
    assert!(object.admits(&ask_slot(&limits, 1), START));
    // What it has used would stay longer.
    object.operate(&order("DELETE", "", ""), START);
    object.lose_memory();
    // A lease and the half that it may be renewed for without a row.
    let over = later(START, 45_000);
    object.ring(later(over, DAY - 1));
    assert_eq!(object.alarm, Some(later(over, DAY)));
    object.ring(later(over, DAY));
    assert!(object.rows.is_empty());
}

#[test]
fn what_is_known_of_an_account_stays_until_somebody_takes_it_back() {
    let long = later(START, 400 * DAY);
    let said = [
        ("PUT", "plan", r#"{"plan": "pro"}"#, "PUT", "plan", "{}"),
        (
            "POST",
            "revoked-keys",
            r#"{"hash": "00112233445566778899aabbccddeeff"}"#,
            "DELETE",
            "revoked-keys",
            r#"{"hash": "00112233445566778899aabbccddeeff"}"#,
        ),
        (
            "PUT",
            "caps/things",
            r#"{"settled": 1}"#,
            "PUT",
            "caps/things",
            r#"{"settled": 0}"#,
        ),
    ];
    for (set, path, body, unset, other, none) in said {
        let mut object = Object::<Account>::new();
        object.operate(&order(set, path, body), START);
        object.lose_memory();
        object.rest(long);
        assert!(!object.rows.is_empty() && object.alarm.is_none(), "{path}");
        object.operate(&order(unset, other, none), long);
        object.rest(later(long, ALARM_EVERY.0 + DAY));
        assert!(object.rows.is_empty(), "{path}");
    }
}

#[test]
fn a_row_that_says_nothing_stays_a_day_all_the_same() {
    let mut object = Object::<Account>::new();
    for body in [r#"{"plan": "pro"}"#, "{}"] {
        object.operate(&order("PUT", "plan", body), START);
    }
    object.ring(later(START, DAY - 1));
    assert!(!object.rows.is_empty());
    object.ring(later(START, DAY));
    assert!(object.rows.is_empty());
}

#[test]
fn what_is_said_between_an_erasure_and_its_alarm_and_taken_back_after_it_goes_as_well() {
    let mut object = used(&ask(&[rate(KINDS[0], "one", 1, 1_000)], 1));
    object.operate(&order("DELETE", "", ""), START);
    object.operate(&order("PUT", "plan", r#"{"plan": "pro"}"#), later(START, 1));
    object.ring(later(START, DAY + DAY / 4));
    let taken_back = later(START, DAY + DAY / 2);
    object.operate(&order("PUT", "plan", "{}"), taken_back);
    object.rest(later(taken_back, 30 * DAY));
    assert!(object.rows.is_empty());
}

#[test]
fn a_suspension_goes_when_it_has_ended() {
    let mut object = Object::<Account>::new();
    let until = START.ceil_seconds() + 30 * DAY / 1_000;
    let body = format!(r#"{{"until": {until}, "reason": "Batch jobs."}}"#);
    object.operate(&order("PUT", "suspension", &body), START);
    object.rest(later(START, 31 * DAY - 1));
    assert!(!object.rows.is_empty());
    object.rest(later(START, 45 * DAY));
    assert!(object.rows.is_empty());
}

#[test]
fn an_alarm_that_comes_twice_or_to_an_object_without_rows_does_nothing() {
    assert_eq!(Account::clean_up(&[], START), Ok(Vec::new()));
    let mut object = used(&ask(&[rate(KINDS[0], "one", 1, 1_000)], 1));
    object.rest(later(START, 60 * DAY));
    object.ring(later(START, 60 * DAY));
    assert!(object.rows.is_empty() && object.alarm.is_none());
    assert_eq!(object.rings, 2);
}

#[test]
fn a_machine_that_is_behind_deletes_nothing() {
    let mut object = used(&ask(&[rate(KINDS[0], "one", 1, 1_000)], 1));
    object.ring(UnixMillis(START.0 - DAY));
    assert!(!object.rows.is_empty());
    object.rest(later(START, 60 * DAY));
    assert!(object.rows.is_empty());
}

/// An account that is used at random beside what its limits mean.
struct World {
    object: Object<Account>,
    limits: Vec<Limit>,
    oracle: Oracle,
    random: Random,
    now: UnixMillis,
    /// The end of the last lease that was granted.
    leased: UnixMillis,
    /// When it was last admitted.
    admitted: UnixMillis,
    forgotten: u64,
}

impl World {
    fn new(seed: u64) -> Self {
        let mut random = Random(seed);
        let names = ["one", "two", "three"];
        let kind = |random: &mut Random| KINDS[usize::try_from(random.below(7)).unwrap()];
        let rates = names.map(|name| random_rate(kind(&mut random), name, &mut random));
        let rates = &rates[..=usize::try_from(random.below(3)).unwrap()];
        let limits = [rates, &[lane("lane", 3)]].concat();
        Self {
            object: Object::new(),
            oracle: Oracle::new(rates),
            limits,
            random,
            now: START,
            leased: START,
            admitted: START,
            forgotten: 0,
        }
    }

    fn step(&mut self, number: u64) {
        let pause = match self.random.below(20) {
            0 => Millis(self.random.below(4 * DAY)),
            1 => Millis(self.random.below(100 * DAY)),
            _ => random_pause(&self.limits[0], &mut self.random),
        };
        self.now = self.now.after(pause);
        self.object.rest(self.now);
        if self.random.one_in(5) {
            self.object.lose_memory();
        }
        if let Some(at) = self.object.forgotten.take() {
            self.was_forgotten(at);
        }
        let cost = 1 + self.random.below(3);
        let asked = Ask {
            cost,
            ..ask_slot(&self.limits, number)
        };
        if self.object.admits(&asked, self.now) {
            assert!(self.oracle.take(cost, self.now), "over-admitted");
            self.leased = self.leased.max(later(self.now, 30_000));
            self.admitted = self.now;
        }
        if self.random.one_in(2) {
            self.object.release(&[lease(number)], self.now);
        }
    }

    fn was_forgotten(&mut self, at: UnixMillis) {
        self.forgotten += 1;
        // So no clock that steps back by less than a day is at an instant at which anything was used.
        let since = UnixMillis(at.0 - DAY);
        assert!(self.oracle.full(since).iter().all(|wait| *wait == 0));
        assert!(self.leased <= since, "a lease was alive");
        assert!(too_old(self.admitted) <= since, "usage was to be told");
        assert_eq!(self.object.machine(), Object::new().machine());
    }
}

#[test]
fn at_random_only_what_has_been_over_for_a_day_is_deleted_and_all_of_it_in_the_end() {
    let (mut forgotten, mut rings) = (0, 0);
    for seed in 0..300 {
        let mut world = World::new(seed);
        for number in 0..200 {
            world.step(number);
        }
        world.object.rest(later(world.now, 150 * DAY));
        assert!(world.object.rows.is_empty(), "seed {seed}");
        (forgotten, rings) = (forgotten + world.forgotten, rings + world.object.rings);
    }
    println!("{forgotten} forgotten in {rings} alarms");
    assert!(forgotten > 1_000);
}

#[test]
fn an_account_in_use_writes_an_alarm_a_week_and_is_never_woken_by_it() {
    let limits = support::ticksupply();
    for (pause, asks) in [(300, 12_000), (1_200_000, 4_032), (DAY, 70)] {
        let (mut object, mut now) = (Object::<Account>::new(), START);
        for _ in 0..asks {
            assert!(object.admits(&ask(&limits, 1), now));
            now = later(now, pause);
            object.rest(now);
        }
        let weeks = now.since(START).0 / ALARM_EVERY.0;
        println!(
            "an ask each {pause} ms: {} rows and {} alarms for {asks} asks",
            object.rows_written, object.alarms_set
        );
        assert!(object.alarms_set <= weeks + 2);
        assert_eq!(object.rings, 0);
    }
}

#[test]
fn a_row_that_cannot_be_read_is_not_deleted() {
    let mut object = used(&ask(&[rate(KINDS[0], "one", 1, 1_000)], 1));
    let mut row = object.rows.remove(&0).unwrap();
    row[0] = 2;
    let cleaned = Account::clean_up(&[(0, row)], later(START, 400 * DAY));
    assert_eq!(cleaned, Err(PageError::Format { found: Some(2) }));
}
