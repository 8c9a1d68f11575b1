//! Paths that are the gate's own.

use std::borrow::Cow;

/// What all of them begin with, unless a deployment says otherwise.
pub const USUAL_PREFIX: &str = "/_headgate/";

/// Longest prefix, in bytes.
const MAX_PREFIX_BYTES: usize = 128;

/// The paths that are a gate's own: all below a prefix.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnPaths {
    prefix: String,
    segments: Vec<String>,
}

impl Default for OwnPaths {
    fn default() -> Self {
        Self::of(USUAL_PREFIX)
    }
}

impl OwnPaths {
    /// Those below `prefix`: at most 128 bytes, a slash, and one or more segments of letters, digits and `-._~`, each with a slash behind
    /// it. `None` for another one.
    #[must_use]
    pub fn below(prefix: &str) -> Option<Self> {
        let is_plain = |b: u8| b.is_ascii_alphanumeric() || b"-._~".contains(&b);
        let is_segment =
            |segment: &str| !matches!(segment, "" | "." | "..") && segment.bytes().all(is_plain);
        let inside = prefix.strip_prefix('/')?.strip_suffix('/')?;
        let is_right = prefix.len() <= MAX_PREFIX_BYTES && inside.split('/').all(is_segment);
        is_right.then(|| Self::of(prefix))
    }

    fn of(prefix: &str) -> Self {
        let segments = prefix.split('/').filter(|segment| !segment.is_empty());
        Self {
            prefix: prefix.to_owned(),
            segments: segments.map(str::to_owned).collect(),
        }
    }

    /// The prefix, with a slash at either end.
    #[must_use]
    pub fn prefix(&self) -> &str {
        &self.prefix
    }

    /// A path of the gate's own below the usual prefix; empty for one that is another spelling.
    #[must_use]
    pub fn usual<'a>(&self, path: &'a str) -> Cow<'a, str> {
        if self.prefix == USUAL_PREFIX {
            return Cow::Borrowed(path);
        }
        let rest = path.strip_prefix(&self.prefix);
        rest.map_or_else(Cow::default, |rest| [USUAL_PREFIX, rest].concat().into())
    }

    /// Whether a path of a URL is the gate's own, or might be read so by an origin: whatever it decodes, wherever it
    /// splits, with capitals or parameters. Nothing of that is forwarded.
    #[must_use]
    pub fn has(&self, path: &str) -> bool {
        if !path.contains('%') {
            return self.are_led_through(path);
        }
        let mut read = path.to_owned();
        // Behind some proxies a path is decoded twice.
        for _ in 0..3 {
            read = decoded(&read);
        }
        // With encoded slashes as data, and as slashes.
        self.are_led_through(path) || self.are_led_through(&read)
    }

    /// Whether a path leads into the gate's own, be it only to leave them again: what leaves them for one reader, such as
    /// dots behind a segment of parameters alone, stays there for another. So `depth` is the least that a reader is at, and what was
    /// `entered` of the prefix is the most.
    fn are_led_through(&self, path: &str) -> bool {
        let (mut depth, mut entered) = (0_usize, 0_usize);
        for segment in path.split(['/', '\\']) {
            let segment = spelled(segment);
            let name = segment.split(';').next().unwrap_or_default().trim();
            match name {
                "" | "." => {}
                ".." => depth = depth.saturating_sub(1),
                name => {
                    let next = self.segments.get(entered).filter(|_| depth <= entered);
                    if next.is_some_and(|next| name.eq_ignore_ascii_case(next)) {
                        entered = entered.saturating_add(1);
                    }
                    depth = depth.saturating_add(1);
                }
            }
            if entered == self.segments.len() {
                return true;
            }
        }
        false
    }
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
            assert!(OwnPaths::default().has(own), "{own}");
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
            assert!(!OwnPaths::default().has(other), "{other}");
        }
    }

    #[test]
    fn no_spelling_of_a_prefix_of_several_segments_is_another_path() {
        let paths = OwnPaths::below("/ops/gate/").unwrap();
        for own in [
            "/ops/gate",
            "/ops/gate/policy",
            "//OPS//./Gate;x/policy",
            "/ops/x/../gate/policy",
            "/x/../ops/gate/policy",
            "/ops/../ops/gate",
            "/ops%2Fgate/policy",
            "/o%2570s%255Cgate",
            "/ops/gate/../../v1",
            // For who takes a segment of parameters alone for one, the dots lead back to it.
            "/ops/;b/../gate/policy",
        ] {
            assert!(paths.has(own), "{own}");
        }
        for other in [
            "/",
            "/ops",
            "/gate",
            "/gate/ops",
            "/ops/x/gate",
            "/x/ops/gate",
            "/ops/gates",
            "/_headgate/policy",
        ] {
            assert!(!paths.has(other), "{other}");
        }
    }

    #[test]
    fn a_path_below_another_prefix_is_one_below_the_usual_and_no_other_spelling_is() {
        let paths = OwnPaths::below("/ops/gate/").unwrap();
        assert_eq!(
            paths.usual("/ops/gate/keys/revoke"),
            "/_headgate/keys/revoke"
        );
        for other in [
            "/ops/gate",
            "/OPS/gate/policy",
            "/_headgate/policy",
            "//ops/gate/policy",
        ] {
            assert_eq!(paths.usual(other), "", "{other}");
        }
        assert_eq!(
            OwnPaths::default().usual("/_headgate/policy"),
            "/_headgate/policy"
        );
    }

    #[test]
    fn a_prefix_is_plain_segments_between_slashes() {
        for good in ["/_headgate/", "/a/", "/.well-known/gate/", "/A-1/b_2/c~/"] {
            assert_eq!(OwnPaths::below(good).unwrap().prefix(), good);
        }
        let long = format!("/{}/", "a".repeat(127));
        for bad in [
            "", "/", "//", "a/", "/a", "/a//b/", "/./", "/a/../", "/a b/", "/%61/", "/a;b/", "/é/",
            "/a?/", &long,
        ] {
            assert_eq!(OwnPaths::below(bad), None, "{bad}");
        }
    }

    /// Whether somebody who reads a path so ever stands in `/ops/gate`.
    fn enters(path: &[&str], keeps_empty: bool, keeps_parameters: bool) -> bool {
        let mut stack = Vec::new();
        path.iter().any(|segment| {
            let name = segment.split(';').next().unwrap();
            match if keeps_parameters { segment } else { name } {
                ".." => drop(stack.pop()),
                "" if !keeps_empty => {}
                name => stack.push(name),
            }
            stack == ["ops", "gate"]
        })
    }

    #[test]
    fn whoever_reads_a_path_into_a_prefix_is_believed() {
        let (paths, parts) = (
            OwnPaths::below("/ops/gate/").unwrap(),
            ["ops", "gate", "x", "..", "", ";b", "..;c"],
        );
        for number in 0..parts.len().pow(6) {
            let digits = (0..6).scan(number, |rest, _| {
                let part = parts[*rest % parts.len()];
                *rest /= parts.len();
                Some(part)
            });
            let path: Vec<&str> = digits.collect();
            let is_entered = [(true, true), (true, false), (false, true), (false, false)];
            if is_entered
                .iter()
                .any(|(empty, parameters)| enters(&path, *empty, *parameters))
            {
                let path = ["/", &path.join("/")].concat();
                assert!(paths.has(&path), "{path}");
            }
        }
    }
}
