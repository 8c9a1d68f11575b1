// What a benchmark is told on its command line.
import { resolve } from "node:path";
import { readArguments } from "../../scripts/arguments.mjs";
import { Stop } from "../../scripts/run.mjs";

/// The options as given, with `usual` values for those that are not, or `quick` ones if --quick is among the words.
export function readQuickly(options, usual, quick, usage) {
  const words = process.argv.slice(2);
  const others = words.filter((word) => word !== "--quick");
  return readArguments(others, { ...options, ...(words.includes("--quick") ? quick : usual) }, usage);
}

/// The names of a list, each one of `names`.
export function oneOf(list, names) {
  const given = list.split(",");
  for (const name of given) if (!names.includes(name)) throw new Stop(`--only: found ${name}, allowed: ${names.join(", ")}`);
  return given;
}

/// Paths are meant from where the command was given, also when npm runs it from the package's folder.
export const pathOf = (file) => file && resolve(process.env.INIT_CWD ?? process.cwd(), file);

export const WHOLE = /^\d+$/;

/// The number that a text is, of that `form`.
export function number(name, text, least, most, form = /^\d+(\.\d+)?$/) {
  if (!form.test(text) || Number(text) < least || Number(text) > most) throw new Stop(`--${name}: found ${text}, allowed: ${least} to ${most}`);
  return Number(text);
}
