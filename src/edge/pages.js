// The files of the dashboard, as they lie in dashboard/: the build puts them into the module that is called so. They tell nothing of
// a gate, so whoever asks gets them.
import files from "dashboard";

const TYPES = { html: "text/html", css: "text/css", js: "text/javascript", svg: "image/svg+xml" };

// What a page may do: run these scripts, and ask where it comes from. Text never becomes markup in it.
const CONTENT = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; "
  + "form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'";

const HEADERS = {
  "Content-Security-Policy": CONTENT,
  "X-Content-Type-Options": "nosniff",
  "Referrer-Policy": "no-referrer",
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Resource-Policy": "same-origin",
  // Kept, and asked for each time: after a deploy no file meets older ones.
  "Cache-Control": "no-cache",
};

/// What stands for the prefix of the gate's own paths in pages.
const USUAL_PREFIX = "/_headgate/";

/// The answer to a request for a file, below a prefix; undefined if there is none of that name.
export function page(request, name, prefix) {
  if (!Object.hasOwn(files, name)) return undefined;
  const text = files[name].text.replaceAll(`"${USUAL_PREFIX}`, `"${prefix}`);
  const etag = prefix === USUAL_PREFIX ? files[name].etag : files[name].etag.replace(/"$/, `${prefix}"`);
  const headers = { ...HEADERS, ETag: etag, "Content-Type": `${TYPES[name.split(".").pop()]}; charset=utf-8` };
  return isKept(request.headers.get("If-None-Match"), etag) ? new Response(null, { status: 304, headers }) : new Response(text, { headers });
}

/// Whether the one who asks has it (RFC 9110 §13.1.2); whoever compresses on the way makes a tag weak.
const isKept = (known, etag) => (known ?? "").split(",").some((tag) => [etag, "*"].includes(tag.trim().replace(/^W\//, "")));
