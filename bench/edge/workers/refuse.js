// Refuses every request: the least that a denial can cost.
const BODY = JSON.stringify({ error: { code: "rate_limited", message: "Rate limit exceeded. Retry after 18 seconds." } });
const HEADERS = {
  "content-type": "application/json", "cache-control": "no-store", "retry-after": "18",
  ratelimit: '"minute";r=0;t=18', "ratelimit-policy": '"minute";q=200;w=60',
};

export default {
  fetch() {
    return new Response(BODY, { status: 429, headers: HEADERS });
  },
};
