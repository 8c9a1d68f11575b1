// All of the gate, as it goes.
import { call, mayChange, readIfKnown } from "../api.js";
import { bars, meter } from "../chart.js";
import { accountLink, button, el, section, table } from "../element.js";
import { watched } from "../live.js";
import { count, number, reason } from "../words.js";
import { finder } from "./accounts.js";

const EVERY = 3_000;
const MINUTE = 60_000;
/// From what share of a limit on an account is near it, in percent.
const NEAR = 80;

const TOP = ["Account", "#Requests", "#Denied", "Nearest limit"];

const DEGRADED = {
  object: "The account's object did not answer: passed uncharged",
  local: "The object did not answer: decided under a share of the limits",
  policy: "By the last good policy",
  directory: "By what was last known of the key",
  tokens: "By the last keys of tokens",
};

export function overview(signal) {
  const { place, line } = watched(EVERY, signal, async () => {
    const told = await readIfKnown("overview");
    if (!told) return { shown: el("p", { class: "panel" }, "The overview is not available: this gate does not count what it decides.") };
    return { shown: shown(told), at: told.now };
  });
  return [el("div", { class: "bar" }, finder(), line), place, mayChange() && receiver()];
}

/// Whether the receiver of events hears.
function receiver() {
  const outcome = el("p", { "aria-live": "polite" });
  const told = (text, kind) => {
    outcome.className = kind;
    outcome.textContent = text;
  };
  const test = button("Send a test event", async () => {
    test.disabled = true;
    told("Sending …", "asked");
    try {
      const { id, taken } = await call("POST", "events/test");
      if (taken) told(`The receiver has taken the event ${id}.`, "right");
      else told(`The receiver has not taken the event ${id}: the gate's log says why.`, "problem");
    } catch (error) {
      told(error.message, "problem");
    } finally {
      test.disabled = false;
      test.focus();
    }
  });
  return section("Receiver of events", el("p", {}, "A test event is of no account, and is sent once."), el("p", { class: "actions" }, test), outcome);
}

const sum = (counts) => Object.values(counts).reduce((all, one) => all + one, 0);

function shown({ now, totals, minutes, accounts }) {
  const [denied, degraded] = [sum(totals.denied), sum(totals.degraded)];
  const near = accounts.filter(({ nearest }) => nearest && nearest.used_percent >= NEAR).sort((one, other) => other.nearest.used_percent - one.nearest.used_percent);
  const top = [...accounts].sort((one, other) => other.requests - one.requests);
  const series = [["admitted", "Admitted"], ["denied", "Denied"]];
  return [
    el("dl", { class: "figures" }, figure("Admitted", totals.admitted), figure("Denied", denied), figure("Degraded", degraded), figure("Near a limit", near.length)),
    el("p", { class: "small" }, ["Since the gate was deployed, as isolates tell: after some twenty requests, and up to a minute late.", unasked(totals)].filter(Boolean).join(" ")),
    section("The last hour", bars({ title: "Requests in each minute", series, points: minutes, now, step: MINUTE, count: 60 })),
    el("div", { class: "columns" }, reasons(totals)),
    section("Near a limit", table(`Accounts at ${NEAR} % of a limit or more`, ["Account", "Limit", "#Used"], near.map(nearRow), "No account is.")),
    section("Top accounts", table("By their requests in this hour and the one before", TOP, top.map(row), "Nobody has asked.")),
  ];
}

/// How much was decided without an object.
function unasked({ in_isolate: here = {} }) {
  const told = [["repeated", "denials repeated by isolates"], ["lent", "spent of what was lent"], ["shed", "kept from objects that were late"]];
  const said = told.filter(([field]) => here[field] > 0).map(([field, name]) => `${number(here[field])} ${name}`);
  return said.length > 0 && `No object was asked about ${said.join(", ")}.`;
}

const figure = (name, value) => el("div", {}, el("dt", {}, name), el("dd", {}, number(value)));

const reasons = ({ denied, degraded }) => [
  section("Denied", table("Denials by reason", ["Reason", "#Denials"], counted(denied, reason), "Nothing was denied.")),
  section("Degraded", table("Decisions without something that was wanted", ["Why", "#Decisions"],
    counted(degraded, (why) => DEGRADED[why] ?? why), "Nothing was degraded.")),
];

function counted(counts, name) {
  const some = Object.entries(counts).filter(([, times]) => times > 0).sort(([, one], [, other]) => other - one);
  return some.map(([what, times]) => [name(what), number(times)]);
}

const nearRow = ({ account, nearest }) => [accountLink(account), nearest.limit, `${nearest.used_percent} %`];

function row({ account, requests, denied, nearest }) {
  const percent = nearest?.used_percent;
  const used = nearest && el("div", {}, `${nearest.limit}, ${percent} % `, meter(`${nearest.limit} of ${account}`, percent, 100, `${percent} % used`));
  return [accountLink(account), number(requests), el("span", { "aria-label": count(denied, "denial") }, number(denied)), used];
}
