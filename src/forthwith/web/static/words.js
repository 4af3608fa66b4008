/* How marks, days and numbers of documents are said in few words. */
import { el } from "./api.js";

/** An ISO day of what the server gives: ISO itself, days since 1970, or nothing. @param {string | number | null | undefined} day */
export function dayOf(day) {
  if (typeof day !== "number") return day ? String(day).slice(0, 10) : "";
  return Math.abs(day) > 1e8 ? "" : new Date(day * 864e5).toISOString().slice(0, 10);
}
/** Whom a mailbox is of, without its address where it has a name: a list has no room for both. @param {string} from */
export function nameOf(from) {
  const named = /^\s*"?([^"<>]*[^"<>\s])"?\s*<[^<>]*>\s*$/.exec(from || "");
  return named ? named[1].replace(/^"|"$/g, "") : from || "";
}
/** A mark in a word or two; "" for what need not be said. @param {string} name @param {any} value */
export function inShort(name, value) {
  if (value === true) return name;
  if (Array.isArray(value)) return value.join(", ");
  if (value === "yes") return name;
  if (value === "no") return `not ${name}`;
  return value === "none" || !value ? "" : String(value).length > 24 ? `${name}: …` : String(value);
}
/** @param {string} name @param {any} value */
function tone(name, value) {
  if (name === "hot") return "strong";
  if (value === "unsure") return "info";
  if (name === "privilege") return "warn";
  return value === "yes" ? "good" : "";
}
/** What a row is said to be, as badges. @param {Record<string, any> | string[] | null} marks @param {string[] | null} flags */
export function badges(marks, flags) {
  const all = [];
  for (const flag of flags || []) all.push(el("span", { className: `badge ${/lost|quarantine/.test(flag) ? "bad" : /fault|part|conflict/.test(flag) ? "warn" : "info"}` }, flag));
  const pairs = Array.isArray(marks) ? marks.map((mark) => [mark, true]) : Object.entries(marks || {});
  for (const [name, value] of pairs) {
    const words = inShort(name, value);
    if (words) all.push(el("span", { className: `badge ${tone(name, value)}` }, words));
  }
  return all;
}
/** An instant as this machine's clock says it. @param {string} at ISO, UTC */
export function when(at) {
  const time = new Date(at);
  return Number.isNaN(+time) ? at : time.toLocaleString("en-GB", { dateStyle: "medium", timeStyle: "short" });
}
