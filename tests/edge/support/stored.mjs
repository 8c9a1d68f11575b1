// What objects have stored, looked at and changed while the gate is down.
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

/// Objects of a kind, "account" or "shard", that have rows: their rows by page, and when their alarm comes, in ms.
export function stored(gate, kind) {
  const objects = databases(gate, kind).map(([id, database]) => {
    const rows = tables(database).includes("pages") ? database.prepare("SELECT page, bytes FROM pages").all() : [];
    const [alarm] = tables(database).includes("_cf_METADATA") ? exactly(database, "SELECT value FROM _cf_METADATA WHERE key = 1").all() : [];
    database.close();
    const hex = rows.map(({ page, bytes }) => [page, Buffer.from(bytes).toString("hex")]);
    return { id, rows: Object.fromEntries(hex), alarm: alarm?.value && Number(alarm.value / 1_000_000n) };
  });
  return objects.filter(({ rows }) => Object.keys(rows).length > 0);
}

/// Writes all rows of an object anew, each by what it says of the old one.
export function rewrite(gate, kind, id, change) {
  const [[, database]] = databases(gate, kind).filter(([known]) => known === id);
  for (const { page, bytes } of database.prepare("SELECT page, bytes FROM pages").all()) {
    const row = Buffer.from(change(Buffer.from(bytes).toString("hex")), "hex");
    database.prepare("UPDATE pages SET bytes = ? WHERE page = ?").run(row, page);
  }
  database.close();
}

/// Moves the alarm of an object: it is kept in its own storage and in the list of the whole kind.
export function moveAlarm(gate, kind, id, ms) {
  const at = BigInt(ms) * 1_000_000n;
  const [[, database]] = databases(gate, kind).filter(([known]) => known === id);
  database.prepare("UPDATE _cf_METADATA SET value = ? WHERE key = 1").run(at);
  database.close();
  const list = new DatabaseSync(join(gate.folder, "objects", kind, "metadata.sqlite"));
  list.prepare("UPDATE _cf_ALARM SET scheduled_time = ? WHERE actor_id = ?").run(at, id);
  list.close();
}

function databases(gate, kind) {
  const folder = join(gate.folder, "objects", kind);
  const names = readdirSync(folder).filter((name) => name.endsWith(".sqlite") && name !== "metadata.sqlite");
  return names.map((name) => [name.slice(0, -".sqlite".length), new DatabaseSync(join(folder, name))]);
}

const tables = (database) => database.prepare("SELECT name FROM sqlite_master").all().map(({ name }) => name);

/// Nanoseconds do not fit into a number.
function exactly(database, query) {
  const statement = database.prepare(query);
  statement.setReadBigInts(true);
  return statement;
}
