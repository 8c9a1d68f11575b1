// Any origin may call the demo: it has no cookies and no secrets.

// A plain OPTIONS is left to the routes: /status/NNN answers it too.
export function isPreflight(request) {
  return request.method === "OPTIONS" && request.headers.has("Access-Control-Request-Method");
}

export function preflight() {
  return new Response(null, {
    status: 204,
    headers: {
      "Access-Control-Allow-Methods": "GET, HEAD, POST, PUT, PATCH, DELETE",
      // Browsers do not count Authorization as part of "*".
      "Access-Control-Allow-Headers": "*, Authorization",
      "Access-Control-Max-Age": "7200",
    },
  });
}

export function allowAnyOrigin(response) {
  response.headers.set("Access-Control-Allow-Origin", "*");
  // Lets scripts read the headers that the gate adds on the way out.
  response.headers.set("Access-Control-Expose-Headers", "*");
  return response;
}
