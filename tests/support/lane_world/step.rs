//! What happens from one state to the next.

use super::{Set, Tick};

#[rustfmt::skip]
#[derive(Clone, Copy, Debug)]
pub enum Step {
    Tick,
    Ends { request: usize },
    Asks { request: usize, released: Set, is_at_cut_off: bool, answer: Answer },
    Renews { request: usize, incarnation: u64, is_at_cut_off: bool, answer: Answer },
    Releases { request: usize, is_at_cut_off: bool },
    Wakes,
    LosesMemory,
    IsCutOff,
}

/// What becomes of an object's answer.
#[derive(Clone, Copy, Debug)]
pub enum Answer {
    Unused,
    /// It is used, and its message was sent then.
    Sent(Tick),
}
