//! Paths that are the gate's own.

use std::borrow::Cow;

/// The first segment of all of them.
const OWN: &str = "_headgate";

/// Whether a path of a URL is the gate's own, or might be read so by an origin: whatever it decodes, wherever it
/// splits, with capitals or parameters. Nothing of that is forwarded.
#[must_use]
pub fn is_reserved(path: &str) -> bool {
    if !path.contains('%') {
        return leads_through(path);
    }
    let mut read = path.to_owned();
    // Behind some proxies a path is decoded twice.
    for _ in 0..3 {
        read = decoded(&read);
    }
    // With encoded slashes as data, and as slashes.
    leads_through(path) || leads_through(&read)
}

/// Whether a path leads into the gate's own, be it only to leave them again: what leaves them for one reader, such as
/// dots behind a segment of parameters alone, stays there for another.
fn leads_through(path: &str) -> bool {
    let mut depth = 0_usize;
    for segment in path.split(['/', '\\']) {
        let segment = spelled(segment);
        let name = segment.split(';').next().unwrap_or_default();
        match name.trim() {
            "" | "." => {}
            ".." => depth = depth.saturating_sub(1),
            name if depth == 0 && name.eq_ignore_ascii_case(OWN) => return true,
            _ => depth = depth.saturating_add(1),
        }
    }
    false
}

fn spelled(segment: &str) -> Cow<'_, str> {
    if segment.contains('%') {
        Cow::Owned(decoded(segment))
    } else {
        Cow::Borrowed(segment)
    }
}

/// A text with all its escapes decoded, each as one character; what is no escape stays.
#[must_use]
pub fn decoded(text: &str) -> String {
    let mut parts = text.split('%');
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let digits = part
            .get(..2)
            .filter(|digits| digits.bytes().all(|b| b.is_ascii_hexdigit()));
        let byte = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok());
        out.push(byte.map_or('%', char::from));
        let skipped = if byte.is_some() { 2 } else { 0 };
        out.push_str(part.get(skipped..).unwrap_or_default());
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_spelling_of_the_gates_own_paths_is_another_path() {
        for own in [
            "/_headgate",
            "/_headgate/accounts/acme/plan",
            "//_headgate/x",
            "/%5Fheadgate/x",
            "/%255fheadgate/x",
            "/_HeadGate/x",
            "/%2F_headgate/x",
            "\\_headgate\\x",
            "/./_headgate/x",
            "/v1/../_headgate/x",
            "/v1%2F..%2F_headgate/x",
            "/_headgate;v=1/x",
            "/_headgate%3Bv=1/x",
            "/_headgate/..%2Fv1",
            "/_headgate%2Fx",
            "/_headgate%20/x",
            "/_headgate/../v1",
            "/_headgate%3Ba/%3Bb/..",
        ] {
            assert!(is_reserved(own), "{own}");
        }
    }

    #[test]
    fn other_paths_are_not() {
        for other in [
            "/",
            "",
            "/headgate",
            "/v1/_headgate",
            "/_headgates",
            "/x_headgate/y",
            "/_headgate-x",
            "/%",
            "/%zz",
        ] {
            assert!(!is_reserved(other), "{other}");
        }
    }
}
