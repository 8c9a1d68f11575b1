// Files that are saved from the page.
import { say } from "./element.js";

/// Saves as a file what `get` gives of an account, and says so; `what` it is called, `type` is that of the file.
export async function save(id, { what, ending, type, get }) {
  try {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([await get()], { type }));
    link.download = `${id.replace(/[^\w.-]+/g, "_")}${ending}`;
    link.click();
    URL.revokeObjectURL(link.href);
    say(`${what} is saved as ${link.download}.`);
  } catch (error) {
    say(error.message);
  }
}
