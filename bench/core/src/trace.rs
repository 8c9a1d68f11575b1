//! Who asks when: the one trace that all contenders see.

/// What accounts are found by.
pub type Key = [u8; 16];

/// Accounts, each asked for about as often as the others.
pub const ACCOUNTS: u64 = 1_000;

/// Requests of all accounts in a millisecond: ten a second of each.
const PER_MILLISECOND: u64 = 10;

/// 14 November 2023, so that instants are as long as real ones.
const START: u64 = 1_700_000_000_000;

/// One request.
#[derive(Clone, Copy)]
pub struct Request {
    /// Whose it is.
    pub key: Key,
    /// When it comes: milliseconds since the Unix epoch, never before the one before.
    pub now: u64,
    /// Which request it is: another number for each.
    pub id: u64,
}

/// The keys of so many accounts.
pub fn keys(accounts: u64) -> impl Iterator<Item = Key> {
    (0..accounts).map(key)
}

/// The first requests of independent clients, the same in each run; of all `accounts`, or of the first alone.
pub fn trace(seconds: u64, accounts: u64) -> Vec<Request> {
    let most = (seconds * per_second(accounts)) as usize;
    requests(accounts).take(most).collect()
}

/// Requests that so many accounts send in a second.
pub const fn per_second(accounts: u64) -> u64 {
    PER_MILLISECOND * 1_000 * accounts / ACCOUNTS
}

/// The same without an end, and as many accounts as one likes.
pub fn requests(accounts: u64) -> impl Iterator<Item = Request> {
    let mut seed = 0x6865_6164_6761_7465;
    let per_second = per_second(accounts);
    (0..).map(move |id| Request {
        key: key(mixed(&mut seed) % accounts),
        now: START + id * 1_000 / per_second + mixed_pause(id, accounts),
        id,
    })
}

/// An account that asks alone comes at uneven times, too: up to half of its tenth of a second late.
fn mixed_pause(id: u64, accounts: u64) -> u64 {
    let mut seed = id;
    if accounts == 1 {
        mixed(&mut seed) % 50
    } else {
        0
    }
}

/// A keyed hash is as good as random; so are these bytes.
fn key(account: u64) -> Key {
    let mut seed = account;
    let halves = [mixed(&mut seed), mixed(&mut seed)];
    (u128::from(halves[0]) << 64 | u128::from(halves[1])).to_be_bytes()
}

/// splitmix64 (Steele, Lea and Flood, OOPSLA 2014).
pub fn mixed(seed: &mut u64) -> u64 {
    *seed = seed.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let z = (*seed ^ (*seed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}
