// What puts right what the gate cannot know by itself: what a cap has in truth, which keys are somebody's again, events that were given up.
import { accountPath, call, read } from "../api.js";
import { ask, choice, field } from "../dialog.js";
import { say } from "../element.js";
import { count, number } from "../words.js";

const AGES = { "1m": "a minute ago", "5m": "five minutes ago", "1h": "an hour ago", "1d": "a day ago" };

/// Sets what is settled of a cap, and drops reservations whose outcome nobody knows.
export async function reconcile(id, cap) {
  try {
    return await reconciled(id, cap, await read(accountPath(id, "caps", cap)));
  } catch (error) {
    return say(error.message);
  }
}

const reconciled = (id, cap, { amount, settled, reserved, open }) => ask({
  title: "Reconcile the cap?", action: "Reconcile",
  fields: [
    field("Settled", "settled", { type: "number", min: 0, max: 1e15, step: 1, required: false, placeholder: settled }, "What there is of it in truth; empty, it stays as it is then."),
    choice("Drop reservations made before", "older_than", Object.entries(AGES), "5m"),
  ],
  tells: ({ settled: said, older_than: age }) => `Of ${number(amount)} of ${cap} ${number(settled)} are settled for ${id}, and ${number(reserved)} reserved by `
    + `${count(open, "request")}. From now on ${said ? number(Number(said)) : "as many as then"} are settled, and reservations made before ${AGES[age]} count no more: `
    + "one whose request is still in flight must not be dropped.",
  act: async ({ settled: said, older_than }) => {
    const now = await call("PUT", accountPath(id, "caps", cap), { ...(said && { settled: Number(said) }), older_than });
    return `Of ${cap} ${number(now.settled)} are settled for ${id}, ${number(now.reserved)} reserved.`;
  },
});

/// Takes a key off the list of those that are revoked.
export const reinstate = (id, hash) => ask({
  title: "Reinstate the key?", action: "Reinstate",
  tells: () => `${id} no longer refuses the key ${hash}. It works if the directory has a record of it; one whose record is gone has to be put again.`,
  act: async () => {
    await call("DELETE", accountPath(id, "revoked-keys"), { hash });
    return `The key ${hash.slice(0, 12)} of ${id} is not revoked any more.`;
  },
});

/// Has all events of an account sent now that wait or were given up.
export const sendAgain = (id, { waiting, given_up: left }) => ask({
  title: "Send the events again?", action: "Send again",
  tells: () => `The receiver is sent ${count(waiting.length + left.length, "event")} of ${id} now, those that were given up, too. It knows those that it has by their ids.`,
  act: async () => {
    const { waiting: sent } = await call("POST", accountPath(id, "events"));
    return `${count(sent.length, "event")} of ${id} are on their way.`;
  },
});
