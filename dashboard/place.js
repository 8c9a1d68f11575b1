// Where in a JSON text something stands.

/// The part of the text that a path such as "tiers.standard.limits[0].units" names: its beginning and end, or null. The text may be
/// wrong elsewhere, and behind the place.
export function placeOf(text, path) {
  return found(text, (reader) => reader.find(steps(path)));
}

const steps = (path) => [...path.matchAll(/\[(\d+)\]|\["((?:[^"\\]|\\.)*)"\]|([^.[\]]+)/g)].map(([, at, quoted, name]) => (at === undefined ? quoted ?? name : Number(at)));

function found(text, look) {
  try {
    return look(new Reader(text));
  } catch {
    return null;
  }
}

/// What a verdict finds wrong stands there: its beginning and end in the text, or null if that is nowhere.
export function placeOfWrong(text, { message, where, found: what }) {
  const [, line, column] = / at line (\d+) column (\d+)/.exec(message) ?? [];
  if (where === null) return line ? Array(2).fill(offsetOf(text, Number(line), Number(column))) : null;
  const path = where === "the document" ? "" : where;
  const unknown = /^unknown field "(.*)"$/.exec(what)?.[1];
  const named = unknown && found(text, (reader) => reader.findName(steps(path), unknown));
  return named || placeOf(text, path);
}

/// The line of an offset, from 1.
export const lineOf = (text, offset) => text.slice(0, offset).split("\n").length;

/// The offset of a line's and a column's beginning, both from 1.
function offsetOf(text, line, column) {
  const lines = text.split("\n");
  const before = lines.slice(0, line - 1).reduce((sum, it) => sum + it.length + 1, 0);
  return Math.min(text.length, before + Math.min(column - 1, lines[line - 1]?.length ?? 0));
}

class Reader {
  constructor(text) {
    this.text = text;
    this.at = 0;
  }

  blank() {
    while (/\s/.test(this.text[this.at] ?? "x")) this.at += 1;
  }

  take(pattern) {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text);
    if (!found) throw new SyntaxError(`at ${this.at}`);
    this.at += found[0].length;
    return found[0];
  }

  string() {
    return JSON.parse(this.take(/"(?:[^"\\]|\\.)*"/y));
  }

  /// The place of what the rest of a path names, in the value that begins here.
  find([first, ...rest]) {
    this.blank();
    const begin = this.at;
    if (first === undefined) return [begin, this.skip()];
    for (const name of this.members()) if (name === first) return this.find(rest);
    // What lacks is told at what it lacks in.
    return [begin, begin + 1];
  }

  /// The place of a member's name, in what a path names.
  findName(path, name) {
    [this.at] = this.find(path);
    for (const one of this.members()) if (one === name) return this.name;
    return null;
  }

  /// Passes over a value: its end.
  skip() {
    this.blank();
    if (/[[{]/.test(this.text[this.at])) for (const _ of this.members()) this.skip();
    else if (this.text[this.at] === '"') this.string();
    else this.take(/[^\s,\]}]+/y);
    return this.at;
  }

  /// The names or numbers of what is in the value that begins here, each before what stands under it, which whoever asks passes over.
  *members() {
    this.blank();
    const isList = this.take(/[[{]/y) === "[";
    for (let at = 0; ; at++) {
      this.blank();
      if (/[\]}]/.test(this.text[this.at])) break;
      if (at > 0) this.take(/,/y);
      this.blank();
      const begin = this.at;
      const name = isList ? at : this.string();
      this.name = [begin, this.at];
      this.blank();
      if (!isList) this.take(/:/y);
      const before = this.at;
      yield name;
      if (this.at === before) this.skip();
    }
    this.at += 1;
  }
}
