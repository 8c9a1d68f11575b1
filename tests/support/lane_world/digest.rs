//! Digests of states, for those that have been met.

use std::hash::{Hash, Hasher};

/// 128 bits that stand for a state.
pub struct Digest(u64, u64);

impl Digest {
    pub fn new() -> Self {
        Self(0x9E37_79B9_7F4A_7C15, 0xD1B5_4A32_D192_ED03)
    }

    pub fn of(state: &impl Hash) -> u128 {
        let mut digest = Self::new();
        state.hash(&mut digest);
        digest.both()
    }

    pub fn both(&self) -> u128 {
        u128::from(self.0) << 64 | u128::from(self.1)
    }
}

impl Hasher for Digest {
    fn write(&mut self, bytes: &[u8]) {
        let (words, rest) = bytes.as_chunks();
        for word in words {
            self.write_u64(u64::from_le_bytes(*word));
        }
        for byte in rest {
            self.write_u8(*byte);
        }
    }

    fn write_u8(&mut self, byte: u8) {
        self.write_u64(byte.into());
    }

    fn write_u32(&mut self, word: u32) {
        self.write_u64(word.into());
    }

    fn write_usize(&mut self, word: usize) {
        self.write_u64(word as u64);
    }

    fn write_u64(&mut self, word: u64) {
        self.0 = mix(self.0 ^ word, 0xA076_1D64_78BD_642F);
        self.1 = mix(self.1 ^ word, 0xE703_7ED1_A0B4_28DB);
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

fn mix(word: u64, by: u64) -> u64 {
    let high = (u128::from(word) * u128::from(by)) >> 64;
    let high = u64::try_from(high).unwrap();
    (word.wrapping_mul(by) ^ high).wrapping_add(by)
}
