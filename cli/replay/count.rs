//! Numbers as people read them.

/// A number with a comma before each three digits: 1,000,000.
pub(crate) fn number(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        let left = digits.len().saturating_sub(at);
        if at > 0 && left.is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A length of time that intervals may have: "10 s", "5 min".
pub(crate) fn length(ms: u64) -> String {
    let units = [
        (86_400_000, "d"),
        (3_600_000, "h"),
        (60_000, "min"),
        (1_000, "s"),
    ];
    let fits = units.iter().find(|(unit, _)| ms.is_multiple_of(*unit));
    let (unit, word) = fits.copied().unwrap_or((1, "ms"));
    format!("{} {word}", ms.checked_div(unit).unwrap_or(ms))
}
