//! What limits enforce, as policies say it: per algorithm its fields.

use crate::bounds::{
    LEASES, MAX_AMOUNT, MAX_LOGGED, MAX_PARTS, MAX_PATIENCE, MAX_RETRY_AFTER, MAX_SLOTS, MAX_UNITS,
    MAX_WINDOW,
};
use crate::document::{DocumentError, Field, Object};
use crate::limit::{
    Algorithm, AnchoredWindow, Cap, Concurrency, FixedWindow, Kind, Lifetime, PerWindow, Period,
    Quota, SlidingLog, SlidingWindow, TokenBucket,
};
use crate::time::Millis;

type ReadRule = fn(&Field<'_>, &Object<'_>) -> Result<Algorithm, DocumentError>;

/// How many of them are rates: only those can be limits of routes.
const RATES: usize = 6;

/// Per algorithm the fields that it has, and what reads them, rates first.
const ALGORITHMS: [(&str, (&[&str], ReadRule)); 8] = [
    (
        "token-bucket",
        (&["units", "window", "burst", "lend"], read_bucket),
    ),
    ("sliding-log", (&["units", "window", "lend"], read_log)),
    (
        "sliding-window",
        (&["units", "window", "parts", "lend"], read_sliding),
    ),
    ("fixed-window", (&["units", "window", "lend"], read_fixed)),
    (
        "anchored-window",
        (&["units", "window", "lend"], read_anchored),
    ),
    ("lifetime", (&["units", "forget_after"], read_lifetime)),
    ("cap", (&["amount"], read_cap)),
    (
        "concurrency",
        (
            &["slots", "lease", "patience", "retry_after"],
            read_concurrency,
        ),
    ),
];

/// Reads what a limit enforces. Besides the fields of its algorithm it may have those `before` and `after`.
pub(super) fn read_rule<'a>(
    field: &Field<'a>,
    before: &[&str],
    after: &[&str],
) -> Result<(Object<'a>, Algorithm), DocumentError> {
    let known = if before.is_empty() {
        ALGORITHMS.get(..RATES).unwrap_or_default()
    } else {
        &ALGORITHMS
    };
    // Which fields there may be depends on one of them.
    let algorithm = field.look("algorithm").map(|f| f.choice(known));
    let (fields, read) = algorithm.transpose()?.unwrap_or(ALGORITHMS[0].1);
    let object = field.object(&[before, &["algorithm"], fields, &["shadow"], after].concat())?;
    for required in before.iter().chain(&["algorithm"]) {
        object.required(required)?;
    }
    let algorithm = read(field, &object)?;
    Ok((object, algorithm))
}

/// Reads whether it is a shadow limit.
pub(super) fn read_shadow(
    object: &Object<'_>,
    algorithm: Algorithm,
) -> Result<bool, DocumentError> {
    let Some(field) = object.optional("shadow") else {
        return Ok(false);
    };
    let shadow = field.boolean()?;
    if shadow && algorithm.kind() == Kind::Cap {
        return Err(field.fail(
            "false for a cap: what it would deny would never be settled, so that it would lose count",
        ));
    }
    Ok(shadow)
}

fn read_bucket(field: &Field<'_>, object: &Object<'_>) -> Result<Algorithm, DocumentError> {
    let units = object.required("units")?.integer(1..=MAX_UNITS)?;
    let window = object
        .required("window")?
        .duration(Millis(1)..=MAX_WINDOW)?;
    let burst = object
        .optional("burst")
        .map_or(Ok(units), |burst| burst.integer(1..=MAX_UNITS))?;
    let quota =
        Quota::new(units, window, burst).map_err(|allowed| field.fail(allowed.to_string()))?;
    Ok(Algorithm::TokenBucket(TokenBucket { quota }))
}

fn read_log(field: &Field<'_>, object: &Object<'_>) -> Result<Algorithm, DocumentError> {
    object.required("units")?.integer(1..=MAX_LOGGED)?;
    let per = read_per(field, object, "window")?;
    Ok(Algorithm::SlidingLog(SlidingLog { per }))
}

/// Parts of a sliding window, in a policy that does not say: a refusal ends at most a sixtieth late.
const USUAL_PARTS: u64 = 60;

fn read_sliding(field: &Field<'_>, object: &Object<'_>) -> Result<Algorithm, DocumentError> {
    let per = read_per(field, object, "window")?;
    let parts = object.optional("parts");
    let parts = parts.map_or(Ok(USUAL_PARTS), |parts| parts.integer(1..=MAX_PARTS))?;
    Ok(Algorithm::SlidingWindow(SlidingWindow { per, parts }))
}

const WINDOWS: &str = "\"month\", or a whole number with one of the units ms, s, m, h, d, such as \"1h\", \
    from 1 ms to 366 d";

fn read_fixed(_: &Field<'_>, object: &Object<'_>) -> Result<Algorithm, DocumentError> {
    let units = object.required("units")?.integer(1..=MAX_UNITS)?;
    let window = object.required("window")?;
    let period = match window.text() {
        Ok("month") => Period::Month,
        _ => window
            .duration(Millis(1)..=MAX_WINDOW)
            .map(Period::Every)
            .map_err(|_| window.fail(WINDOWS))?,
    };
    Ok(Algorithm::FixedWindow(FixedWindow { units, period }))
}

fn read_anchored(field: &Field<'_>, object: &Object<'_>) -> Result<Algorithm, DocumentError> {
    let per = read_per(field, object, "window")?;
    Ok(Algorithm::AnchoredWindow(AnchoredWindow { per }))
}

fn read_lifetime(field: &Field<'_>, object: &Object<'_>) -> Result<Algorithm, DocumentError> {
    let per = read_per(field, object, "forget_after")?;
    Ok(Algorithm::Lifetime(Lifetime { per }))
}

fn read_cap(_: &Field<'_>, object: &Object<'_>) -> Result<Algorithm, DocumentError> {
    let amount = object.required("amount")?.integer(0..=MAX_AMOUNT)?;
    Ok(Algorithm::Cap(Cap { amount }))
}

fn read_per(
    field: &Field<'_>,
    object: &Object<'_>,
    window: &str,
) -> Result<PerWindow, DocumentError> {
    let units = object.required("units")?.integer(1..=MAX_UNITS)?;
    let window = object.required(window)?;
    let window = window.duration(Millis(1)..=MAX_WINDOW)?;
    PerWindow::new(units, window).map_err(|allowed| field.fail(allowed.to_string()))
}

/// How long a lease lasts unless it is renewed, in a policy that does not say.
const USUAL_LEASE: Millis = Millis(30_000);

/// How long a request waits for a slot, in a policy that does not say: longer than the news of a freed one takes.
const USUAL_PATIENCE: Millis = Millis(250);

/// When whom a lane refuses should come back, in a policy that does not say.
const USUAL_RETRY_AFTER: Millis = Millis(1_000);

fn read_concurrency(field: &Field<'_>, object: &Object<'_>) -> Result<Algorithm, DocumentError> {
    let slots = object.required("slots")?.integer(1..=MAX_SLOTS)?;
    let duration = |key, range, usual| {
        let field = object.optional(key);
        field.map_or(Ok(usual), |field| field.duration(range))
    };
    let lease = duration("lease", LEASES, USUAL_LEASE)?;
    let half = Millis(lease.0 / 2);
    let patience = duration(
        "patience",
        Millis(0)..=half.min(MAX_PATIENCE),
        USUAL_PATIENCE,
    )?;
    let retry_after = duration(
        "retry_after",
        Millis(1)..=MAX_RETRY_AFTER,
        USUAL_RETRY_AFTER,
    )?;
    let lane = Concurrency::new(slots, lease, patience, retry_after);
    Ok(Algorithm::Concurrency(
        lane.map_err(|allowed| field.fail(allowed.to_string()))?,
    ))
}
