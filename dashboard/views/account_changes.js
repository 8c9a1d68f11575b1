// What can be changed of an account, each behind a dialog that says what it comes to.
import { accountPath, call, read, readText } from "../api.js";
import { ask, choice, field, typed } from "../dialog.js";
import { button } from "../element.js";
import { save } from "../save.js";
import { count, instant, localTime, number } from "../words.js";

const [HOUR, DAY] = [3_600_000, 86_400_000];

/// When something is to end: a field for local time, and buttons for what is usual.
function until(ms) {
  const [now, zone] = [Date.now(), Intl.DateTimeFormat().resolvedOptions().timeZone];
  const bounds = { min: localTime(now), max: "9999-12-31T23:59" };
  const line = field("Until", "until", { type: "datetime-local", value: localTime(now + ms), ...bounds }, `In the time of this device (${zone}).`);
  const input = line.querySelector("input");
  const set = (more) => () => {
    input.value = localTime(Date.now() + more);
    input.dispatchEvent(new Event("input", { bubbles: true }));
  };
  line.append(button("In an hour", set(HOUR)), button("In a day", set(DAY)), button("In a week", set(7 * DAY)));
  return line;
}

const seconds = (local) => Math.floor(new Date(local).getTime() / 1_000);
const told = (local) => (local ? instant(new Date(local).getTime()) : "a time that is still to be said");

const amount = (usual) => field("Units", "units", { type: "number", min: 1, max: 1e15, step: 1, value: usual ?? "" },
  "Per window of a rate, slots of a lane, amount of a cap.");

/// Lets a limit hold otherwise for a while.
export function override(id, look, name) {
  const names = [...new Set(look.limits.map(({ limit }) => limit))];
  const units = (limit) => look.limits.find((it) => it.limit === limit)?.units;
  const which = names.length > 0 ? choice("Limit", "limit", names.map((it) => [it, it]), name) : field("Limit", "limit", { maxlength: 64 }, "As the policy calls it.");
  return ask({
    title: "Override a limit", action: "Override",
    fields: [which, amount(units(name ?? names[0])), until(DAY)],
    tells: ({ limit, units: said, until: end }) => {
      const instead = units(limit) === undefined ? "" : ` instead of ${number(units(limit))}`;
      const allowed = said ? number(Number(said)) : "so many";
      return `From the next request on ${limit || "it"} allows ${id} ${allowed}${instead}, until ${told(end)}. Then the policy's holds again by itself.`;
    },
    act: async ({ limit, units: said, until: end }) => {
      await call("PUT", accountPath(id, "overrides", limit), { units: Number(said), until: seconds(end) });
      return `${limit} allows ${id} ${number(Number(said))} until ${told(end)}.`;
    },
  });
}

/// Ends that.
export const endOverride = (id, look, limit) => ask({
  title: "Remove the override?", action: "Remove",
  tells: () => `From the next request on ${limit} allows ${id} what the policy says. What is in use stays in use.`,
  act: async () => {
    await call("DELETE", accountPath(id, "overrides", limit));
    return `${limit} allows ${id} what the policy says.`;
  },
});

/// Gives all units of a rate back.
export const reset = (id, { limit, units, remaining }) => ask({
  title: "Reset the limit?", action: "Reset",
  tells: () => `${id} gets back what it has used of ${limit}: of ${count(units, "unit")} ${number(remaining)} were left. It may ask for all of them at once.`,
  act: async () => {
    await call("DELETE", accountPath(id, "usage", limit));
    return `All of ${limit} is back for ${id}.`;
  },
});

/// Lets nothing of an account pass.
export const suspend = (id) => ask({
  title: "Suspend the account?", action: "Suspend", isGrave: true,
  fields: [until(DAY), field("Reason", "reason", { required: false, maxlength: 256 }, "Its clients may be told, where the policy's answers say so.")],
  tells: ({ until: end }) => `From the next request on nothing of ${id} passes, with any of its keys, until ${told(end)}. Requests in flight go on.`,
  act: async ({ until: end, reason }) => {
    await call("PUT", accountPath(id, "suspension"), { until: seconds(end), reason: reason || null });
    return `${id} is suspended until ${told(end)}.`;
  },
});

/// Ends that.
export const lift = (id) => ask({
  title: "Lift the suspension?", action: "Lift it",
  tells: () => `From the next request on ${id} passes again, as its limits say.`,
  act: async () => {
    await call("DELETE", accountPath(id, "suspension"));
    return `${id} is not suspended any more.`;
  },
});

/// Saves all that is kept of an account as a file.
export const exported = (id) => save(id, {
  what: `What is kept of ${id}`, ending: ".json", type: "application/json",
  get: async () => JSON.stringify(await read(accountPath(id, "export")), null, 2),
});

/// Saves what an account has used, by day, as a file.
export const usage = (id) => save(id, {
  what: `What ${id} has used`, ending: "-usage.csv", type: "text/csv", get: () => readText(`${accountPath(id, "usage")}?format=csv`),
});

/// Erases what is known of an account.
export const erase = (id) => ask({
  title: "Erase the account?", action: "Erase", isGrave: true,
  fields: [typed(id)],
  tells: () => `Plan, overrides, caps and the reason of a suspension of ${id} are erased at once and for good. `
    + "What is in use of its limits stays, so do a suspension and revoked keys; key records are yours to revoke.",
  act: async () => {
    const { erased, stays } = await call("DELETE", accountPath(id));
    const list = (parts) => (parts.length === 0 ? "nothing" : parts.join(", "));
    return `Erased of ${id}: ${list(erased)}. What stays: ${list(stays)}.`;
  },
});
