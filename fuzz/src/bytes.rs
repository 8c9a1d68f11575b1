//! An input taken apart from its beginning. After its end all is zero, so that every input means something.

pub struct Bytes<'a>(&'a [u8]);

impl<'a> Bytes<'a> {
    pub fn new(input: &'a [u8]) -> Self {
        Self(input)
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn byte(&mut self) -> u8 {
        let Some((first, rest)) = self.0.split_first() else {
            return 0;
        };
        self.0 = rest;
        *first
    }

    /// A number below `end`, at most 256, from one byte.
    pub fn below(&mut self, end: u64) -> u64 {
        u64::from(self.byte()) % end
    }

    pub fn flag(&mut self) -> bool {
        self.byte() & 1 == 1
    }

    /// A number of fewer than `bits` bits, each order of magnitude as often as the others.
    pub fn magnitude(&mut self, bits: u64) -> u64 {
        let shift = 64 - self.below(bits);
        let number = (0..8).fold(0, |number, _| number << 8 | u64::from(self.byte()));
        number
            .checked_shr(u32::try_from(shift).unwrap())
            .unwrap_or(0)
    }

    pub fn one_of<T: Clone>(&mut self, choices: &[T]) -> T {
        choices[usize::from(self.byte()) % choices.len()].clone()
    }

    /// So many bytes, or what is left.
    pub fn take(&mut self, length: usize) -> &'a [u8] {
        let (taken, rest) = self.0.split_at(length.min(self.0.len()));
        self.0 = rest;
        taken
    }

    pub fn rest(self) -> &'a [u8] {
        self.0
    }

    /// The text up to the next line end, or to the end.
    pub fn line(&mut self) -> String {
        let length = self.0.iter().position(|byte| *byte == b'\n');
        let line = self.take(length.unwrap_or(self.0.len()));
        self.byte();
        String::from_utf8_lossy(line).into_owned()
    }
}
