# The demo origin on plain workerd, as `npm start` runs it.
using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (name = "demo", worker = .demo),
    (name = "seats", disk = (writable = true)) ],
  sockets = [ (name = "http", address = "127.0.0.1:9797", http = (), service = "demo") ] );

const demo :Workerd.Worker = (
  modules = [
    (name = "index.js", esModule = embed "src/index.js"),
    (name = "body.js", esModule = embed "src/body.js"),
    (name = "booking.js", esModule = embed "src/booking.js"),
    (name = "chart.js", esModule = embed "src/chart.js"),
    (name = "cors.js", esModule = embed "src/cors.js"),
    (name = "downloads.js", esModule = embed "src/downloads.js"),
    (name = "events.js", esModule = embed "src/events.js"),
    (name = "gzip.js", esModule = embed "src/gzip.js"),
    (name = "parameters.js", esModule = embed "src/parameters.js"),
    (name = "probes.js", esModule = embed "src/probes.js"),
    (name = "reports.js", esModule = embed "src/reports.js"),
    (name = "respond.js", esModule = embed "src/respond.js"),
    (name = "router.js", esModule = embed "src/router.js"),
    (name = "seats.js", esModule = embed "src/seats.js"),
    (name = "sessions.js", esModule = embed "src/sessions.js"),
    (name = "streams.js", esModule = embed "src/streams.js") ],
  compatibilityDate = "2026-07-30",
  compatibilityFlags = ["nodejs_compat"],
  durableObjectNamespaces = [ (className = "EventSeats", uniqueKey = "seats", enableSql = true) ],
  durableObjectStorage = (localDisk = "seats"),
  bindings = [
    (name = "SEATS", durableObjectNamespace = "EventSeats"),
    (name = "HOLD_SECONDS", json = "600") ] );
