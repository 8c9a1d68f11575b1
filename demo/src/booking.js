// Holding and booking: checks what was asked, then leaves the decision to the event's object.
import { readJson } from "./body.js";
import { findEvent, seatNames } from "./events.js";
import { json, refuse } from "./respond.js";

const MOST_SEATS = 20;

export async function holdSeats({ request, env, params }) {
  const event = findEvent(params.id);
  const { seats, holdToken } = await readOrder(request, event);
  if (holdToken === null) refuse(400, "invalid_body", "holdToken is needed to hold seats");
  const { conflicts, expiresAt } = await env.SEATS.getByName(event.id).hold(seats, holdToken);
  refuseIfTaken(conflicts);
  return json({ event: event.id, seats, holdToken, expiresAt: new Date(expiresAt).toISOString() });
}

export async function bookSeats({ request, env, params }) {
  const event = findEvent(params.id);
  const { seats, holdToken } = await readOrder(request, event);
  const { conflicts, bookingId } = await env.SEATS.getByName(event.id).book(seats, holdToken);
  refuseIfTaken(conflicts);
  return json({ bookingId, event: event.id, seats });
}

async function readOrder(request, event) {
  const { seats, holdToken = null } = await readJson(request);
  checkSeats(seats, event);
  if (holdToken !== null && !isToken(holdToken)) {
    refuse(400, "invalid_body", "holdToken must be 1 to 100 printable ASCII characters");
  }
  return { seats, holdToken };
}

function checkSeats(seats, event) {
  if (!Array.isArray(seats) || seats.length < 1 || seats.length > MOST_SEATS) {
    refuse(400, "invalid_body", `seats must be a list of 1 to ${MOST_SEATS} seats`);
  }
  const known = new Set(seatNames(event));
  if (!seats.every((seat) => known.has(seat))) {
    refuse(400, "unknown_seat", `${event.id} has seats ${[...known][0]} to ${[...known].at(-1)}`);
  }
  if (new Set(seats).size < seats.length) refuse(400, "invalid_body", "seats names a seat twice");
}

function isToken(value) {
  return typeof value === "string" && /^[\x21-\x7e]{1,100}$/.test(value);
}

function refuseIfTaken(conflicts) {
  if (conflicts.length === 0) return;
  refuse(409, "seats_taken", `Already taken: ${conflicts.join(", ")}`, { seats: conflicts });
}
