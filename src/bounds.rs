//! Every size and count that Headgate refuses to exceed, with its unit and its reason.

use crate::time::Millis;
use std::ops::RangeInclusive;

/// Most units in a quota, a burst or a cost. With [`MAX_WINDOW`] it keeps every product of the token bucket
/// far inside 128 bits.
pub const MAX_UNITS: u64 = 1_000_000_000;

/// Most that a cap allows: the largest integer of a structured field (RFC 9651 §3.3.1).
pub const MAX_AMOUNT: u64 = 999_999_999_999_999;

/// Most requests that hold a reservation of one cap: each is named in a row, some 25 bytes apiece.
pub const MAX_RESERVATIONS: usize = 256;

/// Most charges that one rate remembers, so that they can be refunded: some 64 bytes apiece, in memory.
pub const MAX_REFUNDABLE: usize = 64;

/// Longest window of a limit: 366 days, the longest calendar year.
pub const MAX_WINDOW: Millis = Millis(366 * 24 * 3_600_000);

/// Most units of a sliding log: each is named by its instant, in memory and in a row, some 4 bytes apiece there.
pub const MAX_LOGGED: u64 = 10_000;

/// Most parts of a sliding window: each is a counter, in memory and in a row.
pub const MAX_PARTS: u64 = 1_000;

/// Most units of a sliding log, and most parts of a sliding window, of each of many partitions: so that a row has room
/// for a thousand of them.
pub const MAX_PARTITION_RUNS: u64 = 100;

/// Most partitions of a subject that shares its object with thousands.
pub const MAX_SHARD_PARTITIONS: usize = 16;

/// Most partitions that one subject counts apart. Further ones share one until there is room again.
pub const MAX_PARTITIONS: usize = 4_096;

/// Largest row, in bytes: what the platform's `SQLite` holds in one.
pub const MAX_ROW_BYTES: usize = 2_000_000;

/// Most bytes that a row may come to by the limits of which something is used: what it holds besides, such as an account's
/// state and what it has used, takes less than the rest.
pub const MOST_IN_ROW: u64 = 1_955_000;

/// Most bytes that a row may come to by its limits for one more part of its subjects, or one more subject, to be counted
/// apart. The rest is for limits that those in it meet later.
pub const ROOM_IN_ROW: u64 = 1_200_000;

/// Most slots of a lane: each lease in it is named in a row, some 22 bytes apiece.
pub const MAX_SLOTS: u64 = 10_000;

/// Shortest and longest lease. Shorter ones would be renewed all the time; a longer one keeps a slot from use
/// when its holder is gone.
pub const LEASES: RangeInclusive<Millis> = Millis(2_000)..=Millis(3_600_000);

/// How long units may be lent to an isolate.
pub const LOANS: RangeInclusive<Millis> = Millis(100)..=Millis(10_000);

/// Fewest units that a limit lets pass at once if it lends any.
pub const MIN_LENDING: u64 = 100;

/// Longest that a request waits for a slot. A client should not take it for a slow answer.
pub const MAX_PATIENCE: Millis = Millis(2_000);

/// Most requests that wait for a slot in one object at a time; further ones are refused at once.
pub const MAX_WAITING: usize = 64;

/// Longest `Retry-After` of a lane.
pub const MAX_RETRY_AFTER: Millis = Millis(3_600_000);

/// Most limits that one tier may carry, and most that one route may name: each is tested on every request.
pub const MAX_LIMITS: usize = 16;

/// Most tiers, key prefixes and routes in a policy, each.
pub const MAX_ENTRIES: usize = 1_000;

/// Largest policy, in bytes: each isolate reads and holds it whole, in some seven times as much memory and, natively, some 20 ms
/// for each million. A thousand routes that say all they may, as editors indent them, take half of it.
pub const MAX_POLICY_BYTES: usize = 1_048_576;

/// Highest version of a policy: what every reader of JSON reads exactly.
pub const MAX_VERSION: u64 = (1 << 53) - 1;

/// Most versions of a policy that are kept, the one that stands among them.
pub const MAX_KEPT_POLICIES: usize = 50;

/// Longest path of a route, in bytes: no longer ones are asked for, and each of its names is compared with the others.
pub const MAX_PATTERN_BYTES: usize = 2_048;

/// Largest keys file, in bytes.
pub const MAX_KEYS_BYTES: usize = 67_108_864;

/// Most bytes of a request's body that may be read for selectors: they are held in the isolate, which has 128 MB for all
/// its requests.
pub const MAX_BODY_BYTES: u64 = 1_048_576;

/// Longest name of a limit, tier or header in a policy, in bytes.
pub const MAX_NAME_BYTES: usize = 64;

/// Longest label of a key, in bytes: each isolate holds those of the keys that it knows.
pub const MAX_LABEL_BYTES: usize = 128;

/// Entries of KV that one answer lists at most: as many are read in one call of it.
pub const MAX_PAGE: usize = 100;

/// Longest text that says where a list goes on, in bytes: KV's own are some hundred.
pub const MAX_CURSOR_BYTES: usize = 1_024;

/// Most hosts of a deployment: each may have a policy in an isolate's memory.
pub const MAX_HOSTS: usize = 100;

/// Largest text that says which hosts there are, in bytes.
pub const MAX_HOSTS_BYTES: usize = 65_536;

/// How long an entry of the audit is kept, in seconds: 400 days.
pub const AUDIT_SECONDS: u32 = 400 * 86_400;

/// Longest account id, in bytes: it travels to the origin in a header.
pub const MAX_ACCOUNT_BYTES: usize = 128;

/// Longest text of an account's plan, in bytes: its status, its code, its end, each. They lie in the account's row.
pub const MAX_PLAN_BYTES: usize = 64;

/// Longest reason of a suspension, in bytes.
pub const MAX_REASON_BYTES: usize = 256;

/// Most revoked keys of an account, 16 bytes apiece in its row. One whose record is gone need not be among them.
pub const MAX_REVOKED_KEYS: usize = 128;

/// Most overrides of an account: they lie in its row.
pub const MAX_OVERRIDES: usize = 16;

/// Shadow limits of an account whose would-be denials are counted: they lie in its row.
pub const MAX_WOULD_DENY: usize = 32;

/// Refunds by hand that an account remembers, so that each is made once: they lie in its row.
pub const MAX_REFUNDED: usize = 32;

/// Most bytes of the name of a refund.
pub const MAX_REFUND_BYTES: usize = 64;

/// Refusals that an account's object remembers, for those who ask why: in memory alone.
pub const MAX_REMEMBERED: usize = 32;

/// Admissions that it remembers beside.
pub const MAX_ADMISSIONS: usize = 16;

/// Accounts that an isolate tells apart between two reports on what it has decided.
pub const MAX_ACCOUNTS_GATHERED: usize = 64;

/// Accounts that a collector tells apart within an hour, by requests and by denials, each, and as many that are near to a
/// limit.
pub const MAX_TOP_ACCOUNTS: usize = 50;

/// Collectors of a deployment: an isolate reports to one of them, so that none is asked by all.
pub const COLLECTORS: u8 = 8;

/// Minutes of which an account's object keeps what was counted in them.
pub const KEPT_MINUTES: u64 = 60;

/// Hours of the same.
pub const KEPT_HOURS: u64 = 48;

/// Days of the same, of UTC: a month and what it takes to bill it.
pub const KEPT_DAYS: u64 = 35;

/// Days of which it is kept which limits refused.
pub const KEPT_DAYS_BY_LIMIT: usize = 7;

/// Limits whose refusals are told apart within a day. They lie in the account's row, by their names.
pub const MAX_LIMITS_COUNTED: usize = 8;

/// Loans of one account of which it is known what they count for. Of further ones nothing is taken off.
pub const MAX_LOANS_COUNTED: usize = 256;

/// Most thresholds of a policy at which events are told.
pub const MAX_PERCENTS: usize = 8;

/// Most thresholds of limits that an account's object remembers to have told of, some 70 bytes apiece in its row.
pub const MAX_TOLD: usize = 64;

/// Most events of an account that wait, some 60 bytes apiece in its row, or 320 with a reason. The oldest makes room for another one.
pub const MAX_LETTERS: usize = 64;

/// Most events of an account that are kept of those that were given up.
pub const MAX_GIVEN_UP: usize = 16;

/// Largest body of an operation on an account, in bytes.
pub const MAX_OPERATION_BYTES: usize = 4_096;

/// Longest API key that is looked at, in bytes. Longer ones are refused before any work is done on them.
pub const MAX_KEY_BYTES: usize = 512;

/// Longest token that is looked at, in bytes: a header of the usual servers holds 8 KiB.
pub const MAX_TOKEN_BYTES: usize = 8_192;

/// Most fields of an object in a token or in a published key: each is compared with the others.
pub const MAX_FIELDS: usize = 256;

/// Most names in the path to a claim.
pub const MAX_CLAIM_NAMES: usize = 8;

/// Longest text of a policy that tokens or keys are compared with, or that is fetched from, in bytes.
pub const MAX_TEXT_BYTES: usize = 2_048;

/// Most keys of tokens in a policy. A token that names none of them may be tried with each.
pub const MAX_TOKEN_KEYS: usize = 16;

/// Most keys that an address of published keys may hold.
pub const MAX_PUBLISHED_KEYS: usize = 64;

/// Largest document of published keys, in bytes.
pub const MAX_JWKS_BYTES: usize = 65_536;

/// How far the clocks of gate and issuer of tokens may be apart. RFC 7519 §4.1.4: no more than a few minutes.
pub const MAX_LEEWAY: Millis = Millis(300_000);

/// Most subjects that one shard object keeps, so that its memory and its rows stay bounded under a flood of
/// new keys or addresses.
pub const MAX_SUBJECTS: usize = 4_096;

/// Pages that a shard's subjects are spread over: a decision writes one page, some 64 subjects, at most.
pub const SHARD_PAGES: u8 = 64;

/// Most addresses whose arrivals one shard watches at a time.
pub const MAX_ARRIVAL_ADDRESSES: usize = 1_024;

/// Most accounts that one isolate limits by itself while their objects do not answer.
pub const MAX_LOCAL_ACCOUNTS: usize = 4_096;

/// Most bytes that these could come to in rows. In memory it may be three times as much, of the isolate's 128 MB.
pub const MOST_LOCAL_BYTES: u64 = 8_000_000;

/// Half a second without a grant or a release makes an owner quiet: then its exact state is worth a row.
pub const QUIET_AFTER: Millis = Millis(500);

/// How long all of an object must have been over before it is deleted: what a clock may step back, and longer than any
/// lease, renewal or older policy is under way.
pub const FORGET_AFTER: Millis = Millis(24 * 3_600_000);

/// How often an object in use sets its alarm, each time a row: a week of storage is cheaper than that.
pub const ALARM_EVERY: Millis = Millis(7 * 24 * 3_600_000);

/// How much refill a write-ahead mark may lie ahead of the live state: what a crash can cost a client.
pub const MAX_LEAD: Millis = Millis(6_000);

/// Largest answer of the origin that is looked into for what it comes to, in bytes.
pub const MAX_ANSWER_BYTES: usize = 65_536;

/// Largest message between the edge and an object, in bytes.
pub const MAX_MESSAGE_BYTES: usize = 65_536;
