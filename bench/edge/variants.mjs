// What is measured side by side. A variant of Headgate is a policy; its limits are to allow `rate` requests/s.

/// Which request each account sends.
export const PATH = "/v1/events/event-1";
export const keyOf = (account) => `account-${account}`;

const bucket = (name, window, units) => ({ name, algorithm: "token-bucket", window, units, burst: units });
const minute = (rate) => bucket("minute", "1m", 60 * rate);
const windows = (rate) => [minute(rate), bucket("hour", "1h", 3_600 * rate), bucket("day", "1d", 86_400 * rate)];
const lane = { name: "lane", algorithm: "concurrency", slots: 100, lease: "30s" };

/// Of limits, without other fields: the neutral headers of the draft.
const policy = (limits, fields = {}) => ({
  version: 1, credential: ["x-api-key"], tiers: { standard: { limits } }, ...fields,
});

const headerOf = ({ name }) => ["Limit", "Remaining", "Reset"].map((word, at) =>
  ({ name: `X-RateLimit-${word}-${name}`, value: ["units", "remaining", "reset"][at], limit: name }));
const draft = [{ name: "RateLimit", value: "ratelimit" }, { name: "RateLimit-Policy", value: "ratelimit-policy" }];

const threeWindows = (rate) => policy([...windows(rate), lane], {
  routes: [{ path: "/**", lane: "lane" }],
  dialect: { headers: [...windows(rate).flatMap(headerOf), ...draft] },
});

const lent = (rate) => policy([{ ...minute(rate), lend: "1s" }]);

/// One unit a year: the first request has it.
const spent = () => policy([{ name: "year", algorithm: "token-bucket", units: 1, window: "365d" }]);

const [NOTHING, CALL, CALL_AND_ROW] = [[0, 0], [1, 0], [1, 1]].map(([calls, rows]) => ({ calls, rows, reads: 0 }));
const [ORIGIN_SAYS, REFUSAL_SAYS, DENIAL_SAYS] = ['"id":"event-1"', '"code":"rate_limited"', '"status":429'];

/// `module` is the Worker and `object` its class of objects; `base` is whose rate it is compared with; `costs` per request
/// are those of the module's text. A gate has a `policy` instead, and its costs are counted. Right answers have the
/// `status`, 200 if none is given, and a body that `says` so; the `first` of an account may have another.
export const VARIANTS = [
  { name: "js-pass", label: "JS pass-through", module: "pass.js", base: "js-pass", says: ORIGIN_SAYS, costs: NOTHING },
  { name: "js-copy", label: "JS pass-through, headers copied", module: "copy.js", base: "js-pass", says: ORIGIN_SAYS, costs: NOTHING },
  { name: "js-429", label: "JS, a constant 429", module: "refuse.js", base: "js-pass", status: 429, says: REFUSAL_SAYS, costs: NOTHING },
  { name: "js-bucket", label: "JS, one bucket in memory", module: "bucket.js", object: "Bucket", base: "js-pass", says: ORIGIN_SAYS, costs: CALL },
  { name: "js-bucket-put", label: "JS, one bucket, put per request", module: "bucket.js", object: "StoredBucket", base: "js-pass", says: ORIGIN_SAYS, costs: CALL_AND_ROW },
  { name: "rust-floor", label: "Rust, object asked, no limit", module: "floor", object: "AccountObject", base: "js-bucket", says: ORIGIN_SAYS, costs: CALL },
  { name: "headgate-one", label: "Headgate, one window", policy: (rate) => policy([minute(rate)]), base: "js-bucket", says: ORIGIN_SAYS },
  { name: "headgate-three", label: "Headgate, three windows + lane", policy: threeWindows, base: "js-bucket", says: ORIGIN_SAYS },
  { name: "headgate-leased", label: "Headgate, one window, lent", policy: lent, base: "js-copy", says: ORIGIN_SAYS },
  { name: "headgate-denied", label: "Headgate, denied", policy: spent, base: "js-429", status: 429, first: 200, says: DENIAL_SAYS },
];

/// The variants of those names, in the order of the list above.
export const named = (names) => VARIANTS.filter(({ name }) => names.includes(name));
