//! Parts of subjects that share an object: few of each, so that one address or e-mail does not fill it.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a panic fails the test"
)]

mod support;

use headgate::bounds::MAX_SHARD_PARTITIONS;
use headgate::limit::{Limit, Partition};
use headgate::object::{Ask, Page, Shard, SubjectId};
use headgate::subject::Outcome;
use headgate::time::Millis;
use support::crowd::{ask_of, brought};
use support::object::Object;
use support::rates::{Kind, rate};
use support::{START, ask, limit};

/// What a subject asks of one part of it.
fn asked(subject: u8, part: u64) -> Ask {
    let mut partition = [1; 16];
    partition[..8].copy_from_slice(&part.to_be_bytes());
    let daily = Limit {
        partition: Some(Partition(partition)),
        ..rate(Kind::Fixed, "daily", 1, 86_400_000)
    };
    Ask {
        subject: Some(SubjectId([subject; 16])),
        ..ask(&[daily], 1)
    }
}

#[test]
fn a_subject_of_a_shard_counts_sixteen_values_apart_and_the_rest_together() {
    let mut shard = Object::<Shard>::new();
    let passed = (1..=1_000).filter(|part| shard.admits(&asked(1, *part), START));
    let passed: Vec<u64> = passed.collect();
    let most = u64::try_from(MAX_SHARD_PARTITIONS).unwrap();
    assert_eq!(
        passed,
        (1..=most + 1).collect::<Vec<u64>>(),
        "one more shares"
    );
    assert!(shard.admits(&asked(2, 1_000), START), "another subject");
    shard.lose_memory();
    let later = START.after(Millis(1_000));
    assert!((1..=1_000).all(|part| !shard.admits(&asked(1, part), later)));
}

#[test]
fn a_page_of_subjects_that_bring_many_values_stays_small() {
    let mut shard = Object::<Shard>::new();
    for subject in 0..4 {
        for part in 1..=200 {
            shard.admits(&asked(subject, part), START);
        }
    }
    // The first bytes of all four fall on one page.
    assert_eq!(shard.rows.len(), 1);
    let page = Page::decode(&shard.rows[&0]).unwrap();
    let kept = page.subjects.iter().map(|(_, kept)| kept.len());
    assert!(kept.clone().all(|kept| kept <= MAX_SHARD_PARTITIONS + 1));
    assert!(shard.rows[&0].len() < 4 * (MAX_SHARD_PARTITIONS + 1) * 40);
}

/// A limit of whose units a mark may reserve ten.
fn hundred() -> Vec<Limit> {
    vec![limit("some", 100, 60_000, 100)]
}

#[test]
fn whoever_gets_a_place_after_sharing_is_written_down_at_once() {
    let mut shard = Object::<Shard>::new();
    let newcomer = |number: u64| brought(1, number, &hundred(), 1);
    // Twenty have places; the next share, so quickly that their mark lies ahead.
    for number in 0..20 {
        assert!(shard.admits(&newcomer(number), START));
    }
    let overflowed = (0..12)
        .filter(|_| shard.admits(&newcomer(20), START))
        .count();
    assert_eq!(overflowed, 12);
    // Brought by nobody in particular it gets its place, and has spent a dozen.
    let own = ask_of(20, &hundred(), 1);
    assert!(shard.admits(&own, START));
    let rows = shard.limits_in_rows();
    let mut written = rows.iter().flat_map(|page| &page.subjects);
    assert!(written.any(|(id, _)| Some(*id) == own.subject));
    let passed = (0..200).filter(|_| shard.admits(&own, START)).count();
    assert_eq!(passed, 100 - 12 - 1);
}

#[test]
fn whoever_meets_a_new_policy_while_the_shared_budget_is_used_up_waits_once() {
    let mut shard = Object::<Shard>::new();
    let slow = [limit("some", 1, 3_600_000, 1)];
    let quick = [rate(Kind::Anchored, "some", 1, 500)];
    for number in 0..20 {
        assert!(shard.admits(&brought(1, number, &slow, 1), START));
    }
    // The next have no place; one of them uses up what they share.
    assert!(shard.admits(&brought(1, 20, &slow, 1), START));
    // Anybody would have a place of his own by then, and begin where the shared one stands.
    let later = START.after(Millis(3_000));
    let newer = Ask {
        version: 2,
        ..brought(1, 20, &quick, 1)
    };
    let refused = shard.ask(&newer, later);
    assert_eq!(refused.outcome, Outcome::NotYet(Millis(500)));
    assert!(shard.admits(&newer, later.after(Millis(500))));
}
