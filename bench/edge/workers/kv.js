// The protocol of a KV binding: values that never change (VALUES, by name), and how often they were read.
let reads = 0;

export default {
  fetch(request, { VALUES }) {
    const { hostname, pathname } = new URL(request.url);
    if (hostname === "counts") return Response.json({ reads });
    reads += 1;
    const value = VALUES[decodeURIComponent(pathname.slice(1))];
    return value === undefined ? new Response("not found", { status: 404 }) : new Response(value);
  },
};
