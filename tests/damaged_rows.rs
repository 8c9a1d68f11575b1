//! Rows that no version wrote: an error that says so, never an empty object with a second budget.

#![cfg(not(target_arch = "wasm32"))]
#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a panic fails the test"
)]

mod support;

use headgate::object::{Account, Owner, Page, PageError, Shard};
use proptest::prelude::*;
use support::any::kept;
use support::pins::{ACCOUNT_ROW, SHARD_PAGE, asked_by, bytes};
use support::{START, ask, ticksupply};

#[test]
fn a_row_of_another_format_is_an_error_and_says_which() {
    for found in (0..=255).filter(|format| *format != 1) {
        let mut row = bytes(ACCOUNT_ROW);
        row[0] = found;
        let error = Page::decode(&row).unwrap_err();
        assert_eq!(error, PageError::Format { found: Some(found) });
        let said = format!("row of format {found}; this version reads format 1");
        assert_eq!(error.to_string(), said);
    }
    assert_eq!(Page::decode(&[]), Err(PageError::Format { found: None }));
}

#[test]
fn a_row_cut_short_or_with_something_after_it_is_an_error() {
    for row in [ACCOUNT_ROW, SHARD_PAGE].map(bytes) {
        for length in 0..row.len() {
            assert!(Page::decode(&row[..length]).is_err(), "{length}");
            assert!(Account::load(&[row[..length].into()]).is_err());
            assert!(Shard::load(&[row[..length].into()]).is_err());
        }
        for more in 0..=255 {
            let longer = [row.as_slice(), &[more]].concat();
            assert_eq!(Page::decode(&longer), Err(PageError::Corrupt));
        }
    }
}

#[test]
fn a_flipped_byte_never_makes_an_empty_page_and_nothing_panics() {
    for row in [ACCOUNT_ROW, SHARD_PAGE].map(bytes) {
        let (mut errors, mut pages) = (0, 0);
        for at in 0..row.len() {
            for value in (0..=255).filter(|value| *value != row[at]) {
                let mut flipped = row.clone();
                flipped[at] = value;
                match Page::decode(&flipped) {
                    Err(_) => errors += 1,
                    Ok(page) => {
                        pages += 1;
                        let kept = page.subjects.iter().map(|(_, kept)| kept.len());
                        assert!(kept.sum::<usize>() > 0, "byte {at} as {value}");
                        let mut account = Account::load(std::slice::from_ref(&flipped)).unwrap();
                        let _ = account.handle(&ask(&ticksupply(), 1), START);
                        let mut shard = Shard::load(&[flipped]).unwrap();
                        let _ = shard.handle(&asked_by(1), START);
                    }
                }
            }
        }
        println!("{errors} errors, {pages} pages");
        assert!(errors > 5_000 && pages > 5_000);
    }
}

proptest! {
    #![proptest_config(kept())]

    #[test]
    fn any_bytes_are_a_page_or_an_error(mut row in proptest::collection::vec(any::<u8>(), 0..80), known in any::<bool>()) {
        if known && !row.is_empty() {
            row[0] = 1;
        }
        if let Ok(page) = Page::decode(&row) {
            let again = Page::decode(&page.encode().unwrap());
            prop_assert_eq!(again, Ok(page));
        }
    }
}
