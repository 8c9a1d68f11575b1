//! Who is measured, and how.

use crate::count::instructions;
use crate::trace::Request;
use std::io::Error;
use std::time::Instant;

/// What came of requests.
#[derive(Clone, Copy, Default)]
pub struct Served {
    /// How many passed.
    pub passed: u64,
    /// How many rows are to be written for them.
    pub rows: u64,
}

/// Serves requests.
type Run = Box<dyn FnMut(&[Request]) -> Served>;

/// One way to decide, with the state that it has come to.
pub struct Contender {
    /// What it is called.
    pub name: String,
    /// Whether it has one account alone.
    pub is_alone: bool,
    run: Run,
    asked: u64,
    served: Served,
    /// Instructions per request, if they are counted.
    pub instructions: f64,
    /// Nanoseconds per request, of each round.
    rounds: Vec<f64>,
}

impl Contender {
    /// One of many accounts.
    pub fn keyed(name: String, run: impl FnMut(&[Request]) -> Served + 'static) -> Self {
        Self {
            name,
            is_alone: false,
            run: Box::new(run),
            asked: 0,
            served: Served::default(),
            instructions: f64::NAN,
            rounds: Vec::new(),
        }
    }

    /// One of a single account.
    pub fn alone(name: String, run: impl FnMut(&[Request]) -> Served + 'static) -> Self {
        Self {
            is_alone: true,
            ..Self::keyed(name, run)
        }
    }

    /// Serves requests that are not measured.
    pub fn warm(&mut self, requests: &[Request]) {
        self.asked += requests.len() as u64;
        let served = (self.run)(requests);
        self.served.passed += served.passed;
        self.served.rows += served.rows;
    }

    /// Counts the instructions of these requests. Afterwards they have not been served.
    ///
    /// # Errors
    ///
    /// The system does not let it count.
    pub fn count(&mut self, requests: &[Request]) -> Result<(), Error> {
        let all = instructions(|| (self.run)(requests))?;
        let frame = instructions(|| (self.run)(&[]))?;
        self.instructions = all.saturating_sub(frame) as f64 / requests.len() as f64;
        Ok(())
    }

    /// Serves requests in one more round.
    #[allow(clippy::disallowed_methods, reason = "a benchmark reads the time")]
    pub fn round(&mut self, requests: &[Request]) {
        let start = Instant::now();
        self.warm(requests);
        let nanoseconds = start.elapsed().as_nanos() as f64;
        self.rounds.push(nanoseconds / requests.len() as f64);
    }

    /// The median of the rounds, in nanoseconds per request.
    pub fn nanoseconds(&self) -> f64 {
        let mut rounds = self.rounds.clone();
        rounds.sort_by(f64::total_cmp);
        rounds.get(rounds.len() / 2).copied().unwrap_or(f64::NAN)
    }

    /// The part of the requests that passed, 0 to 1.
    pub fn passed(&self) -> f64 {
        self.served.passed as f64 / self.asked as f64
    }

    /// Rows per request that are to be written.
    pub fn rows(&self) -> f64 {
        self.served.rows as f64 / self.asked as f64
    }
}
