// KV on this machine: what workerd says to a service that is bound as a namespace, and one database that holds the entries. An entry is
// on disk before its writer is answered, and read by all from then on.
import { DurableObject } from "cloudflare:workers";

export default { fetch: (request, env) => env.ENTRIES.getByName("entries").fetch(request) };

/// Above every character that a name can hold.
const LAST = "\u{10ffff}";
const LIVE = "(expires IS NULL OR expires > ?1)";

export class Entries extends DurableObject {
  constructor(state, env) {
    super(state, env);
    const { sql } = state.storage;
    sql.exec(`CREATE TABLE IF NOT EXISTS entries (name TEXT PRIMARY KEY, value TEXT NOT NULL, metadata TEXT, expires INTEGER) WITHOUT ROWID;
      CREATE INDEX IF NOT EXISTS expiring ON entries (expires) WHERE expires IS NOT NULL`);
    this.rows = (query, ...values) => sql.exec(query, Date.now(), ...values).toArray();
  }

  async fetch(request) {
    const url = new URL(request.url);
    const name = decodeURIComponent(url.pathname.slice(1));
    switch (request.method) {
      case "GET":
        return name === "" ? this.list(url.searchParams) : this.get(name);
      case "PUT":
        return this.put(name, request, url.searchParams);
      case "DELETE":
        this.rows("DELETE FROM entries WHERE name = ?2 OR expires <= ?1", name);
        return new Response();
      case "POST":
        return this.many(await request.json());
      default:
        return new Response("no such call", { status: 405 });
    }
  }

  get(name) {
    const [entry] = this.rows(`SELECT value, metadata FROM entries WHERE name = ?2 AND ${LIVE}`, name);
    if (!entry) return new Response("no such entry", { status: 404 });
    return new Response(entry.value, { headers: entry.metadata === null ? {} : { "CF-KV-Metadata": entry.metadata } });
  }

  /// Names and their texts, or null.
  many({ keys }) {
    const value = (name) => this.rows(`SELECT value FROM entries WHERE name = ?2 AND ${LIVE}`, name)[0]?.value ?? null;
    return Response.json(Object.fromEntries(keys.map((name) => [name, value(name)])));
  }

  async put(name, request, parameters) {
    const [value, metadata] = [await request.text(), request.headers.get("CF-KV-Metadata")];
    const seconds = parameters.get("expiration_ttl");
    const expires = seconds === null ? null : Date.now() + 1_000 * Number(seconds);
    this.rows("DELETE FROM entries WHERE expires <= ?1");
    this.rows("INSERT OR REPLACE INTO entries SELECT ?2, ?3, ?4, ?5 WHERE ?1", name, value, metadata, expires);
    return new Response();
  }

  /// A page of names in their order. A cursor is the name that the page before it ended with.
  list(parameters) {
    const [prefix, cursor] = [parameters.get("prefix") ?? "", parameters.get("cursor")];
    if (cursor && !cursor.startsWith(prefix)) return new Response("no such cursor", { status: 400 });
    const limit = Math.min(Number(parameters.get("key_count_limit") ?? 1_000), 1_000);
    const within = cursor ? "name > ?2" : "name >= ?2";
    const found = this.rows(`SELECT name, metadata FROM entries WHERE ${within} AND name < ?3 AND ${LIVE} ORDER BY name LIMIT ?4`,
      cursor || prefix, prefix + LAST, limit + 1);
    const keys = found.slice(0, limit).map(({ name, metadata }) => ({ name, metadata: metadata ?? undefined }));
    if (found.length <= limit) return Response.json({ keys, list_complete: true });
    return Response.json({ keys, list_complete: false, cursor: keys.at(-1).name });
  }
}
