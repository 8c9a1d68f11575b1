// The Rust Worker that asks an object and limits nothing, built as the gate is.
import { join } from "node:path";
import { buildWorker, TOOL_INPUTS } from "../../scripts/build.mjs";
import { root } from "../../scripts/tools.mjs";

export const floorFolder = join(root, "target", "floor");

export const buildFloor = () => buildWorker({
  what: "the floor", crate: join(root, "bench", "floor"), folder: floorFolder, library: "floor", shim: "worker.js",
  inputs: ["bench/floor/src", "bench/floor/Cargo.toml", "bench/floor/Cargo.lock", ...TOOL_INPUTS],
});
