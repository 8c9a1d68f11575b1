// Proves that the tests bite: each fault of mutations.json is planted in a copy of the tree, and its tests must fail.
import { plantAll } from "./plant.mjs";
import { main, Stop } from "./run.mjs";

const HELP = "npm run mutate [-- TEXT]: only the faults whose file or reason has TEXT in it";

await main(import.meta.url, async () => {
  const [text = ""] = process.argv.slice(2);
  if (text.startsWith("-")) throw new Stop(HELP);
  await plantAll("mutations.json", text, (faults) => {
    const tests = [...new Set(faults.flatMap((fault) => fault.tests))];
    const args = ["test", "--quiet", ...tests.flatMap((test) => ["--test", test])];
    return { build: [...args, "--no-run"], check: args, by: tests.join(", ") };
  });
});
