// Copies the state of a gate that may be running: each database as it is at one instant.
import { copyFileSync, existsSync, mkdirSync, readdirSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { backup, DatabaseSync } from "node:sqlite";
import { readArguments } from "./arguments.mjs";
import { main, say, Stop } from "./run.mjs";

const USAGE = `usage: npm run self-host:backup -- --to DIR [--state DIR]

  --to DIR       a folder that is not there yet
  --state DIR    where the gate has its state    (headgate-state)`;

await main(import.meta.url, async () => {
  const given = readArguments(process.argv.slice(2), { to: undefined, state: "headgate-state" }, USAGE);
  if (!given) return console.log(USAGE);
  if (!given.to) throw new Stop(USAGE);
  const here = process.env.INIT_CWD ?? process.cwd();
  const [to, state] = [given.to, given.state].map((folder) => resolve(here, folder));
  if (existsSync(to)) throw new Stop(`${to}: is there already, allowed: a folder that is not`);
  if (!existsSync(join(state, "objects"))) throw new Stop(`${state}: holds no state of a gate`);
  mkdirSync(to, { recursive: true, mode: 0o700 });
  if (existsSync(join(state, "hash-key"))) copyFileSync(join(state, "hash-key"), join(to, "hash-key"));
  const databases = readdirSync(join(state, "objects"), { recursive: true }).filter((name) => name.endsWith(".sqlite"));
  // The lists of alarms last: one of an object that is not there finds nothing to do.
  const isList = (name) => name.endsWith("metadata.sqlite");
  for (const name of databases.sort((one, other) => isList(one) - isList(other))) await copied(join(state, "objects", name), join(to, "objects", name));
  say(`${databases.length} databases are in ${to}.`);
});

async function copied(from, to) {
  let database;
  try {
    database = new DatabaseSync(from, { readOnly: true });
  } catch (error) {
    // An object that is over is deleted by its gate.
    if (existsSync(from)) throw error;
    return;
  }
  mkdirSync(dirname(to), { recursive: true });
  await backup(database, to);
  database.close();
}
