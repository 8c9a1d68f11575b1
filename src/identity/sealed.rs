//! Accounts' ids where they must not be read: what is stored of who asks most.
//!
//! An id is sealed under the hash key, and whoever has that opens it again. The same id is always sealed the same, so that
//! it can be counted. By the pattern of a synthetic initialisation vector (RFC 5297): a tag, which is a keyed hash of the id, and the id under
//! a stream of keyed hashes of the tag.

use super::hash::{HashKey, hex};

/// Bytes of a tag.
const TAG: usize = 8;

impl HashKey {
    /// An id as hexadecimal digits that tell nothing of it but its length.
    #[must_use]
    pub fn sealed(&self, id: &str) -> String {
        let tag = self.tag(id);
        let hidden = self.crossed(&tag, id.as_bytes());
        [tag, hex(&hidden)].concat()
    }

    /// The id that was sealed; `None` if it was not, or under another key.
    #[must_use]
    pub fn opened(&self, sealed: &str) -> Option<String> {
        let (tag, hidden) = sealed.split_at_checked(2 * TAG)?;
        let (pairs, []) = hidden.as_bytes().as_chunks::<2>() else {
            return None;
        };
        let byte = |pair: &[u8; 2]| u8::from_str_radix(str::from_utf8(pair).ok()?, 16).ok();
        let hidden: Option<Vec<u8>> = pairs.iter().map(byte).collect();
        let id = String::from_utf8(self.crossed(tag, &hidden?)).ok()?;
        (self.tag(&id) == tag).then_some(id)
    }

    fn tag(&self, id: &str) -> String {
        let hash = self.hash("sealed", id);
        hex(hash.get(..TAG).unwrap_or_default())
    }

    /// Bytes under the stream of a tag; once more gives the bytes back.
    fn crossed(&self, tag: &str, bytes: &[u8]) -> Vec<u8> {
        let mut crossed = Vec::with_capacity(bytes.len());
        for (block, number) in bytes.chunks(32).zip('a'..) {
            let mut text = tag.to_owned();
            text.push(number);
            let stream = self.hash("stream", &text);
            crossed.extend(block.iter().zip(stream).map(|(byte, with)| byte ^ with));
        }
        crossed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_is_opened_by_the_same_key_alone_and_tells_nothing() {
        let [key, other] = [[1; 32], [2; 32]].map(|secret| HashKey::new(&secret).unwrap());
        for id in ["a", "acme", "jane@example.com", &"x".repeat(128)] {
            let sealed = key.sealed(id);
            assert_eq!(sealed, key.sealed(id));
            assert_eq!(key.opened(&sealed).as_deref(), Some(id));
            assert_eq!(other.opened(&sealed), None);
            assert_eq!(sealed.len(), 2 * (TAG + id.len()));
            assert!(!sealed.contains(&hex(id.as_bytes())));
            assert_eq!(key.opened(&sealed[..sealed.len() - 2]), None);
        }
        for wrong in [
            "",
            "acme",
            "zz",
            &"é".repeat(20),
            &"0".repeat(17),
            &"+0".repeat(20),
        ] {
            assert_eq!(key.opened(wrong), None);
        }
    }
}
