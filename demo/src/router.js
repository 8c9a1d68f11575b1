// Finds the handler of a request; every answer leaves through here.
import { allowAnyOrigin, isPreflight, preflight } from "./cors.js";
import { Refusal, refuse } from "./respond.js";

// A handler gets {request, env, url, params} and returns a Response or throws a Refusal.
export function router(table) {
  const routes = table.map(([methods, pathname, handler]) => ({
    methods: allowedMethods(methods),
    pattern: new URLPattern({ pathname }),
    handler,
  }));
  return async (request, env) => allowAnyOrigin(await answer(routes, request, env));
}

async function answer(routes, request, env) {
  if (isPreflight(request)) return preflight();
  try {
    const response = await dispatch(routes, request, env);
    return request.method === "HEAD" ? withoutBody(response) : response;
  } catch (error) {
    if (error instanceof Refusal) return error.response();
    console.error(error);
    return new Refusal(500, "internal_error", "The demo origin failed").response();
  }
}

function dispatch(routes, request, env) {
  const url = parseUrl(request.url);
  for (const { methods, pattern, handler } of routes) {
    const match = pattern.exec({ pathname: url.pathname });
    if (!match) continue;
    if (methods && !methods.includes(request.method)) return otherMethod(request, methods.join(", "));
    return handler({ request, env, url, params: match.pathname.groups });
  }
  return refuse(404, "not_found", `Nothing at ${url.pathname}`);
}

function allowedMethods(methods) {
  if (methods === "ANY") return null;
  return methods.replace("GET", "GET HEAD").split(" ");
}

function otherMethod({ method }, allow) {
  const headers = { Allow: `${allow}, OPTIONS` };
  if (method === "OPTIONS") return new Response(null, { status: 204, headers });
  return refuse(405, "method_not_allowed", `${method} is not allowed here, only ${allow}`, { headers });
}

// A strange Host header can make the URL itself invalid.
function parseUrl(text) {
  return URL.parse(text) ?? refuse(400, "invalid_url", "The request's URL cannot be parsed");
}

// Cancelled rather than dropped, so that a stream stops producing.
async function withoutBody(response) {
  await response.body?.cancel();
  return new Response(null, response);
}
