//! Every state of small worlds around a lane, in which messages are late, doubled or lost, requests give up and
//! memory is lost: in none of them is an exchange open beyond the slots, a slot lost for longer than documented,
//! or one counted otherwise than by the naive books.

#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::arithmetic_side_effects, reason = "a panic fails the test")]

mod support;

use support::lane_world::search::states;
use support::lane_world::{Left, Model};

const NOTHING: Left = Left {
    losses: 0,
    splits: 0,
    repeats: 0,
    renewals: 0,
};

/// A lane that is new, with a lease of two ticks.
const SMALL: Model = Model {
    slots: 2,
    lease: 2,
    isolates: &[0, 0, 1],
    is_warm: false,
    ticks: 4,
    may: NOTHING,
};

/// Looks at every state; there must be about as many as there were, or much is no longer looked at.
fn search(world: &str, model: Model, at_least: usize) {
    let states = states(model);
    println!("{world}: {states} states");
    assert!(states >= at_least, "{world}: only {states} states");
}

#[test]
fn while_memory_is_kept_every_slot_is_counted_exactly() {
    let (repeats, renewals) = (1, 1);
    let may = Left {
        repeats,
        renewals,
        ..NOTHING
    };
    let model = Model { may, ..SMALL };
    search("lane of 2, 3 requests, memory kept", model, 150_000);
}

#[test]
fn memory_loss_lets_nobody_in_beyond_the_slots_and_keeps_none_for_good() {
    let (losses, repeats, renewals) = (1, 1, 1);
    let may = Left {
        losses,
        repeats,
        renewals,
        ..NOTHING
    };
    let model = Model { may, ..SMALL };
    search("lane of 2, 3 requests, memory lost once", model, 1_200_000);
}

#[test]
fn rows_that_allow_unnamed_leases_outlast_two_memory_losses() {
    let (losses, repeats) = (2, 1);
    let may = Left {
        losses,
        repeats,
        ..NOTHING
    };
    let model = Model {
        is_warm: true,
        may,
        ..SMALL
    };
    search(
        "warm lane of 2, 3 requests, memory lost twice",
        model,
        200_000,
    );
}

#[test]
fn two_long_leases_are_renewed_through_a_memory_loss() {
    let (losses, renewals) = (1, 2);
    let may = Left {
        losses,
        renewals,
        ..NOTHING
    };
    let model = Model {
        lease: 4,
        ticks: 7,
        isolates: &[0, 1],
        may,
        ..SMALL
    };
    search("lane of 2, 2 requests, finer time", model, 400_000);
}

#[test]
fn a_lane_of_one_slot_and_one_of_three_are_no_different() {
    let (losses, repeats, renewals) = (1, 1, 1);
    let may = Left {
        losses,
        repeats,
        renewals,
        ..NOTHING
    };
    let one = Model {
        slots: 1,
        is_warm: true,
        may,
        ..SMALL
    };
    search("warm lane of 1, 3 requests", one, 140_000);
    let may = Left { losses, ..NOTHING };
    let three = Model {
        slots: 3,
        isolates: &[0, 0, 1, 1],
        may,
        ..SMALL
    };
    search("lane of 3, 4 requests", three, 110_000);
}

#[test]
fn an_instance_that_is_cut_off_from_its_rows_and_the_next_one_share_the_slots() {
    let (splits, renewals) = (1, 2);
    let may = Left {
        splits,
        renewals,
        ..NOTHING
    };
    let model = Model {
        isolates: &[0, 1],
        may,
        ..SMALL
    };
    search("lane of 2, 2 requests, two instances", model, 90_000);
    let renewals = 1;
    let may = Left {
        splits,
        renewals,
        ..NOTHING
    };
    let model = Model { may, ..SMALL };
    search("lane of 2, 3 requests, two instances", model, 500_000);
    let may = Left { splits, ..NOTHING };
    let warm = Model {
        is_warm: true,
        may,
        ..SMALL
    };
    search("warm lane of 2, 3 requests, two instances", warm, 28_000);
}
