// Ports of this machine.
import { once } from "node:events";
import { createServer } from "node:net";

// Below those that Linux gives to whoever asks for any, so that nobody is given one before its turn.
const [LOWEST, PORTS] = [10_000, 20_000];

/// One that is free, until somebody else takes it.
export async function freePort() {
  for (;;) {
    const port = LOWEST + Math.floor(Math.random() * PORTS);
    if (await isFree(port)) return port;
  }
}

async function isFree(port) {
  const probe = createServer().listen(port, "127.0.0.1");
  const [event] = await Promise.race(["listening", "error"].map(async (event) => [event, await once(probe, event)]));
  if (event === "error") return false;
  probe.close();
  await once(probe, "close");
  return true;
}
