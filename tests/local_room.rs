//! An isolate that decides by itself remembers no more than it has room for, and nobody of whom nothing is used.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::unwrap_used,
    reason = "a panic fails the test"
)]

mod support;

use headgate::bounds::{MAX_LOCAL_ACCOUNTS, MAX_SUBJECTS, MOST_LOCAL_BYTES};
use headgate::object::{Ask, Local};
use headgate::time::Millis;
use support::local::{MINUTE, admits, decided, local, of_subject, tenth};
use support::rates::{Kind, rate};
use support::{START, ask, ask_slot, lane, limit};

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
fn accounts_take_only_so_much_memory_and_who_is_known_goes_on() {
    let log = tenth(&[rate(Kind::Log, "log", 10_000, 86_400_000)]);
    let small = tenth(&[limit("minute", 20, MINUTE, 20)]);
    let each = log.limits[0].algorithm.most_row_bytes();
    let mut local = Local::default();
    let name = |number: u64| format!("account {number}");
    assert!(admits(&mut local, "small", &small, START));
    let is_known = |number: &u64| decided(&mut local, &name(*number), &log, START).is_some();
    let known = (0..4_000).take_while(is_known).count();
    assert!(known as u64 * each <= MOST_LOCAL_BYTES);
    assert!((known as u64 + 1) * each > MOST_LOCAL_BYTES - 1_000);
    assert!(admits(&mut local, &name(0), &log, START));
    assert!(admits(&mut local, "small", &small, START));
    assert_eq!(decided(&mut local, "small", &log, START), None);
    assert_eq!(local.accounts(), known + 1);
    let day = START.after(Millis(86_400_000));
    assert!(admits(&mut local, "small", &log, day));
    assert_eq!(local.accounts(), 1);
}

#[test]
fn of_whom_nothing_is_used_nothing_is_remembered() {
    let mut local = Local::default();
    let limits = [limit("minute", 20, MINUTE, 20)];
    let look = self::local(ask(&limits, 0));
    let dear = Ask {
        cost: 100,
        ..tenth(&limits)
    };
    assert!(admits(&mut local, "looks", &look, START));
    assert!(!admits(&mut local, "dear", &dear, START));
    assert_eq!(local.accounts(), 0);
    assert!(admits(&mut local, "uses", &tenth(&limits), START));
    assert_eq!(local.accounts(), 1);
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
