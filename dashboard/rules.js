// A policy in words. What it does not know it leaves out: `npm run policy:check` tells all.

const list = (words, last) => (words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} ${last} ${words.at(-1)}`);
const number = (value) => (typeof value === "number" ? value.toLocaleString("en") : String(value));

const RULES = {
  "token-bucket": ({ units, window, burst }) => `${number(burst ?? units)} at once, refilled at ${number(units)} per ${window}`,
  "sliding-log": ({ units, window }) => `${number(units)} in any ${window}`,
  "sliding-window": ({ units, window }) => `${number(units)} in any ${window}`,
  "fixed-window": ({ units, window }) => `${number(units)} per ${window} of the clock (UTC)`,
  "anchored-window": ({ units, window }) => `${number(units)} within ${window} from the first one on`,
  lifetime: ({ units, forget_after: pause }) => `${number(units)} ever; the count begins anew ${pause} after the last`,
  concurrency: ({ slots, lease }) => `${number(slots)} in flight at a time${lease ? `, each slot for ${lease} unless it is renewed` : ""}`,
  cap: ({ amount }) => `at most ${number(amount)} settled and reserved`,
};

/// What a limit allows, and by what it counts.
export function ofLimit(limit) {
  const rule = RULES[limit.algorithm]?.(limit) ?? String(limit.algorithm);
  return `${rule}${limit.per ? `, for each ${limit.per}` : ""}${limit.shadow ? ", in its shadow: denies nothing" : ""} (${limit.algorithm})`;
}

function ofRoute(route) {
  const parts = [
    route.open && "open to all, without limits",
    route.owner && `counted for ${route.owner}`,
    route.cost !== undefined && `costs ${number(route.cost)}`,
    route.lane && `in the lane ${route.lane}`,
    route.limits && `under ${list(route.limits, "and")}, too`,
    route.caps && `spends ${list(route.caps.map(({ cap }) => cap), "and")}`,
    route.answer && "answered by the gate itself",
  ].filter(Boolean);
  return [`${list(route.methods ?? ["any method"], "or")} ${route.path}`, parts.join("; ") || "under the limits of its tier"];
}

function ofKeys({ keys = {} }) {
  const prefixes = Object.entries(keys.prefixes ?? {}).map(([prefix, to]) => `${prefix} are in the tier ${to.tier ?? to}`);
  const others = keys.default ? [`others are in the tier ${keys.default.tier ?? keys.default}`] : [];
  return [keys.directory ? "looked up in the key directory" : "no key directory is looked at", ...prefixes, ...others].join("; ");
}

/// Parts of a policy's text in words: a title, and pairs of what and how. Null if the text is none.
export function inWords(text) {
  try {
    const policy = JSON.parse(text);
    const who = [
      ["API keys", ofKeys(policy)],
      ["Looked for in", list(policy.credential ?? [], "or") || "no header"],
      policy.tokens && ["Tokens", `signed by ${list(policy.tokens.algorithms ?? [], "or")}`],
      ["Strangers", policy.strangers?.tier ? `in the tier ${policy.strangers.tier}, for each network` : policy.strangers && "refused"],
    ];
    const tiers = Object.entries(policy.tiers).map(([name, tier]) => ({
      title: `Tier ${name}`,
      lines: tier.limits.length > 0 ? tier.limits.map((limit) => [limit.name, ofLimit(limit)]) : [["Limits", "none"]],
    }));
    const named = Object.entries(policy.limits ?? {}).map(([name, limit]) => [name, ofLimit(limit)]);
    const failing = [["When it cannot be decided", policy.on_unavailable], ["A decision may take", policy.decision_timeout], ["The API may take", policy.origin_timeout]];
    return [
      { title: "Who asks", lines: who }, ...tiers, { title: "Limits of routes", lines: named }, { title: "Routes", lines: (policy.routes ?? []).map(ofRoute) },
      { title: "When something fails", lines: failing },
    ].map(({ title, lines }) => ({ title, lines: lines.filter((line) => line && line[1] !== undefined) })).filter(({ lines }) => lines.length > 0);
  } catch {
    return null;
  }
}
