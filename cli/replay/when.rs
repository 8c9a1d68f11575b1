//! Times as logs write them.

use headgate::time::UnixMillis;

/// What is allowed where a time stands.
pub(crate) const ALLOWED: &str = "a time: 10/Oct/2026:13:55:36 +0200, 2026-10-10T13:55:36.123Z, or seconds, milliseconds, microseconds or nanoseconds since 1970";

/// Reads a time; `None` for anything else, and for what is before 1970 or after 9999.
pub(crate) fn read(text: &str) -> Option<UnixMillis> {
    let text = text.trim_matches(['[', ']']);
    let ms = if text.bytes().all(|b| b.is_ascii_digit() || b == b'.') {
        number(text)
    } else if text.as_bytes().get(2) == Some(&b'/') {
        access_log(text)
    } else {
        iso(text)
    }?;
    let ms = u64::try_from(ms).ok()?;
    (ms < END).then_some(UnixMillis(ms))
}

/// The end of the year 9999, in milliseconds.
const END: u64 = 253_402_300_800_000;

/// A number since 1970: what it counts is told by its size, since no log is of before 1973 or after 5138.
fn number(text: &str) -> Option<i64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let count: i64 = whole.parse().ok()?;
    match count {
        ..100_000_000_000 => count
            .checked_mul(1_000)?
            .checked_add(thousandths(fraction)?),
        100_000_000_000..100_000_000_000_000 => Some(count),
        100_000_000_000_000..100_000_000_000_000_000 => Some(count / 1_000),
        _ => Some(count / 1_000_000),
    }
}

/// `10/Oct/2026:13:55:36 +0200`.
fn access_log(text: &str) -> Option<i64> {
    let month = MONTHS
        .iter()
        .position(|name| text.get(3..6) == Some(name))?;
    let month = i64::try_from(month).ok()?.checked_add(1)?;
    let is_cut = text.get(6..7)? == "/" && text.get(11..12)? == ":";
    let day = day(digits(text.get(7..11)?)?, month, digits(text.get(..2)?)?)?;
    let zone = zone(text.get(20..)?.trim_start())?;
    let clock = clock(text.get(12..20)?).filter(|_| is_cut)?;
    instant(day, clock, zone)
}

const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

/// RFC 3339, or with a blank for its `T`; without a zone in UTC.
fn iso(text: &str) -> Option<i64> {
    let is_cut = text.get(4..5)? == "-" && text.get(7..8)? == "-";
    let is_cut = is_cut && matches!(text.get(10..11)?, "T" | "t" | " ");
    let [year, month, date] = [text.get(..4)?, text.get(5..7)?, text.get(8..10)?].map(digits);
    let day = day(year?, month?, date?)?;
    let clock = clock(text.get(11..19)?).filter(|_| is_cut)?;
    let rest = text.get(19..)?;
    let (fraction, rest) = match rest.strip_prefix(['.', ',']) {
        None => ("", rest),
        Some(rest) => {
            let end = rest.find(|c: char| !c.is_ascii_digit());
            rest.split_at_checked(end.unwrap_or(rest.len()))?
        }
    };
    let rest = rest.trim_start();
    let zone = if rest.is_empty() { 0 } else { zone(rest)? };
    instant(day, clock, zone)?.checked_add(thousandths(fraction)?)
}

/// Seconds since midnight: `13:55:36`.
fn clock(text: &str) -> Option<i64> {
    let is_cut = text.get(2..3)? == ":" && text.get(5..6)? == ":";
    let (hour, minute) = (digits(text.get(..2)?)?, digits(text.get(3..5)?)?);
    let second = digits(text.get(6..8)?)?;
    // A leap second is the last of its minute.
    let fits = is_cut && hour < 24 && minute < 60 && second <= 60;
    let minutes = hour.checked_mul(60)?.checked_add(minute)?;
    let seconds = minutes.checked_mul(60)?.checked_add(second.min(59))?;
    fits.then_some(seconds)
}

/// Seconds east of UTC: `Z`, `+0200` or `-03:30`.
fn zone(text: &str) -> Option<i64> {
    if matches!(text, "Z" | "z" | "UTC") {
        return Some(0);
    }
    let (sign, rest) = match text.split_at_checked(1)? {
        ("+", rest) => (1_i64, rest),
        ("-", rest) => (-1, rest),
        _ => return None,
    };
    let (hours, minutes) = rest.split_at_checked(2)?;
    let (hours, minutes) = (digits(hours)?, digits(minutes.trim_start_matches(':'))?);
    let minutes = hours.checked_mul(60)?.checked_add(minutes)?;
    let seconds = minutes.checked_mul(60).filter(|_| minutes < 24 * 60)?;
    seconds.checked_mul(sign)
}

fn instant(day: i64, clock: i64, zone: i64) -> Option<i64> {
    let seconds = day.checked_mul(86_400)?.checked_add(clock)?;
    seconds.checked_sub(zone)?.checked_mul(1_000)
}

/// Days since 1970-01-01. After `days_from_civil` in H. Hinnant, "chrono-Compatible Low-Level Date Algorithms".
fn day(year: i64, month: i64, day: i64) -> Option<i64> {
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let length = match month {
        4 | 6 | 9 | 11 => 30,
        2 if is_leap => 29,
        2 => 28,
        1..=12 => 31,
        _ => return None,
    };
    if !(1..=length).contains(&day) {
        return None;
    }
    let year = if month <= 2 {
        year.checked_sub(1)?
    } else {
        year
    };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let from_march = month.checked_add(9)? % 12;
    let of_year = from_march.checked_mul(153)?.checked_add(2)? / 5;
    let of_year = of_year.checked_add(day)?.checked_sub(1)?;
    let leaps = (of_era / 4).checked_sub(of_era / 100)?;
    let days = of_era
        .checked_mul(365)?
        .checked_add(leaps)?
        .checked_add(of_year)?;
    era.checked_mul(146_097)?
        .checked_add(days)?
        .checked_sub(719_468)
}

/// The first three digits of a fraction, as thousandths.
fn thousandths(fraction: &str) -> Option<i64> {
    let padded: String = fraction.chars().chain("000".chars()).take(3).collect();
    digits(&padded)
}

fn digits(text: &str) -> Option<i64> {
    let plain = text.bytes().all(|b| b.is_ascii_digit());
    text.parse().ok().filter(|_| plain)
}
