// Command lines of the form --name VALUE.
import { Stop } from "./run.mjs";

// The values of `options` ({ name: default }) as given; --help gives undefined.
export function readArguments(words, options, usage) {
  const values = { ...options };
  for (let at = 0; at < words.length; at += 2) {
    const [word, value] = [words[at], words[at + 1]];
    if (word === "--help" || word === "-h") return undefined;
    const name = word.replace(/^--/, "");
    if (!word.startsWith("--") || !(name in options)) throw new Stop(`${word}: no such option\n${usage}`);
    if (value === undefined) throw new Stop(`${word}: its value is missing\n${usage}`);
    values[name] = value;
  }
  return values;
}
