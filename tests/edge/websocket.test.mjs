// WebSockets pass through; the upgrade is charged like any request, the messages are not.
import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { send } from "./support/client.mjs";
import { acme, limitedTo, started } from "./support/setup.mjs";
import { echoWebSockets } from "./support/websocket.mjs";

const timeout = 20_000;

function connect(gate, headers = { "x-api-key": "acme-1" }) {
  const socket = new WebSocket(`${gate.url.replace("http", "ws")}/v1/live?since=1`, { headers });
  socket.binaryType = "arraybuffer";
  return socket;
}

for (const [name, bound] of [["at its URL", false], ["bound as a service", true]]) {
  test(`a WebSocket to an origin ${name} carries messages both ways and costs one unit`, { timeout }, async (t) => {
    const { gate, origin } = await started(t, { policy: limitedTo(10, "7d"), bound });
    echoWebSockets(origin);
    const socket = connect(gate);
    await once(socket, "open");
    assert.deepEqual([origin.seen[0].url, origin.seen[0].headers["x-headgate-account"]], ["/v1/live?since=1", "acme"]);
    for (let call = 0; call < 20; call++) {
      socket.send(`message ${call}`);
      assert.equal((await once(socket, "message"))[0].data, `message ${call}`);
    }
    socket.send(Buffer.from([0, 255, 1]));
    assert.deepEqual(new Uint8Array((await once(socket, "message"))[0].data), new Uint8Array([0, 255, 1]));
    socket.close(4001, "enough");
    const [closed] = await once(socket, "close");
    assert.deepEqual([closed.code, closed.reason, closed.wasClean], [4001, "enough", true]);
    assert.equal((await send(gate.url, acme())).headers["x-ratelimit-remaining-minute"], "8");
  });
}

test("a WebSocket is not opened without a credential, nor without a unit left", { timeout }, async (t) => {
  const { gate, origin } = await started(t, { policy: limitedTo(1, "7d") });
  echoWebSockets(origin);
  const refused = async (headers) => {
    const socket = connect(gate, headers);
    await once(socket, "error");
  };
  await refused({});
  assert.equal((await send(gate.url, acme())).status, 200);
  await refused({ "x-api-key": "acme-1" });
  assert.equal(origin.seen.length, 1);
});
