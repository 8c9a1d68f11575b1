// The seat chart: deliberately slow, so that concurrency limits have something to bite on.
import { findEvent } from "./events.js";
import { wholeNumber } from "./parameters.js";

const CELL = 24;
const MARGIN = 40;
const COLOURS = { free: "#2e9e5b", held: "#e0a100", booked: "#b8bcc4" };

export async function seatChart({ env, url, params }) {
  const event = findEvent(params.id);
  const delay = wholeNumber(url, "delay", { min: 0, max: 30_000, fallback: 250 });
  await scheduler.wait(delay);
  const states = await env.SEATS.getByName(event.id).states();
  return new Response(drawChart(event, states), {
    headers: { "Content-Type": "image/svg+xml; charset=utf-8", "Cache-Control": "no-store" },
  });
}

function drawChart(event, states) {
  const width = 2 * MARGIN + event.seatsPerRow * CELL;
  const height = 2 * MARGIN + event.rows.length * CELL;
  const title = escapeXml(`${event.name}, ${event.venue}`);
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}"
 font-family="sans-serif" font-size="12">
<title>${title}</title>
<text x="${MARGIN}" y="24" font-size="14">${title}</text>
${event.rows.map((row, n) => drawRow(row, MARGIN + n * CELL, event.seatsPerRow, states)).join("\n")}
${drawLegend(height - 12)}
</svg>
`;
}

function drawRow(row, y, seats, states) {
  const label = `<text x="20" y="${y + 14}">${row}</text>`;
  return label + Array.from({ length: seats }, (_, n) => drawSeat(`${row}-${n + 1}`, MARGIN + n * CELL, y, states)).join("");
}

function drawSeat(seat, x, y, states) {
  const state = states[seat] ?? "free";
  return `<rect x="${x}" y="${y}" width="20" height="20" rx="4" fill="${COLOURS[state]}"><title>${seat} ${state}</title></rect>`;
}

function drawLegend(y) {
  return Object.entries(COLOURS)
    .map(([state, colour], n) => `<text x="${MARGIN + n * 70}" y="${y}" fill="${colour}">■ ${state}</text>`)
    .join("");
}

function escapeXml(text) {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}
