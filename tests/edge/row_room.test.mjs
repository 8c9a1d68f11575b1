// What an account's row has no room for, on the real runtime.
import assert from "node:assert/strict";
import { test } from "node:test";
import { send } from "./support/client.mjs";
import { acme, started, ticksupplyWith, withKey } from "./support/setup.mjs";

const timeout = 60_000;

test("requests under limits that an account's row has no room for are refused, all others go on", { timeout }, async (t) => {
  const names = (folder) => Array.from({ length: 16 }, (_, n) => `${folder}-${n}`);
  const log = { algorithm: "sliding-log", units: 10_000, window: "366d" };
  const folders = ["one", "two", "three"];
  const policy = ticksupplyWith({
    limits: Object.fromEntries(folders.flatMap(names).map((name) => [name, log])),
    routes: folders.map((folder) => ({ path: `/${folder}`, limits: names(folder) })),
  });
  const { gate, origin } = await started(t, { policy });
  const status = async (path, request = acme) => (await send(gate.url, request({ path }))).status;
  const globex = (request) => withKey("globex-1", request);
  for (let n = 0; n < 2; n++) {
    assert.deepEqual([await status("/one"), await status("/two")], [200, 200]);
    const refused = await send(gate.url, acme({ path: "/three" }));
    assert.deepEqual([refused.status, refused.headers["x-headgate-reason"]], [503, "unavailable"]);
    assert.equal(await status("/v1/events"), 200, "without these limits");
    assert.equal(await status("/three", globex), 200, "another account");
  }
  assert.equal(origin.seen.length, 8);
  const lines = await gate.logged("no room in its row");
  assert.ok(lines.every((line) => !line.includes("larger than a row")));
});
