//! Numbers, durations and lists as a sentence has them.

use headgate::time::Millis;

const UNITS: [(u64, &str, &str); 5] = [
    (86_400_000, "day", "days"),
    (3_600_000, "h", "h"),
    (60_000, "min", "min"),
    (1_000, "s", "s"),
    (1, "ms", "ms"),
];

/// So many of what is called `one`: "1 request", "2 requests".
pub(crate) fn count(number: u64, one: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {one}{plural}")
}

/// A duration in the largest unit that it is a whole number of: "15 s", "1 day".
pub(crate) fn length(duration: Millis) -> String {
    for (unit, one, many) in UNITS {
        if duration.0 > 0 && duration.0.is_multiple_of(unit) {
            let number = duration.0.div_euclid(unit);
            return format!("{number} {}", if number == 1 { one } else { many });
        }
    }
    "no time".to_owned()
}

/// A duration that may begin at any instant: "24 h" is not mistaken for a day of the calendar.
pub(crate) fn span(duration: Millis) -> String {
    match duration.0 {
        86_400_000 => "24 h".to_owned(),
        3_600_000 => "60 min".to_owned(),
        60_000 => "60 s".to_owned(),
        _ => length(duration),
    }
}

/// A duration that something happens once in: "minute", "15 s".
pub(crate) fn each(duration: Millis) -> String {
    match duration.0 {
        86_400_000 => "day".to_owned(),
        3_600_000 => "hour".to_owned(),
        60_000 => "minute".to_owned(),
        1_000 => "second".to_owned(),
        _ => length(duration),
    }
}

/// Bytes in the largest unit of policies that they are a whole number of.
pub(crate) fn size(bytes: u64) -> String {
    match (bytes % 1_048_576, bytes % 1_024) {
        (0, _) => format!("{} MB", bytes / 1_048_576),
        (_, 0) => format!("{} KB", bytes / 1_024),
        _ => count(bytes, "byte"),
    }
}

/// A list: "a", "a or b", "a, b or c".
pub(crate) fn list(items: &[String], last: &str) -> String {
    match items.split_last() {
        Some((end, rest)) if !rest.is_empty() => format!("{} {last} {end}", rest.join(", ")),
        Some((end, _)) => end.clone(),
        None => String::new(),
    }
}
