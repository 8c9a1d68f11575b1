//! Isolates report soon what did not do its part for all, and not what concerns one owner alone.

#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a panic fails the test"
)]

mod support;

use headgate::collector::{Gathered, How, Part, Seen};
use headgate::policy::Reason;
use headgate::time::{Millis, UnixMillis};
use support::START;

const SECOND: u64 = 1_000;

fn later(ms: u64) -> UnixMillis {
    START.after(Millis(ms))
}

#[test]
fn an_isolate_reports_what_is_degraded_soon_however_little_it_is_asked() {
    let seen = [
        Seen {
            degraded: Some("object"),
            how: How::Asked,
            ..Seen::default()
        },
        Seen {
            degraded: Some("policy"),
            ..Seen::default()
        },
        Seen {
            denied: Some(Reason::Unavailable),
            ..Seen::default()
        },
    ];
    for seen in seen {
        let mut gathered = Gathered::default();
        gathered.note(&seen);
        assert!(gathered.may_be_due() && gathered.due(START).is_some());
        gathered.note(&seen);
        assert_eq!(gathered.due(later(8 * SECOND - 1)), None);
        let report = gathered.due(later(8 * SECOND)).unwrap();
        assert_eq!(report.degraded.values().sum::<u64>(), 1);
        gathered.put_back(&report);
        assert_eq!(gathered.due(later(16 * SECOND)), Some(report));
        gathered.note(&Seen::default());
        assert!(!gathered.may_be_due());
    }
}

#[test]
fn what_concerns_its_owner_alone_is_counted_and_not_told() {
    let seen = Seen {
        denied: Some(Reason::Unavailable),
        is_owners: true,
        ..Seen::default()
    };
    let mut gathered = Gathered::default();
    gathered.note(&seen);
    assert!(!gathered.may_be_due());
    (0..10_000).for_each(|_| gathered.note(&seen));
    let report = gathered.due(START).unwrap();
    assert!(report.degraded.is_empty());
    let denied = report.tally.of(Part::Denied);
    assert_eq!(denied[Reason::Unavailable as usize].1, 10_001);
}
