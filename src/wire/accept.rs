//! What a client would rather have, by its `Accept` (RFC 9110 §12.5.1).

/// Whether a client that says `accept` prefers the media type `this` to `other`. What is as welcome as the other is
/// not preferred; a client that says nothing prefers nothing. Parameters of media types are passed over.
pub(super) fn prefers(accept: &str, this: &str, other: &str) -> bool {
    quality(accept, this) > quality(accept, other)
}

/// How welcome a media type is, as a weight: by the ranges that say the most about it, the best of them. Ranges that
/// cannot be read do not count.
fn quality<'a>(accept: &'a str, media_type: &str) -> &'a str {
    let (essence, _) = cut(media_type, ';');
    let (kind, _) = cut(essence, '/');
    let mut best = (0, "");
    let mut rest = accept;
    while !rest.is_empty() {
        let (range, ranges) = cut(rest, ',');
        rest = ranges;
        let (range, parameters) = cut(range, ';');
        let exactness = match cut(range, '/') {
            _ if range.eq_ignore_ascii_case(essence) => 2,
            (group, "*") if group.eq_ignore_ascii_case(kind) => 1,
            ("*", "*") => 0,
            _ => continue,
        };
        if let Some(weight) = weight(parameters) {
            best = best.max((exactness, weight));
        }
    }
    best.1
}

/// What is before the first separator and what is behind it, without blanks around; all is before where there is none.
#[inline(never)]
fn cut(text: &str, separator: char) -> (&str, &str) {
    let (before, behind) = text.split_once(separator).unwrap_or((text, ""));
    (before.trim_ascii(), behind.trim_ascii())
}

/// More than any weight below it, in the order of text.
const WHOLE: &str = "9999";

/// The weight among the parameters of a range, such that text orders weights: the digits of its fraction without
/// zeros at the end. The whole unless it is said.
fn weight(mut parameters: &str) -> Option<&str> {
    let mut weight = "1";
    while !parameters.is_empty() {
        let (parameter, others) = cut(parameters, ';');
        parameters = others;
        let (name, value) = cut(parameter, '=');
        if name.eq_ignore_ascii_case("q") {
            weight = value;
        }
    }
    let (whole, fraction) = cut(weight, '.');
    let digits = fraction.len() <= 3 && fraction.bytes().all(|b| b.is_ascii_digit());
    match (whole, fraction.trim_end_matches('0')) {
        ("0", fraction) if digits => Some(fraction),
        ("1", "") if digits => Some(WHOLE),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asks_for_a_problem(accept: &str) -> bool {
        prefers(
            accept,
            "application/problem+json",
            "application/json; charset=utf-8",
        )
    }

    #[test]
    fn who_names_a_problem_first_prefers_it() {
        for accept in [
            "application/problem+json",
            "Application/Problem+JSON",
            "application/problem+json;q=0.1",
            "application/problem+json, */*;q=0.9",
            "text/html, application/json;q=0.5 , application/problem+json ;Q=0.501",
            "application/json;q=0.000, */*",
            "application/json;q=0.9, application/problem+json;q=1.0",
            "application/json;q=0.09, application/problem+json;q=0.1",
            "application/json;v=1;q=0.2,application/problem+json;v=2;q=0.3",
            "application/json;q=2, application/problem+json;q=0.1",
        ] {
            assert!(asks_for_a_problem(accept), "{accept}");
        }
    }

    #[test]
    fn who_likes_the_apis_own_body_as_much_gets_that() {
        for accept in [
            "",
            "*/*",
            "application/*",
            "text/html",
            "application/json",
            "application/json, application/problem+json",
            "application/problem+json;q=0",
            "application/problem+json;q=0, application/problem+xml",
            "application/problem+json;q=0.5, application/*",
            "application/problem+json;q=1.001",
            "application/problem+json;q=0.0001",
            "application/problem+json;q=-1",
            "application/problem+json;q=.5",
            "application/problem+json;q=",
            "application/problem+json;q=1.é",
            "problem+json",
            "application/problem+json;q=1.000, application/json;q=1",
            "application/problem+json;q=0.50, application/json;q=0.5",
            "*, application*",
            ",;=,/",
        ] {
            assert!(!asks_for_a_problem(accept), "{accept}");
        }
    }

    #[test]
    fn a_closer_range_counts_more_than_a_wider_one() {
        let accept = "*/*;q=0.9, application/*;q=0.2, application/json;q=0.3";
        assert_eq!(quality(accept, "text/plain"), "9");
        assert_eq!(quality(accept, "application/problem+json"), "2");
        assert_eq!(quality(accept, "application/json"), "3");
    }
}
