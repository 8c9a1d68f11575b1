// The protocol of a KV binding as workerd speaks it to a service: values in memory, and faults on demand.
const values = new Map();
let fault = null;

export default {
  async fetch(request) {
    const url = new URL(request.url);
    if (url.hostname === "control") return control(request, url);
    if (fault) return new Response(fault, { status: 500 });
    const value = values.get(decodeURIComponent(url.pathname.slice(1)));
    return value === undefined ? new Response("not found", { status: 404 }) : new Response(value);
  },
};

// Tests come in by a socket of their own.
async function control(request, url) {
  if (url.pathname === "/fault") {
    fault = (await request.text()) || null;
  } else {
    for (const { key, value } of await request.json()) {
      if (value === null) values.delete(key);
      else values.set(key, value);
    }
  }
  return new Response("ok");
}
