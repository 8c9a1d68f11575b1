// The seats of one event. No method awaits anything, so each one is atomic:
// nothing else runs between looking at the seats and taking them.
import { DurableObject } from "cloudflare:workers";

const TABLE = `CREATE TABLE IF NOT EXISTS seats (
  seat TEXT PRIMARY KEY,
  state TEXT NOT NULL CHECK (state IN ('held', 'booked')),
  token TEXT,
  expires_at INTEGER
)`;
const TAKEN = "SELECT seat, state, token FROM seats WHERE state = 'booked' OR expires_at > ?";
const TAKE = "INSERT OR REPLACE INTO seats (seat, state, token, expires_at) VALUES (?, ?, ?, ?)";

export class EventSeats extends DurableObject {
  constructor(ctx, env) {
    super(ctx, env);
    ctx.storage.sql.exec(TABLE);
  }

  // {"A-1": "held", …}; a seat not named is free.
  states() {
    return Object.fromEntries(this.#taken().map(({ seat, state }) => [seat, state]));
  }

  hold(seats, token) {
    const expiresAt = Date.now() + Number(this.env.HOLD_SECONDS) * 1000;
    const conflicts = this.#take(seats, "held", token, expiresAt);
    return { conflicts, expiresAt };
  }

  book(seats, token) {
    const conflicts = this.#take(seats, "booked", token, null);
    return { conflicts, bookingId: crypto.randomUUID() };
  }

  // All or none: returns the seats that stood in the way.
  #take(seats, state, token, expiresAt) {
    const conflicts = this.#conflicts(seats, token);
    if (conflicts.length > 0) return conflicts;
    this.ctx.storage.transactionSync(() => {
      for (const seat of seats) this.ctx.storage.sql.exec(TAKE, seat, state, token, expiresAt);
    });
    return [];
  }

  #conflicts(seats, token) {
    const others = this.#taken().filter((taken) => taken.state === "booked" || taken.token !== token);
    const names = new Set(others.map(({ seat }) => seat));
    return seats.filter((seat) => names.has(seat));
  }

  // An expired hold is simply no longer seen; the next taker overwrites its row.
  #taken() {
    return this.ctx.storage.sql.exec(TAKEN, Date.now()).toArray();
  }
}
