// An issuer of tokens: real keys, and an address where they are published.
import { createHmac, generateKeyPairSync, randomBytes, sign } from "node:crypto";
import { startOrigin } from "./origin.mjs";

const KINDS = { RS256: ["rsa", { modulusLength: 2048 }], ES256: ["ec", { namedCurve: "P-256" }] };

/// A key of an algorithm, with what verifies it as a JWK.
export function newKey(alg, kid) {
  const named = kid === undefined ? {} : { kid };
  if (alg === "HS256") {
    const secret = randomBytes(32);
    return { alg, secret, jwk: { kty: "oct", k: secret.toString("base64url"), ...named } };
  }
  const { privateKey, publicKey } = generateKeyPairSync(...KINDS[alg]);
  return { alg, privateKey, publicKey, jwk: { ...publicKey.export({ format: "jwk" }), ...named } };
}

const part = (value) => Buffer.from(typeof value === "string" ? value : JSON.stringify(value)).toString("base64url");
export const nowSeconds = () => Math.floor(Date.now() / 1000);

/// What most tokens say.
export const claimsOf = (account, fields = {}) => ({ sub: account, plan: "standard", iat: nowSeconds(), exp: nowSeconds() + 300, ...fields });

/// A token; claims and header may be texts, for what JSON cannot say twice.
export function token(key, claims, header = {}) {
  const head = typeof header === "string" ? header : { alg: key.alg, typ: "JWT", ...(key.jwk.kid && { kid: key.jwk.kid }), ...header };
  const signed = `${part(head)}.${part(claims)}`;
  return `${signed}.${signatureOf(key, signed).toString("base64url")}`;
}

/// The bytes of a signature as tokens hold them.
export function signatureOf(key, text) {
  if (key.secret) return createHmac("sha256", key.secret).update(text).digest();
  return sign("sha256", Buffer.from(text), { key: key.privateKey, dsaEncoding: "ieee-p1363" });
}

/// Serves keys at an address until the test ends. `published.keys` may be changed, and `published.answer` set to a
/// handler that answers instead.
export async function publish(t, keys) {
  const published = { keys, answer: undefined };
  const server = await startOrigin((request, response) => {
    if (published.answer) return published.answer(request, response);
    response.end(JSON.stringify({ keys: published.keys.map(({ jwk }) => ({ use: "sig", ...jwk })) }));
  });
  t.after(() => server.stop());
  return Object.assign(published, { server, address: `${server.url}/jwks.json`, asked: () => server.seen.length });
}
