//! Durations as people write them.

use crate::time::Millis;

/// Reads a whole number with a unit: `"250ms"`, `"15s"`, `"1m"`, `"1h"`, `"7d"`.
pub(crate) fn parse_duration(text: &str) -> Option<Millis> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at_checked(digits)?;
    let factor = match unit {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        _ => return None,
    };
    number.parse::<u64>().ok()?.checked_mul(factor).map(Millis)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_is_a_whole_number_and_a_unit() {
        assert_eq!(parse_duration("250ms"), Some(Millis(250)));
        assert_eq!(parse_duration("1m"), Some(Millis(60_000)));
        assert_eq!(parse_duration("7d"), Some(Millis(604_800_000)));
        for bad in [
            "",
            "m",
            "1",
            "1 m",
            "1.5s",
            "-1s",
            "1 fortnight",
            "1M",
            "99999999999999999999s",
            "1mm",
        ] {
            assert_eq!(parse_duration(bad), None, "{bad:?}");
        }
    }
}
