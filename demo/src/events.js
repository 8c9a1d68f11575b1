// The events on sale: generated, the same on every start.
import { wholeNumber } from "./parameters.js";
import { json, refuse } from "./respond.js";

const ACTS = ["Night Ferry", "Paper Lanterns", "The Long Division", "Salt & Cedar", "Slow Comet", "Copper Choir"];
const VENUES = ["Harbour Hall", "Old Tram Depot", "North Pavilion", "Glasshouse"];
const FIRST_NIGHT = Date.UTC(2027, 0, 8, 19, 30);
const DAY_MS = 24 * 60 * 60 * 1000;

const events = Array.from({ length: 36 }, (_, n) => ({
  id: `event-${n + 1}`,
  name: ACTS[n % ACTS.length],
  venue: VENUES[n % VENUES.length],
  startsAt: new Date(FIRST_NIGHT + n * 3 * DAY_MS).toISOString(),
  rows: "ABCDEFGHIJ".slice(0, 6 + (n % 5)).split(""),
  seatsPerRow: 10 + (n % 3) * 4,
}));
const positions = new Map(events.map(({ id }, position) => [id, position]));

export function listEvents({ url }) {
  const limit = wholeNumber(url, "limit", { min: 1, max: 100, fallback: 10 });
  const start = afterCursor(url.searchParams.get("cursor"));
  const data = events.slice(start, start + limit);
  const more = start + limit < events.length;
  return json({ data, nextCursor: more ? cursorAfter(data.at(-1)) : null });
}

export function getEvent({ params }) {
  return json(findEvent(params.id));
}

export function findEvent(id) {
  return events[positions.get(id)] ?? refuse(404, "event_not_found", `There is no event ${id}`);
}

export function seatNames({ rows, seatsPerRow }) {
  return rows.flatMap((row) => Array.from({ length: seatsPerRow }, (_, n) => `${row}-${n + 1}`));
}

// Opaque on purpose: callers should hand it back, not build one.
function cursorAfter(event) {
  return btoa(`after ${event.id}`).replaceAll("=", "");
}

function afterCursor(cursor) {
  if (cursor === null) return 0;
  const last = events.findIndex((event) => cursorAfter(event) === cursor);
  return last >= 0 ? last + 1 : refuse(400, "invalid_cursor", "cursor is not one that this list gave");
}
