// The key directory.
import { call, mayChange, read } from "../api.js";
import { ask, field } from "../dialog.js";
import { accountLink, button, el, replace, section, table } from "../element.js";
import { instant } from "../words.js";

const COLUMNS = ["Label", "Account", "Tier", "Hash", "Since"];

export function keys(account) {
  const place = el("div", { "aria-busy": "true" }, el("p", {}, "Looking …"));
  const query = (after) => {
    const said = Object.entries({ after, account: account || undefined }).filter(([, value]) => value !== undefined);
    return said.length === 0 ? "keys" : `keys?${said.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join("&")}`;
  };
  let listed = [];
  const load = async (after) => {
    try {
      const page = await read(query(after));
      listed = after === undefined ? page.keys : [...listed, ...page.keys];
      const rows = listed.map((key) => row(key, () => load()));
      replace(place, table(account ? `Keys of ${account}` : "Keys", mayChange() ? [...COLUMNS, "Change"] : COLUMNS, rows, "No key is known."),
        page.next !== null && button("More", () => load(page.next)));
    } catch (error) {
      replace(place, el("p", { class: "problem" }, error.message));
    }
    place.removeAttribute("aria-busy");
  };
  load();
  const add = mayChange() && el("p", { class: "actions" }, button("Put a key", () => put(account).then((done) => done && load())),
    button("Revoke a key", () => revokeTyped().then((done) => done && load())));
  const known = "Of keys only keyed hashes are kept; none is ever shown. KV may take a minute to show a change.";
  return [filter(account), add, section("In the directory", el("p", {}, known), place)];
}

function filter(account) {
  const open = (event) => {
    event.preventDefault();
    const asked = new FormData(event.target).get("account");
    location.hash = asked ? `#/keys?account=${encodeURIComponent(asked)}` : "#/keys";
  };
  return el("form", { class: "row", role: "search", "aria-label": "Keys", onsubmit: open },
    field("Only of the account", "account", { required: false, value: account ?? "" }), el("button", { type: "submit" }, "Show"));
}

function row(key, changed) {
  const { hash, account, tier, label, version } = key;
  const told = [label, account === null ? "Does not read: its key gets a 503" : accountLink(account), tier, el("code", {}, hash),
    version === null ? "" : instant(version * 1_000)];
  const [name, whose] = [label ?? hash.slice(0, 12), account === null ? "" : ` of ${account}`];
  const revoke = () => ask({
    title: "Revoke this key?", action: "Revoke", isGrave: true,
    tells: () => `From now on the key ${name}${whose} is refused, and its record goes. Who still may ask needs another one.`,
    act: () => revoked({ hash }),
  }).then((done) => done && changed());
  return mayChange() ? [...told, button("Revoke", revoke, { key: `revoke ${hash}`, kind: "grave", "aria-label": `Revoke ${name}` })] : told;
}

async function revoked(named) {
  const { account, at_once: isAtOnce } = await call("POST", "keys/revoke", named);
  const whose = account === null ? "The key" : `A key of ${account}`;
  return isAtOnce ? `${whose} is revoked.` : `${whose} is refused within three minutes.`;
}

const revokeTyped = () => ask({
  title: "Revoke a key", action: "Revoke", isGrave: true,
  fields: [field("Key", "key", { maxlength: 512 }, "Or its hash of 64 hexadecimal digits.")],
  tells: () => "From now on it is refused, and its record goes.",
  act: ({ key }) => revoked(/^[0-9a-fA-F]{64}$/.test(key) ? { hash: key } : { key }),
});

const put = (account) => ask({
  title: "Put a key", action: "Put it",
  fields: [
    field("Key", "key", { maxlength: 512 }, "Visible ASCII characters without a comma."),
    field("Account", "account", { maxlength: 128, value: account ?? "" }),
    field("Tier", "tier", { maxlength: 64 }, "One of the policy."),
    field("Label", "label", { maxlength: 128, required: false }, "What people know it by."),
  ],
  tells: ({ account: whose, tier }) => (whose && tier ? `The key is one of ${whose}, which is in the tier ${tier} from then on. It works within about a minute.` : ""),
  act: async ({ key, account: whose, tier, label }) => {
    const record = await call("PUT", "keys", { key, account: whose, tier, ...(label && { label }) });
    return `A key of ${record.account} is put: ${record.label ?? record.hash.slice(0, 12)}.`;
  },
});
