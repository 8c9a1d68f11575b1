// Whether a build is of what is there now.
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { isAbsolute, join, relative, sep } from "node:path";
import { root } from "./tools.mjs";

// One hash over the names and contents of files, of whole folders, and over `facts` (strings).
export function fingerprint(paths, facts) {
  const hash = createHash("sha256").update(JSON.stringify(facts));
  for (const file of paths.flatMap(filesUnder)) {
    const content = readFileSync(join(root, file));
    hash.update(`\0${file}\0${content.length}\0`).update(content);
  }
  return hash.digest("hex");
}

function filesUnder(path) {
  const full = join(root, path);
  if (!existsSync(full)) return [];
  if (!statSync(full).isDirectory()) return [path];
  return readdirSync(full).sort().flatMap((name) => filesUnder(join(path, name)));
}

// The project's files that the compiler read (as cargo lists them) and `paths` do not cover.
export function uncovered(depInfo, paths) {
  if (!existsSync(depInfo)) return [];
  const [, list = ""] = readFileSync(depInfo, "utf8").match(/^.*?: (.*)$/m) ?? [];
  const names = list.split(/(?<!\\) /).map((name) => name.replaceAll("\\ ", " "));
  const read = names.map((name) => relative(root, name));
  const ours = read.filter((name) => !name.startsWith("..") && !isAbsolute(name) && !name.startsWith(`target${sep}`));
  return ours.filter((name) => !paths.some((path) => name === path || name.startsWith(path + sep)));
}
