//! Sizes as people write them.

/// Reads a whole number with a unit, in bytes: `"512B"`, `"16KB"`, `"1MB"`. A KB is 1,024 bytes, an MB 1,024 KB.
pub(crate) fn parse_size(text: &str) -> Option<u64> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at_checked(digits)?;
    let factor = match unit {
        "B" => 1,
        "KB" => 1_024,
        "MB" => 1_048_576,
        _ => return None,
    };
    number.parse::<u64>().ok()?.checked_mul(factor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_is_a_whole_number_and_a_unit() {
        assert_eq!(parse_size("512B"), Some(512));
        assert_eq!(parse_size("16KB"), Some(16_384));
        assert_eq!(parse_size("1MB"), Some(1_048_576));
        for bad in [
            "",
            "KB",
            "16",
            "16 KB",
            "1.5KB",
            "-1B",
            "16kb",
            "16K",
            "1GB",
            "99999999999999999999B",
            "99999999999999999MB",
        ] {
            assert_eq!(parse_size(bad), None, "{bad:?}");
        }
    }
}
