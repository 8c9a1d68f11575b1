// A receiver of events that believes what the library of Standard Webhooks believes.
import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { Webhook } from "standardwebhooks";
import { bytesOf } from "./client.mjs";
import { startOrigin } from "./origin.mjs";

/// A signing key as a user makes one.
export const webhookKey = () => `whsec_${randomBytes(32).toString("base64")}`;

/// Starts a receiver that knows some keys. What it took is in `got`, under `ids`; `status` is what it answers, or
/// nothing while that is undefined.
export async function startReceiver(t, keys) {
  const receiver = { got: [], ids: [], attempts: 0, refused: 0, status: 204 };
  const origin = await startOrigin(async (request, response) => {
    const body = (await bytesOf(request)).toString();
    receiver.attempts += 1;
    const isGenuine = keys.some((key) => verifies(key, body, request.headers));
    if (!isGenuine) receiver.refused += 1;
    if (receiver.status === undefined) return;
    const status = isGenuine ? receiver.status : 401;
    if (status < 300) {
      receiver.got.push(JSON.parse(body));
      receiver.ids.push(request.headers["webhook-id"]);
    }
    response.writeHead(status, { Location: "/elsewhere" });
    response.end();
  });
  t.after(() => origin.stop());
  receiver.url = `${origin.url}/hook`;
  receiver.has = async (count) => {
    for (const end = Date.now() + 45_000; receiver.got.length < count; await sleep(20)) {
      if (Date.now() > end) throw new Error(`${receiver.got.length} of ${count} events came`);
    }
  };
  return receiver;
}

function verifies(key, body, headers) {
  try {
    new Webhook(key).verify(body, headers);
    return true;
  } catch {
    return false;
  }
}
