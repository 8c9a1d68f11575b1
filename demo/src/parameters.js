import { refuse } from "./respond.js";

// A whole number from the query; strict, since "1e3" or "" is more often a mistake than a wish.
export function wholeNumber(url, name, { min, max, fallback }) {
  const text = url.searchParams.get(name);
  if (text === null) return fallback;
  const number = /^\d{1,9}$/.test(text) ? Number(text) : NaN;
  if (number >= min && number <= max) return number;
  return refuse(400, "invalid_parameter", `${name} must be a whole number from ${min} to ${max}`);
}
