// The protocol of a KV binding as workerd speaks it to a service: entries in memory, and faults on demand.
const entries = new Map();
let fault = null;

export default {
  async fetch(request) {
    const url = new URL(request.url);
    if (url.hostname === "control") return control(request, url);
    const name = decodeURIComponent(url.pathname.slice(1));
    const call = `${request.method} ${name}`;
    if (!fault || !new RegExp(fault.of).test(call)) return answer(request, url, name);
    // What fails late has been done. Without its body a call does not end.
    await (fault.late ? answer(request, url, name) : request.text());
    return new Response(fault.problem, { status: 500 });
  },
};

async function answer(request, url, name) {
  if (request.method === "PUT") return put(request, url, name);
  if (request.method === "DELETE") return done(entries.delete(name));
  if (request.method === "POST") return many(await request.json());
  if (name === "") return list(url.searchParams);
  const entry = entries.get(name);
  if (!entry) return new Response("not found", { status: 404 });
  return new Response(entry.value, { headers: entry.metadata ? { "CF-KV-Metadata": entry.metadata } : {} });
}

async function put(request, url, name) {
  const [metadata, seconds] = [request.headers.get("CF-KV-Metadata"), url.searchParams.get("expiration_ttl")];
  entries.set(name, { value: await request.text(), metadata, seconds });
  return done();
}

const done = () => new Response("");

const many = ({ keys }) => Response.json(Object.fromEntries(keys.map((name) => [name, entries.get(name)?.value ?? null])));

/// A cursor is the name that the page before it ended with.
function list(parameters) {
  const [prefix, limit, cursor] = [parameters.get("prefix") ?? "", Number(parameters.get("key_count_limit") ?? 1000), parameters.get("cursor")];
  if (cursor && !entries.has(cursor)) return new Response("invalid cursor", { status: 400 });
  const names = [...entries.keys()].filter((name) => name.startsWith(prefix) && (!cursor || name > cursor)).sort();
  const keys = names.slice(0, limit).map((name) => ({ name, metadata: entries.get(name).metadata ?? undefined }));
  const isLast = names.length <= limit;
  return Response.json({ keys, list_complete: isLast, ...(isLast ? {} : { cursor: keys.at(-1).name }) });
}

// Tests come in by a socket of their own.
async function control(request, url) {
  if (url.pathname === "/held") return Response.json([...entries].map(([key, entry]) => ({ key, ...entry })));
  if (url.pathname === "/fault") {
    const told = await request.json();
    fault = told.problem ? told : null;
  } else {
    for (const { key, value } of await request.json()) {
      if (value === null) entries.delete(key);
      else entries.set(key, { value });
    }
  }
  return done();
}
