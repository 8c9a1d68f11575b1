//! Which calls that failed are made again, and when.

mod support;

use headgate::lease::LeaseId;
use headgate::object::{Message, Release, Trouble};
use headgate::time::Millis;
use support::{ask, order, settlement};

#[test]
fn what_the_runtime_says_of_an_overloaded_object_goes_before_all_else() {
    for retryable in [false, true] {
        for reset in [false, true] {
            let told = Trouble::told(true, retryable, reset);
            assert_eq!(told, Trouble::Overloaded);
        }
    }
    assert_eq!(Trouble::told(false, true, false), Trouble::Passing);
    assert_eq!(Trouble::told(false, false, true), Trouble::Passing);
    assert_eq!(Trouble::told(false, false, false), Trouble::Lasting);
}

#[test]
fn storage_that_is_full_or_does_not_read_stays_so_and_all_else_may_pass() {
    for (problem, trouble) in [
        ("database or disk is full: SQLITE_FULL", Trouble::Lasting),
        ("string or blob too big: SQLITE_TOOBIG", Trouble::Lasting),
        (
            "database disk image is malformed: SQLITE_CORRUPT",
            Trouble::Lasting,
        ),
        ("file is not a database: SQLITE_NOTADB", Trouble::Lasting),
        ("database is locked: SQLITE_BUSY", Trouble::Passing),
        (
            "Durable Object reset because its code was updated.",
            Trouble::Passing,
        ),
    ] {
        assert_eq!(Trouble::stored(problem), trouble, "{problem}");
    }
}

#[test]
fn only_what_may_pass_is_said_once_more_and_no_operation_is() {
    let leases = vec![LeaseId([1; 16])];
    let safe = [
        Message::Ask(ask(&[], 1)),
        Message::Release(Release { leases }),
        Message::Settle(settlement(1, &[])),
    ];
    for message in safe {
        let repeated = [Trouble::Overloaded, Trouble::Passing, Trouble::Lasting]
            .map(|trouble| trouble.repeats(&message));
        assert_eq!(repeated, [false, true, false]);
    }
    let operation = Message::Operate(order("PUT", "plan", "{}"));
    assert!(!Trouble::Passing.repeats(&operation));
}

#[test]
fn an_overloaded_object_is_left_in_peace_for_longer() {
    assert_eq!(Trouble::Lasting.pause(), Millis(250));
    assert_eq!(Trouble::Passing.pause(), Millis(250));
    assert_eq!(Trouble::Overloaded.pause(), Millis(2_000));
}
