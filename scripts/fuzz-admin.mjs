// Fuzzes the gate's own endpoints by their description, with each token and without any. `npm run fuzz:admin -- --help`
import { join } from "node:path";
import { ADMIN, READER, TOKENS } from "../tests/edge/support/admin.mjs";
import { KEYS, ticksupplyWith } from "../tests/edge/support/setup.mjs";
import { startGate } from "../tests/edge/support/workerd.mjs";
import { readArguments } from "./arguments.mjs";
import { build } from "./build.mjs";
import { buildKvTool } from "./local-state.mjs";
import { ensurePythonPackage, pathOf, SCHEMATHESIS } from "./python-packages.mjs";
import { main, run, say, Stop } from "./run.mjs";
import { setup } from "./setup.mjs";
import { root } from "./tools.mjs";

const USAGE = `usage: npm run fuzz:admin -- [--examples 100] [--seed 1]
Sends what the description of the gate's own endpoints allows and what it does not, so many examples for each of them, to a gate
started for that. No answer may be a 5xx, look otherwise than described, or let in who bears no token.`;

const DOCUMENT = join(root, "src/edge/admin/openapi.json");
// What is malformed is refused by rules that no schema says, and a verdict on it is no refusal: the other checks would be wrong.
const CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance,ignored_auth";

const EVERY_CHECK = `${CHECKS},unsupported_method`;

await main(import.meta.url, async () => {
  const given = readArguments(process.argv.slice(2), { examples: "100", seed: "1" }, USAGE);
  if (!given) return console.log(USAGE);
  if (!Object.values(given).every((number) => /^[1-9]\d{0,5}$/.test(number))) throw new Stop(USAGE);
  await setup();
  await ensurePythonPackage(SCHEMATHESIS);
  await Promise.all([build(), buildKvTool()]);
  const gate = await startGate({ policy: ticksupplyWith(), keys: KEYS, origin: "http://127.0.0.1:9", vars: TOKENS });
  try {
    await fuzz(gate, "who may change", ADMIN, EVERY_CHECK, given);
    const held = JSON.stringify(await gate.heldInKv());
    await fuzz(gate, "who may look", READER, EVERY_CHECK, given);
    // Whoever is unknown is told so before anything else, such as which methods there are.
    await fuzz(gate, "whom nobody knows", "x".repeat(32), CHECKS, given);
    if (JSON.stringify(await gate.heldInKv()) !== held) throw new Stop("KV was changed by who may not.");
  } finally {
    await gate.stop();
  }
});

async function fuzz(gate, who, token, checks, { examples, seed }) {
  say(`\n== By ${who}`);
  const words = ["-m", "schemathesis.cli", "run", DOCUMENT, "--url", gate.url, "--header", `Authorization: Bearer ${token}`, "--checks", checks,
    "--max-examples", examples, "--seed", seed, "--phases", "examples,coverage,fuzzing", "--generation-database", "none", "--no-color"];
  const env = { ...process.env, PYTHONPATH: pathOf(SCHEMATHESIS) };
  const status = await run("python3", words, { cwd: join(root, "target"), env });
  if (status !== 0) throw new Stop(`The gate's own endpoints: not as described (status ${status}); how, is above.`);
}
