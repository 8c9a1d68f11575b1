//! One reading of a path: the string that routes are matched against is the string that the origin gets.

use super::{Ambiguous, PathRules};
use std::borrow::Cow;
use std::fmt::{self, Write};

/// Why a path cannot be read in one way only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PathError {
    /// A `%` without two hex digits.
    Escape,
    /// An encoded slash or backslash, which some origins split at and some do not.
    EncodedSlash,
    /// A semicolon, at which some origins cut a segment off.
    Parameters,
    /// An encoded or raw control character.
    Control,
}

/// Normalises the path of a URL, which begins with a slash (RFC 3986 §6.2.2, and doubled slashes made one).
///
/// Letters, digits and `-._~` are decoded, all other escapes get capital digits, `.` and `..` are resolved.
///
/// # Errors
///
/// A path that two origins could read in two ways.
pub fn normalised(path: &str, rules: PathRules) -> Result<String, PathError> {
    if is_normal(path) {
        return Ok(path.to_owned());
    }
    let decoded = decoded(path, rules)?;
    let mut segments: Vec<&str> = Vec::new();
    for segment in decoded.split(['/', '\\']) {
        match segment {
            "" | "." => {}
            ".." => drop(segments.pop()),
            segment if hides_dots(segment) => return Err(PathError::EncodedSlash),
            segment => segments.push(segment),
        }
    }
    let last = decoded.rsplit(['/', '\\']).next();
    let is_folder = matches!(last, Some("" | "." | ".."));
    let tail = if is_folder && !segments.is_empty() {
        "/"
    } else {
        ""
    };
    Ok(format!("/{}{tail}", segments.join("/")))
}

/// Whether a path is certainly as it is to be, as most are: segments of plain characters alone, which no rule is about.
fn is_normal(path: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/-_~.".contains(&byte);
    let has_name = |segment: &str| segment.bytes().any(|byte| byte != b'.');
    path.bytes().all(is_plain)
        && path
            .strip_prefix('/')
            .is_some_and(|rest| rest.split('/').all(has_name))
}

/// Whether a segment leads elsewhere at an origin that splits it at encoded slashes.
fn hides_dots(segment: &str) -> bool {
    let is_dots = |part: &str| part == "." || part == "..";
    segment.contains('%')
        && segment
            .split("%2F")
            .flat_map(|part| part.split("%5C"))
            .any(is_dots)
}

fn decoded(path: &str, rules: PathRules) -> Result<String, PathError> {
    let mut out = String::with_capacity(path.len());
    let mut rest = path;
    while let Some(at) = rest.find('%') {
        let (before, escape) = rest.split_at(at);
        out.push_str(before);
        let byte = escape
            .get(1..3)
            .and_then(hex_byte)
            .ok_or(PathError::Escape)?;
        push(&mut out, byte, rules)?;
        rest = escape.get(3..).unwrap_or_default();
    }
    out.push_str(rest);
    if rules.parameters == Ambiguous::Refuse && (out.contains(';') || out.contains("%3B")) {
        return Err(PathError::Parameters);
    }
    if out.chars().any(char::is_control) {
        Err(PathError::Control)
    } else {
        Ok(out)
    }
}

fn push(out: &mut String, byte: u8, rules: PathRules) -> Result<(), PathError> {
    match byte {
        b'/' | b'\\' if rules.encoded_slash == Ambiguous::Refuse => Err(PathError::EncodedSlash),
        byte if byte.is_ascii_control() => Err(PathError::Control),
        byte if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) => {
            out.push(char::from(byte));
            Ok(())
        }
        byte => {
            // Writing to a string cannot fail.
            let _ = write!(out, "%{byte:02X}");
            Ok(())
        }
    }
}

/// A segment of a normalised path as patterns are held against it: escapes of `!$&'()*+,;=:@` decoded, which
/// origins mostly decode before they route. What is forwarded keeps them.
#[must_use]
pub fn decoded_for_matching(segment: &str) -> Cow<'_, str> {
    if segment.bytes().all(|b| b != b'%') {
        return Cow::Borrowed(segment);
    }
    let mut parts = segment.split('%');
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let byte = part.get(..2).and_then(hex_byte);
        if let Some(byte) = byte.filter(|byte| b"!$&'()*+,;=:@".contains(byte)) {
            out.push(char::from(byte));
            out.push_str(part.get(2..).unwrap_or_default());
        } else {
            out.push('%');
            out.push_str(part);
        }
    }
    Cow::Owned(out)
}

/// A text with every escape decoded once, and anything else as it is: two spellings of one value become one. What is
/// no UTF-8 then stays escaped.
#[must_use]
pub fn unescaped(text: &str) -> String {
    let mut parts = text.split('%');
    let mut bytes = parts.next().unwrap_or_default().as_bytes().to_vec();
    for part in parts {
        if let Some(byte) = part.get(..2).and_then(hex_byte) {
            bytes.push(byte);
            bytes.extend(part.bytes().skip(2));
        } else {
            bytes.push(b'%');
            bytes.extend(part.bytes());
        }
    }
    String::from_utf8(bytes).unwrap_or_else(|_| text.to_owned())
}

fn hex_byte(digits: &str) -> Option<u8> {
    let hex = digits.bytes().all(|b| b.is_ascii_hexdigit());
    hex.then(|| u8::from_str_radix(digits, 16).ok()).flatten()
}

impl fmt::Display for PathError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Escape => "The path holds a % that is not followed by two hex digits.",
            Self::EncodedSlash => "The path holds an encoded slash or backslash.",
            Self::Parameters => "The path holds a semicolon.",
            Self::Control => "The path holds a control character.",
        })
    }
}

impl std::error::Error for PathError {}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(path: &str) -> Result<String, PathError> {
        normalised(path, PathRules::default())
    }

    #[test]
    fn every_spelling_of_a_path_is_read_alike() {
        for spelled in [
            "/v1/exports",
            "//v1//exports",
            "/v1/./exports",
            "/v1/x/../exports",
            "/%76%31/exports",
            "/v1/%2e%2e/v1/exports",
            "/../v1/exports",
            "\\v1\\exports",
            "/v1/x/%2E%2E/exports",
        ] {
            assert_eq!(read(spelled).as_deref(), Ok("/v1/exports"), "{spelled}");
        }
    }

    #[test]
    fn case_the_slash_at_the_end_and_data_stay() {
        assert_eq!(read("/V1/Exports/").as_deref(), Ok("/V1/Exports/"));
        assert_eq!(
            read("/a%20b/%c3%a9;x=1").as_deref(),
            Ok("/a%20b/%C3%A9;x=1")
        );
        assert_eq!(read("/").as_deref(), Ok("/"));
        assert_eq!(read("").as_deref(), Ok("/"));
        assert_eq!(read("/a/b/..").as_deref(), Ok("/a/"));
        assert_eq!(read("\\a\\b\\..").as_deref(), Ok("/a/"));
        assert_eq!(read("/a\\.").as_deref(), Ok("/a/"));
        assert_eq!(read("/..").as_deref(), Ok("/"));
    }

    #[test]
    fn what_two_origins_could_read_differently_is_refused() {
        assert_eq!(read("/v1%2Fexports"), Err(PathError::EncodedSlash));
        assert_eq!(read("/v1%5cexports"), Err(PathError::EncodedSlash));
        let keep = PathRules {
            encoded_slash: Ambiguous::Keep,
            ..PathRules::default()
        };
        assert_eq!(normalised("/a%2fb", keep).as_deref(), Ok("/a%2Fb"));
        let refuse = PathRules {
            parameters: Ambiguous::Refuse,
            ..PathRules::default()
        };
        assert_eq!(normalised("/a;b", refuse), Err(PathError::Parameters));
        assert_eq!(normalised("/a%3bb", refuse), Err(PathError::Parameters));
        assert_eq!(read("/v1/%00"), Err(PathError::Control));
        assert_eq!(read("/v1/%0d%0a"), Err(PathError::Control));
        for bad in ["/%", "/%2", "/%zz", "/%+1", "/%é"] {
            assert_eq!(read(bad), Err(PathError::Escape), "{bad}");
        }
    }

    #[test]
    fn matching_decodes_what_origins_decode_and_nothing_twice() {
        assert_eq!(decoded_for_matching("exports%3Arun%40a"), "exports:run@a");
        assert_eq!(decoded_for_matching("a%253Ab%20%2F%"), "a%253Ab%20%2F%");
    }

    #[test]
    fn a_value_is_decoded_whole_and_once() {
        assert_eq!(unescaped("a%7Cb%2f%C3%A9%2541"), "a|b/é%41");
        assert_eq!(unescaped("a|b/é%zz%"), "a|b/é%zz%");
        assert_eq!(unescaped("%41%FF"), "%41%FF");
    }

    #[test]
    fn reading_twice_changes_nothing() {
        for path in ["/a%2525b", "/a/../b/%7e/", "//x//%20", "/%25%32%46"] {
            let once = read(path).unwrap();
            assert_eq!(read(&once), Ok(once.clone()));
        }
    }
}
