// Answers about the request itself.
import { json, refuse } from "./respond.js";

export function health() {
  return new Response("ok", { headers: { "Cache-Control": "no-store" } });
}

// What the gate lets through and what it adds.
export function whoami({ request, url }) {
  return json({
    method: request.method,
    path: url.pathname,
    query: url.search.slice(1),
    headers: Object.fromEntries(request.headers),
  });
}

export function status({ params }) {
  if (!/^[2-5]\d\d$/.test(params.code)) refuse(400, "invalid_status", "The status must be from 200 to 599");
  const code = Number(params.code);
  if ([204, 205, 304].includes(code)) return new Response(null, { status: code });
  const headers = code >= 300 && code < 400 ? { Location: "/v1/events" } : {};
  return json({ status: code }, { status: code, headers });
}
