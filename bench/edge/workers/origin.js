// The API behind every variant: a small answer, after as long as an exchange is to take on average (WAIT, in ms).
const BODY = JSON.stringify({ id: "event-1", name: "Night Ferry", venue: "Harbour Hall", rows: ["A", "B", "C", "D", "E", "F"], seatsPerRow: 10 });
const HEADERS = { "content-type": "application/json", "cache-control": "no-store" };

export default {
  async fetch(request, { WAIT }) {
    // Exponentially distributed, as of independent requests.
    if (WAIT > 0) await scheduler.wait(-Math.log(1 - Math.random()) * WAIT);
    return new Response(BODY, { headers: HEADERS });
  },
};
