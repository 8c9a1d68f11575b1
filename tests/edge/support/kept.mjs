// What a gate leaves on its disk.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

const folderOf = (gate, kind) => join(gate.folder, "objects", kind);

/// All files of a gate's objects, as one text of bytes: databases and what is still in their logs.
export function bytesKept(gate) {
  const folder = join(gate.folder, "objects");
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return files.map(({ parentPath, name }) => `${name}\n${readFileSync(join(parentPath, name), "latin1")}`).join("\n");
}

/// The objects of a kind, `account` or `shard`, each with its rows and their bytes. The gate must have stopped.
export function objectsKept(gate, kind) {
  const isObject = (name) => name.endsWith(".sqlite") && name !== "metadata.sqlite";
  return readdirSync(folderOf(gate, kind)).filter(isObject).map((name) => {
    const database = new DatabaseSync(join(folderOf(gate, kind), name));
    const kept = database.prepare("SELECT count(*) AS rows, sum(length(bytes)) AS bytes, max(length(bytes)) AS largest FROM pages").get();
    database.close();
    return kept;
  });
}
