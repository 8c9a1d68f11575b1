// Passes requests on with headers of its own, both ways.
export default {
  async fetch(request, { ORIGIN }) {
    const headers = new Headers(request.headers);
    headers.set("x-account", request.headers.get("x-api-key"));
    const answer = await ORIGIN.fetch(new Request(request, { headers }));
    const told = new Headers(answer.headers);
    told.set("ratelimit", '"minute";r=199;t=60');
    told.set("ratelimit-policy", '"minute";q=200;w=60');
    return new Response(answer.body, { status: answer.status, headers: told });
  },
};
