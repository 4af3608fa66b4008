/* The list page: search, chips, days, the virtual list and coding of many with a preview. */
import { Refused, ask, count, dropped, el, kept, link, login, lostState, say } from "./api.js";
import { days } from "./days.js";
import { keyOf, on, showKeys, shown } from "./keys.js";
import { List } from "./list.js";
import { listen } from "./live.js";
import { AT, Rows } from "./rows.js";
import { badges, dayOf, nameOf } from "./words.js";

const $ = (/** @type {string} */ id) => /** @type {HTMLElement} */ (document.getElementById(id));
const box = /** @type {HTMLInputElement} */ ($("q"));
const form = /** @type {HTMLFormElement} */ ($("find"));

/** @type {(name: string, words: string, width: string, place: number, more?: object) => import("./list.js").Column} */
const plain = (name, words, width, place, more = {}) => ({ name, words, width, sort: name,
  fill: (row, cell) => { cell.textContent = String(row[place] ?? "").slice(0, 400); cell.dir = "auto"; }, ...more });
/** Every column there is; the person chooses and the choice is kept. @type {import("./list.js").Column[]} */
const COLUMNS = [
  { name: "control", words: "Number", width: "8.6rem", sort: "control", fill: (row, cell) => cell.append(el("a", { tabIndex: -1, className: "mono" }, row[AT.control])) },
  { name: "day", words: "Date", width: "6.6rem", sort: "day", fill: (row, cell) => { cell.textContent = dayOf(row[AT.day]); } },
  plain("kind", "Kind", "5.2rem", AT.kind),
  plain("from", "From", "minmax(7rem,13rem)", AT.from, { fill: (/** @type {any[]} */ row, /** @type {HTMLElement} */ cell) => { cell.textContent = nameOf(String(row[AT.from] ?? "")).slice(0, 400); cell.title = String(row[AT.from] ?? "").slice(0, 400); cell.dir = "auto"; } }),
  { name: "subject", words: "Subject or name", width: "minmax(10rem,1fr)", sort: "subject", fill: (row, cell) => {
    const words = String(row[AT.subject] || "").slice(0, 400);
    cell.append(el("span", { dir: "auto", className: words ? "" : "quiet" }, words || "no subject"));
  } },
  plain("custodian", "Custodian", "minmax(6rem,10rem)", AT.custodian),
  plain("pages", "Pages", "3.8rem", AT.pages, { number: true, fill: (/** @type {any[]} */ row, /** @type {HTMLElement} */ cell) => { cell.textContent = row[AT.pages] > 0 ? count(row[AT.pages]) : ""; } }),
  { name: "marks", words: "Marks", width: "minmax(7rem,14rem)", fill: (row, cell) => { cell.append(...badges(row[AT.marks], row[AT.flags])); } },
];
const STANDARD = COLUMNS.map((column) => column.name);

const list = new List($("list"), {
  columns: chosen(),
  address: (row, at) => documentAddress(row[AT.control], at),
  open: (at, row) => { remember(); location.assign(documentAddress(row[AT.control], at)); },
  sorted: (order) => { state.sort = order; go(); },
  picked: showPicked,
});
/** What is shown: the query and the order are the address; the place in it is kept for coming back. */
const state = { q: "", sort: "" };

function chosen() {
  const names = /** @type {string[]} */ (kept.get("columns", STANDARD));
  const found = COLUMNS.filter((column) => column.name === "control" || names.includes(column.name));
  return innerWidth < 640 ? COLUMNS.filter((column) => ["control", "day", "subject", "from", "marks"].includes(column.name)) : found;
}
/** @param {string} control @param {number} at */
function documentAddress(control, at) {
  const about = new URLSearchParams({ ...(state.q && { q: state.q }), ...(state.sort && { sort: state.sort }), at: String(at) });
  return `/documents/${encodeURIComponent(control)}?${about}`;
}
const placeKey = () => `place:${state.q} ${state.sort}`;
function remember() {
  sessionStorage.setItem(placeKey(), String(list.active));
}

/** @param {boolean} [push] whether it is a new place in the browser's history */
function go(push = true) {
  const about = new URLSearchParams({ ...(state.q && { q: state.q }), ...(state.sort && { sort: state.sort }) });
  const address = `/documents${about.size ? `?${about}` : ""}`;
  if (push) history.pushState(null, "", address);
  load(push ? 0 : Number(sessionStorage.getItem(placeKey()) || 0));
}
/** @type {AbortController | null} */
let asking = null;
/** @param {number} at */
async function load(at) {
  asking?.abort();
  asking = new AbortController();
  const { signal } = asking;
  const rows = new Rows(state.q, state.sort);
  list.show(rows, at);
  const drawn = rows.changed;
  rows.changed = (all) => { drawn(all); told(); };
  told();
  await rows.asked.get(Math.floor(at / 100))?.done;
  if (rows.error || signal.aborted) return;
  await narrowing(signal);
}
/** Ask by what the list may be narrowed. @param {AbortSignal} [signal] */
async function narrowing(signal) {
  const about = new URLSearchParams({ q: state.q });
  try {
    const [facets, histogram] = await Promise.all([
      ask(`/api/facets?${about}`, { signal }), ask(`/api/histogram?${about}`, { signal })]);
    chips(facets);
    days($("days"), histogram, (from, to) => narrow("date", from && `date:${from === to ? from : `${from}..${to}`}`));
  } catch (error) {
    if (!dropped(error) && !(error instanceof Refused && error.status === 404)) say(/** @type {Error} */ (error).message, "bad");
  }
}

/** Say how many there are, or at which sign of the query the language stops. */
function told() {
  const { rows } = list;
  const error = rows.total < 0 ? rows.error : null;
  $("count").textContent = error ? "" : list.said;
  const wrong = $("wrong");
  wrong.hidden = !error;
  box.setAttribute("aria-invalid", String(!!error && error instanceof Refused && !!state.q));
  list.empty.replaceChildren();
  if (error) {
    wrong.replaceChildren();
    const at = error instanceof Refused && Number.isInteger(error.body.at) ? error.body.at : -1;
    if (at >= 0) {
      wrong.append(el("span", { className: "query", dir: "ltr" }, state.q.slice(0, at), el("mark", {}, state.q.slice(at, at + 1).trim() || "\u00a0"), state.q.slice(at + 1)));
      if (document.activeElement === box) box.setSelectionRange(at, at + 1);
    }
    wrong.append(el("span", {}, error.message));
    list.empty.append(el("p", { className: "empty" }, el("b", {}, state.q && error instanceof Refused ? "The search cannot be read" : "The list cannot be shown"), error.message));
  } else if (rows.total === 0) {
    const clear = el("button", { type: "button" }, "Clear the search");
    clear.onclick = () => { box.value = state.q = ""; go(); };
    list.empty.append(el("div", { className: "empty" }, el("b", {}, state.q ? "Nothing is found" : "No documents are shown to you"),
      el("p", {}, state.q ? "No document shown to you meets this search." : "Either nothing was processed yet, or nothing is handed to you: ask whoever leads the review."), state.q ? clear : null));
  }
}

/* --- chips: each is a term of the query, so an address says all that is shown --- */
const FIELD = /** @type {Record<string, string>} */ ({ side: "side", kind: "type", custodian: "custodian", coded: "coded" });
const term = (/** @type {string} */ field, /** @type {string} */ value) => `${FIELD[field] || field}:${/^[\w./+-]+$/.test(value) ? value : `"${value.replace(/"/g, "")}"`}`;
const parts = () => state.q.split(/ AND (?=\S)/);
/** Put a term into the query in place of the one of the same field. @param {string} field @param {string} wanted "" to take it out */
function narrow(field, wanted) {
  const prefix = `${FIELD[field] || field}:`;
  // What is no plain AND of terms is kept whole, in brackets.
  const rest = parts().filter((part) => part && !(part.startsWith(prefix) && !/\s(?![^"]*"$)/.test(part)));
  const whole = rest.map((part) => (wanted && / OR /i.test(part) && !/^\(.*\)$/.test(part) ? `(${part})` : part));
  state.q = [...whole, wanted].filter(Boolean).join(" AND ");
  box.value = state.q;
  go();
}
/** @param {Record<string, [string, number][]>} facets */
function chips(facets) {
  const now = parts();
  const names = /** @type {Record<string, string>} */ ({ coded: "Coded", side: "Side", kind: "Kind", custodian: "Custodian" });
  $("chips").replaceChildren(...Object.entries(names).filter(([name]) => facets[name]?.length).map(([name, words]) => {
    const values = facets[name];
    const make = (/** @type {[string, number]} */ [value, n]) => {
      const on_ = now.includes(term(name, value));
      const chip = el("button", { type: "button", className: "chip", "aria-pressed": String(on_) }, value, el("b", {}, count(n)));
      chip.onclick = () => narrow(name, on_ ? "" : term(name, value));
      return chip;
    };
    const few = values.slice(0, name === "custodian" ? 4 : 5), more = values.slice(few.length);
    const group = el("div", { className: "chip-group", role: "group", "aria-label": words }, el("span", { className: "quiet" }, words), ...few.map(make));
    if (more.length) {
      const list_ = el("div", { className: "pop" }, ...more.slice(0, 200).map(make), more.length > 200 ? el("p", { className: "quiet" }, `and ${count(more.length - 200)} more: search by ${FIELD[name]}:`) : null);
      group.append(el("details", { className: "menu" }, el("summary", { className: "button chip" }, `${count(more.length)} more`), list_));
    }
    return group;
  }));
}

/* --- many at once, in two steps --- */
function showPicked() {
  if (!list) return;
  const n = list.all ? list.rows.total : list.selected.size;
  $("picked").hidden = !n;
  $("picked-count").textContent = `${count(Math.max(0, n))} selected`;
}
$("picked-none").onclick = () => list.clear();
$("picked-code").onclick = async () => {
  const { codeMany } = await import("./bulk.js");
  const what = list.all ? { query: state.q } : { controls: [...list.selected] };
  codeMany(what, list.all ? list.rows.total : list.selected.size, () => { list.clear(); list.rows.stale(); });
};
document.getElementById("picked-point")?.addEventListener("click", async () => {
  const { putPoint } = await import("./point.js");
  const select = list.all ? { query: state.q } : { controls: [...list.selected] };
  putPoint(select, list.all ? list.rows.total : list.selected.size, () => list.clear());
});
$("columns").onclick = () => {
  const dialog = el("dialog", { "aria-label": "Columns" }, el("h2", {}, "Columns"));
  const names = new Set(/** @type {string[]} */ (kept.get("columns", STANDARD)));
  for (const column of COLUMNS) {
    const tick = el("input", { type: "checkbox", checked: column.name === "control" || names.has(column.name), disabled: column.name === "control" });
    tick.onchange = () => {
      if (tick.checked) names.add(column.name); else names.delete(column.name);
      kept.set("columns", STANDARD.filter((name) => names.has(name)));
      list.columns = chosen();
      list.layout();
    };
    dialog.append(el("label", { className: "field row" }, tick, column.words));
  }
  const close = el("button", { type: "button", className: "primary" }, "Done");
  close.onclick = () => dialog.close();
  dialog.append(el("div", { className: "toolbar" }, close));
  document.body.append(dialog);
  dialog.onclose = () => dialog.remove();
  dialog.showModal();
};

form.onsubmit = (/** @type {SubmitEvent} */ event) => {
  event.preventDefault();
  state.q = box.value.trim();
  go();
  list.grid.focus();
};
box.oninput = () => { if (!box.value && state.q) { state.q = ""; go(); } };

on("next", () => list.move(list.active + 1));
on("previous", () => list.move(list.active - 1));
on("search", () => { box.focus(); box.select(); });
on("open", () => { const row = list.rows.row(list.active); if (row) { remember(); location.assign(documentAddress(row[AT.control], list.active)); } });
on("select", () => list.toggle(list.active));
on("goTo", async () => (await import("./goto.js")).goTo((control) => location.assign(documentAddress(control, 0))));
on("keys", () => showKeys());
for (const button of document.querySelectorAll("[data-keys]")) /** @type {HTMLElement} */ (button).onclick = () => showKeys();
$("hint").textContent = `${shown(keyOf("next"))} ${shown(keyOf("previous"))} move · ${shown(keyOf("open"))} opens · ${shown(keyOf("select"))} selects · ${shown(keyOf("search"))} searches · ${shown(keyOf("keys"))} all keys`;

function read() {
  const about = new URLSearchParams(location.search);
  state.q = about.get("q") || "";
  state.sort = about.get("sort") || "";
  box.value = state.q;
  go(false);
}
addEventListener("popstate", read);
addEventListener("pagehide", remember);
addEventListener("pageshow", (event) => {
  // Come back through the browser's own memory: go on from the document last looked at.
  if (event.persisted) { list.rows.stale(); list.move(Number(sessionStorage.getItem(placeKey()) || list.active)); }
});
let narrowNow = innerWidth < 640;
addEventListener("resize", () => {
  if (narrowNow !== (narrowNow = innerWidth < 640)) { list.columns = chosen(); list.layout(); }
});
let due = 0;
listen("coding", () => {
  // Somebody saved: what is shown is asked for again, and not more often than every two seconds.
  due = due || setTimeout(() => { due = 0; list.rows.stale(); }, 2000);
});
// What is shown here has changed: rows and counts are asked for again, and what was chosen is chosen anew.
listen("walls", () => { list.clear(); list.rows.stale(); narrowing(); });
link.addEventListener("change", () => { if (!lostState()) list.rows.stale(); });
if (!login) say("Nobody is signed in.", "bad");
read();
list.grid.focus({ preventScroll: true });
