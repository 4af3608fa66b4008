/* How many documents lie on which days: bars that narrow the list when they are chosen. */
import { count } from "./api.js";
import { dayOf } from "./words.js";

const SVG = "http://www.w3.org/2000/svg";
/** @param {string} name @param {Record<string, string | number>} with_ */
function svg(name, with_) {
  const node = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(with_)) node.setAttribute(key, String(value));
  return node;
}
const DAY = 864e5;
const number = (/** @type {any} */ day) => (typeof day === "number" ? day : Math.round(Date.parse(day) / DAY));

/**
 * Draw the histogram; dragging or Enter narrows to the days under it.
 * @param {HTMLElement} host
 * @param {{days: [any, number][], undated?: number}} of_ days that hold documents, in order
 * @param {(from: string, to: string) => void} choose ISO days, both included; "" for all
 */
export function days(host, of_, choose) {
  host.replaceChildren();
  const all = (of_.days || []).map(([day, n]) => /** @type {[number, number]} */ ([number(day), n])).filter(([day]) => Number.isFinite(day));
  host.hidden = all.length < 2;
  if (host.hidden) return;
  const from = all[0][0], to = all[all.length - 1][0];
  const bars = Math.min(180, to - from + 1), wide = (to - from + 1) / bars;
  const sums = new Array(bars).fill(0);
  for (const [day, n] of all) sums[Math.min(bars - 1, Math.floor((day - from) / wide))] += n;
  const most = Math.max(...sums);
  const picture = svg("svg", { viewBox: `0 0 ${bars} 40`, preserveAspectRatio: "none", role: "img", "aria-label": `Documents by day, ${dayOf(from)} to ${dayOf(to)}` });
  const words = document.createElement("span");
  words.className = "quiet days-words";
  const standard = `${dayOf(from)} to ${dayOf(to)}${of_.undated ? ` · ${count(of_.undated)} without a date` : ""}`;
  words.textContent = standard;
  const span = (/** @type {number} */ a, /** @type {number} */ b) => [from + Math.floor(a * wide), Math.min(to, from + Math.ceil((b + 1) * wide) - 1)];
  sums.forEach((n, i) => {
    if (n) picture.append(svg("rect", { x: i + .08, width: .84, y: 40 - Math.max(2, (38 * Math.sqrt(n)) / Math.sqrt(most)), height: 40, class: "bar" }));
  });
  const shade = svg("rect", { y: 0, height: 40, x: 0, width: 0, class: "shade" });
  picture.append(shade);
  let begun = -1, now = 0;
  const at = (/** @type {PointerEvent} */ event) => {
    const place = picture.getBoundingClientRect();
    return Math.max(0, Math.min(bars - 1, Math.floor(((event.clientX - place.left) / place.width) * bars)));
  };
  const show = () => {
    const a = begun < 0 ? now : Math.min(begun, now), b = begun < 0 ? now : Math.max(begun, now);
    shade.setAttribute("x", String(a));
    shade.setAttribute("width", String(b - a + 1));
    const [first, last] = span(a, b);
    const n = sums.slice(a, b + 1).reduce((sum, part) => sum + part, 0);
    words.textContent = `${dayOf(first)}${last > first ? ` to ${dayOf(last)}` : ""}: ${count(n)} document${n === 1 ? "" : "s"}`;
  };
  const move = (/** @type {any} */ event) => { now = at(event); show(); };
  picture.addEventListener("pointermove", move);
  picture.addEventListener("pointerdown", (/** @type {any} */ event) => { begun = now = at(event); /** @type {any} */ (picture).setPointerCapture(event.pointerId); show(); });
  picture.addEventListener("pointerup", () => {
    if (begun < 0) return;
    const [first, last] = span(Math.min(begun, now), Math.max(begun, now));
    begun = -1;
    choose(dayOf(first), dayOf(last));
  });
  picture.addEventListener("pointerleave", () => { if (begun < 0) { shade.setAttribute("width", "0"); words.textContent = standard; } });
  // Without a mouse the same is two fields: the bars are only how it looks.
  const field = (/** @type {string} */ name, /** @type {number} */ day) => {
    const input = document.createElement("input");
    input.type = "date";
    input.min = dayOf(from);
    input.max = dayOf(to);
    input.value = dayOf(day);
    input.setAttribute("aria-label", name);
    return input;
  };
  const first = field("From day", from), last = field("To day", to);
  const narrow = document.createElement("button");
  narrow.type = "button";
  narrow.className = "small";
  narrow.textContent = "Narrow";
  narrow.onclick = () => first.value && last.value && choose(...(first.value <= last.value ? /** @type {[string, string]} */ ([first.value, last.value]) : /** @type {[string, string]} */ ([last.value, first.value])));
  const menu = document.createElement("details");
  menu.className = "menu";
  const open = document.createElement("summary");
  open.className = "button quiet small";
  open.textContent = "Days …";
  const pop = document.createElement("div");
  pop.className = "pop";
  pop.append(first, last, narrow);
  menu.append(open, pop);
  host.append(picture, words, menu);
}
