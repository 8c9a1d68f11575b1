//! A policy's text under another version.

/// The text with `version` for its version, all else as it was; `None` if the version cannot be found, such as where its
/// name is spelled with an escape.
pub(super) fn renumbered(text: &str, version: u64) -> Option<String> {
    let (mut depth, mut at) = (0_usize, 0_usize);
    while let Some(byte) = text.as_bytes().get(at) {
        at = at.saturating_add(1);
        match byte {
            b'{' | b'[' => depth = depth.saturating_add(1),
            b'}' | b']' => depth = depth.saturating_sub(1),
            b'"' => {
                let end = string_end(text.get(at..)?)?.saturating_add(at);
                let name = text.get(at..end)?;
                at = end.saturating_add(1);
                if depth == 1
                    && name == "version"
                    && let Some(value) = value_after(text.get(at..)?)
                {
                    let head = text.get(..text.len().checked_sub(value.len())?)?;
                    let rest = value.trim_start_matches(|c: char| c.is_ascii_digit());
                    return Some([head, &version.to_string(), rest].concat());
                }
            }
            _ => {}
        }
    }
    None
}

/// Where a string ends that has begun.
fn string_end(text: &str) -> Option<usize> {
    let mut is_escaped = false;
    text.bytes().position(|byte| {
        let ends = byte == b'"' && !is_escaped;
        is_escaped = byte == b'\\' && !is_escaped;
        ends
    })
}

/// What follows a colon, if that comes next.
fn value_after(text: &str) -> Option<&str> {
    Some(text.trim_start().strip_prefix(':')?.trim_start())
}
