// Each row of the README's table of failures has tests that bring it about on the real runtime. This tells which.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { root } from "./support/workerd.mjs";

/// By what a row begins with, the tests as their files spell their names.
const TESTS = {
  "an object does not decide in time": {
    failing_object: ["a decision that comes too late counts as none (${on_unavailable}), and nothing hangs",
      "where the policy lets requests pass without a decision, those in caps and those that the gate answers do not",
      "where the policy allows it, a request without a decision passes, marked and without limits"],
    on_unavailable: ["each tier says what happens, and where it does not the policy does",
      "an isolate by itself gives out its share of a limit and no more, and then the object's own books hold"],
    failing_runtime: ["an object that ${what} answers nothing then, and holds its limits afterwards"],
  },
  "a call to an object fails so that it may be repeated": {
    on_unavailable: ["a call that may be repeated is, once, on a stub of its own, and says the same",
      "a reset object is asked once more, and the client does not notice",
      "an answer that a reset has lost may be charged twice, and no limit is exceeded"],
  },
  "an object is overloaded": {
    on_unavailable: ["an object that the runtime calls overloaded is not asked again for a second, and then is"],
    shedding: ["of what an overloaded object decides most passes, and nothing beyond the limit",
      "meanwhile others are served, and when the load has ended the account is at once",
      "where the policy says so, requests that an overloaded object is not asked for pass, and say so (${mode})",
      "slots of a lane are given back while its object is overloaded"],
  },
  "KV does not answer, or holds no policy that reads": {
    failing_kv: ["when KV fails from the first nobody is served, until it answers",
      "with ${name} for a policy from the first nobody is served, until there is a good one",
      "when a good policy becomes garbage the last good one holds, until there is a good one again",
      "when KV fails the last good policy holds, and what is known of keys"],
  },
  "KV holds no policy": {
    limits: ["an empty KV means the default policy"],
    failing_kv: ["when the policy is taken out of KV an isolate that knows it keeps it, and a new one has the default"],
  },
  "KV does not answer for a key": {
    failing_kv: ["a key that was never seen is refused with a 503 while the directory fails",
      "while the directory fails each answer to a known key says that, also when KV must be looked at again"],
  },
  "the address of tokens' keys does not answer": {
    tokens: ["while the address of keys ${what} nobody is known by a published key, and when it answers again at once",
      "what was published holds while the address does not answer, and a key that might be new is neither known nor unknown",
      "when the address does not answer in time for another look, the last keys hold, and answers say so"],
  },
  "a key's record does not read": {
    failing_kv: ["a key whose record holds ${name} is neither known nor unknown: 503"],
    tokens: ["an API key after Bearer is one still, two credentials are refused, and a tier that is not there is a 503"],
  },
  "the origin cannot be reached": {
    failing_origin: ["an origin ${where} that is down is a 502", "an origin ${where} that cuts the connection before its answer is a 502",
      "an origin that resets the connection ${when} is a 502"],
  },
  "the origin does not begin its answer in time": {
    failing_origin: ["an origin ${where} that never answers is a 504 when its time is up",
      "an origin whose headers trickle is a 504 when its time is up, and its connection is closed"],
  },
  "the origin sends the request back": { headers: ["a request that the origin sends back to the gate is refused"] },
  "an object loses its memory": {
    failing_runtime: ["an object that is put to sleep forgets nothing: neither a unit nor a slot in use",
      "a deploy in the midst of a burst and of exchanges in a lane gives nobody more than the limit"],
    reload: ["what was given out before another build was loaded stays given out"],
    crash: ["kill -9 of the gate under load: nothing passes beyond a limit, and no more is lost than is said"],
  },
  "the same, with a lane": {
    lane_loss: ["a crash with 60 of 100 slots taken costs a quarter of them at most, and that for a lease and a half"],
    failing_runtime: ["exchanges in a lane go on when its object is aborted, and never more are open than it has slots"],
    crash: ["kill -9 of objects, edge and both: the others go on, and the same holds"],
  },
  "Rust panics": { failing_runtime: ["a Rust panic in one object costs the others their memory and nothing more, and requests pass again"] },
  "an isolate dies with slots held": { lane_apart: ["slots of an edge that died are free when their leases have ended, and not before"] },
  "a lease cannot be renewed": {
    lane_loss: ["an exchange whose lease cannot be renewed is broken off before the lease ends, and its slot is free",
      "an exchange whose lease cannot be renewed before anything is answered is a 503"],
  },
  "the outcome of a request in a cap is not known": {
    caps: ["what the origin did is not known if it broke off or is late: the place stays taken until it is reconciled",
      "a crash between reserving and settling leaves the place taken"],
  },
  "a client goes away": {
    lane_end: ["the slot is free when the client's connection breaks ${name}",
      "the slot is free at the next write after the client closed its connection ${name}"],
  },
  "the clock of an object steps back": {
    failing_runtime: ["while an object's clock is behind, its time stands still, and Retry-After counts that in"],
  },
  "a row does not read": { failing_object: ["an object whose rows cannot be read refuses with a 503, it does not begin anew"] },
  "a row has no room": { row_room: ["requests under limits that an account's row has no room for are refused, all others go on"] },
  "a version is rolled back": {
    clean_up: ["an object whose row is of a later format refuses, keeps it byte for byte, and works again once it can read it"],
  },
  "an alarm comes late, twice or cannot read": {
    clean_up: ["the alarm deletes objects that are over, leaves those that are in use, and none that it cannot read"],
  },
  "KV does not take what those who run the gate change": {
    admin_policy: ["when KV fails at ${of} ${when} it has done it, a whole policy stands, and the former can be had"],
    admin_keys: ["when KV fails to delete a record the key is refused all the same, and it can be said again"],
    admin_audit: ["what cannot be written down is not done"],
  },
  "a request is for a host that": { hosts: ["a host that is not listed gets a 421 that tells nothing, and no origin sees it"] },
  "a secret or binding is missing": {
    deployment: ["${JSON.stringify(vars)} refuses everything and says why in the log"],
    hosts: ["${hosts} as HOSTS refuses everything and says why in the log"],
  },
  "the receiver of events does not take": {
    events: ["what waits survives a crash and is sent once the receiver is back, nothing twice", "a receiver that never answers holds up no request",
      "what waits for a receiver whose key is not right is sent once it is"],
  },
  "a collector does not answer": { metrics: ["while collectors do not answer requests do not notice, and what was decided is told later"] },
};

/// What the rows of the table are about.
function rows(markdown) {
  const [, table] = /^## When something fails\n\n([^]*?)\n\n/m.exec(markdown);
  return table.split("\n").slice(2).map((line) => line.split("|")[1].trim());
}

const found = rows(readFileSync(join(root, "README.md"), "utf8"));

for (const row of found) {
  test(`this failure is brought about by a test: ${row}`, () => {
    const [, files] = Object.entries(TESTS).find(([beginning]) => row.startsWith(beginning)) ?? assert.fail("none is named");
    for (const [file, names] of Object.entries(files)) {
      const source = readFileSync(join(root, `tests/edge/${file}.test.mjs`), "utf8");
      for (const name of names) assert.ok([`"${name}"`, `\`${name}\``].some((title) => source.includes(title)), `${file} has no test "${name}"`);
    }
  });
}

test("no test is named for a failure that the table does not tell of", () => {
  const orphans = Object.keys(TESTS).filter((beginning) => !found.some((row) => row.startsWith(beginning)));
  assert.deepEqual(orphans, []);
});
