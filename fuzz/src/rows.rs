//! Rows. The input: how many steps, three bytes for each, then a row.

use super::durable::{Durable, Fault};
use super::{Bytes, messages};
use headgate::bounds::{FORGET_AFTER, SHARD_PAGES};
use headgate::lease::LeaseId;
use headgate::limit::{Kind, Limit, Name};
use headgate::object::{Account, Ask, Owner, Page, Shard, SubjectId, Terms};
use headgate::subject::{Outcome, Renewal};
use headgate::time::{Millis, UnixMillis};
use headgate::usage::Series;
use std::collections::BTreeMap;

pub fn check(input: &[u8]) {
    let mut bytes = Bytes::new(input);
    let bits = bytes.byte();
    let mut steps = Bytes::new(bytes.take(3 * usize::from(bits % 24)));
    let row = bytes.rest();
    let page = match Page::decode(row) {
        Ok(page) => page,
        Err(error) => {
            let said = error.to_string();
            assert!(said.contains("row") || said.contains("page"), "{said}");
            assert!(Account::load(&[row.to_vec()]).is_err());
            assert!(Shard::load(&[row.to_vec()]).is_err());
            return;
        }
    };
    let written = page.encode().expect("a row of as many limits");
    assert_eq!(Page::decode(&written), Ok(page.clone()));
    let clock = page.clock;
    if clock.0 > 1 << 50 {
        // Thousands of years on every bound of time is passed, and only that nothing panics is of interest.
        let _ = Account::load(std::slice::from_ref(&written)).map(|mut it| it.wake(UnixMillis(0)));
        return;
    }
    let asks = asks(&page);
    let mut account = Durable::<Account>::empty();
    let mut shard = Durable::<Shard>::empty();
    account.rows.insert(0, written);
    shard.rows = spread(&page);
    let mut now = clock;
    while !steps.is_empty() {
        let [kind, number, amount] = [steps.byte(), steps.byte(), steps.byte()];
        now = after(now, kind, number);
        if let Some(ask) = asks.get(usize::from(number) % asks.len().max(1)) {
            step(&mut account, ask, [kind, number, amount], now);
            step(&mut shard, ask, [kind, number, amount], now);
        }
    }
    let later = now.after(FORGET_AFTER).after(Millis(u64::from(bits) << 28));
    for ask in &asks {
        account
            .clone()
            .is_no_richer_without_what_is_over(ask, later);
        shard.clone().is_no_richer_without_what_is_over(ask, later);
    }
}

/// The rows of a shard that has these subjects, each on the page that its id falls on.
fn spread(page: &Page) -> BTreeMap<u8, Vec<u8>> {
    let mut pages: BTreeMap<u8, Page> = BTreeMap::new();
    for (subject, kept) in &page.subjects {
        let empty = Page {
            subjects: Vec::new(),
            account: None,
            usage: Series::default(),
            ..page.clone()
        };
        let page = pages.entry(subject.0[0] / (u8::MAX / SHARD_PAGES + 1));
        let subjects = &mut page.or_insert(empty).subjects;
        subjects.push((*subject, kept.clone()));
    }
    let row = |(at, page): (u8, Page)| (at, page.encode().unwrap());
    pages.into_iter().map(row).collect()
}

fn after(now: UnixMillis, kind: u8, number: u8) -> UnixMillis {
    let number = u64::from(number);
    now.after(Millis(match kind % 16 {
        0..8 => 0,
        8..10 => number,
        10 => 500,
        11 => 1_000 * number,
        12 => 60_000 * number,
        _ => number << 24,
    }))
}

/// What the subjects of a page may ask: each its own limits, as it has met them.
fn asks(page: &Page) -> Vec<Ask> {
    let mut asks = Vec::new();
    for (subject, kept) in &page.subjects {
        let (mut limits, mut shadows): (Vec<Limit>, Vec<Limit>) = Default::default();
        let (mut version, mut record) = (0, 0);
        for kept in kept.iter().take(8) {
            let mut known = limits.iter().chain(&shadows);
            if known.all(|limit| limit.name != kept.name) {
                let of_its_kind = if kept.shadow {
                    &mut shadows
                } else {
                    &mut limits
                };
                of_its_kind.push(Limit {
                    name: kept.name.clone(),
                    algorithm: kept.mark.algorithm(),
                    partition: kept.partition,
                });
                version = version.max(kept.version);
                record = record.max(kept.record);
            }
        }
        asks.push(Ask {
            version,
            record,
            subject: Some(SubjectId(subject.0)),
            shadows,
            ..messages::ask(&limits, 0)
        });
    }
    asks.truncate(8);
    asks
}

fn step<O: Owner + Clone>(
    object: &mut Durable<O>,
    look: &Ask,
    [kind, number, amount]: [u8; 3],
    now: UnixMillis,
) {
    let lease = LeaseId([amount; 16]);
    match kind >> 4 {
        0 => object.memory = None,
        1 => object.rest(now),
        2 => drop(object.step(Fault::None, |machine| machine.release(&[lease], now))),
        3 => drop(object.step(Fault::None, |machine| {
            let lane = look.limits.iter().find(|limit| limit.is_lane());
            let lane = lane.map_or(look.tier.clone(), |lane| lane.name.clone());
            let renewal = Renewal {
                lane,
                lease,
                incarnation: number.into(),
            };
            machine.renew(&renewal, now)
        })),
        _ => is_no_more_than_was_left(object, look, u64::from(amount), lease, now),
    }
    object.is_no_richer_without_memory(look);
}

/// What passes at one instant is no more than what was left at it.
fn is_no_more_than_was_left<O: Owner + Clone>(
    object: &mut Durable<O>,
    look: &Ask,
    amount: u64,
    lease: LeaseId,
    now: UnixMillis,
) {
    let before = object.look(look, now);
    let caps = look
        .limits
        .iter()
        .filter(|limit| limit.patience().is_none());
    let reserves: Vec<(Name, u64)> = caps.map(|cap| (cap.name.clone(), amount % 4)).collect();
    let ask = Ask {
        cost: amount,
        lease: Some(lease),
        terms: Terms {
            reserves,
            refundable: amount.is_multiple_of(2),
            ..Terms::default()
        },
        ..look.clone()
    };
    let (decision, _) = object.step(Fault::None, |machine| machine.handle(&ask, now));
    let decision = decision.unwrap();
    if decision.outcome != Outcome::Admitted {
        return;
    }
    for (before, after) in before.standings.iter().zip(&decision.standings) {
        if before.limit != after.limit {
            continue;
        }
        let spent = match after.limit.algorithm.kind() {
            Kind::Rate => [0, amount],
            Kind::Lane => [0, 1],
            Kind::Cap => [0, amount % 4],
        };
        let found = before.remaining.checked_sub(after.remaining);
        assert!(
            found.is_some_and(|found| spent.contains(&found)),
            "{before:?}, {after:?}"
        );
    }
}
