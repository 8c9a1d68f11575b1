// The demo origin: a ticket API without authentication, which is the gate's job.
import { bookSeats, holdSeats } from "./booking.js";
import { seatChart } from "./chart.js";
import { download } from "./downloads.js";
import { getEvent, listEvents } from "./events.js";
import { health, status, whoami } from "./probes.js";
import { report } from "./reports.js";
import { router } from "./router.js";
import { createSessionToken } from "./sessions.js";
import { echo, eventStream, socket } from "./streams.js";

export { EventSeats } from "./seats.js";

const fetch = router([
  ["GET",      "/v1/events",                 listEvents],
  ["GET",      "/v1/events/:id",             getEvent],
  ["GET",      "/v1/events/:id/chart",       seatChart],
  ["POST",     "/v1/events/:id/hold",        holdSeats],
  ["POST",     "/v1/events/:id/book",        bookSeats],
  ["POST",     "/v1/session-tokens",         createSessionToken],
  ["GET",      "/v1/reports/:id",            report],
  ["GET",      "/v1/downloads/:name.csv.gz", download],
  ["POST PUT", "/v1/echo",                   echo],
  ["GET",      "/v1/stream",                 eventStream],
  ["GET",      "/v1/socket",                 socket],
  ["GET",      "/v1/whoami",                 whoami],
  ["GET",      "/health",                    health],
  ["ANY",      "/status/:code",              status],
]);

export default { fetch };
