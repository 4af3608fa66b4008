/* The document page: the viewer, the form and the strips over one list of documents, by keys. */
import { Unreached, ask, count, dropped, el, kept, link, lostState, say } from "./api.js";
import { CodingForm } from "./form.js";
import { on, showKeys } from "./keys.js";
import { listen } from "./live.js";
import { Redactor } from "./redact.js";
import { AT, Rows } from "./rows.js";
import { enter, strip } from "./strips.js";
import { Viewer } from "./viewer.js";
import { badges, dayOf, inShort, when } from "./words.js";

const $ = (/** @type {string} */ id) => /** @type {HTMLElement} */ (document.getElementById(id));
const about = new URLSearchParams(location.search);
const query = about.get("q") || "", sort = about.get("sort") || "";

/** Where we are: a position in the list, which moves with every press, and the document that is shown. */
/** @type {{at: number, control: string, document: any}} */
const here = { at: -1, control: "", document: null };
const rows = new Rows(query, sort, () => { placed(); });

const listAddress = () => {
  const back = new URLSearchParams({ ...(query && { q: query }), ...(sort && { sort }) });
  return `/documents${back.size ? `?${back}` : ""}`;
};
/** @param {string} control @param {number} [at] */
function addressOf(control, at = -1) {
  const with_ = new URLSearchParams({ ...(query && { q: query }), ...(sort && { sort }), ...(at >= 0 && { at: String(at) }) });
  return `/documents/${encodeURIComponent(control)}${with_.size ? `?${with_}` : ""}`;
}

const viewer = new Viewer($("viewer"), { history: showHistory, page: (i) => redactor.onPage(i), counted: () => redactor.build() });
// Before the form: in its mode the digits are reasons.
const redactor = new Redactor(viewer, { changed: (control) => { fetched.delete(control); } });
const form = new CodingForm($("form"), { saved, saveNext: () => act(true) });

/* --- documents, the next and the last ones already here --- */
/** @type {Map<string, Promise<any>>} */
const fetched = new Map();
/** When each was asked for: what lay here longer than a minute is asked for again, for walls move. @type {Map<string, number>} */
const since = new Map();
const FRESH = 60000;
/** @param {string} control @param {boolean} [fresh] @returns {Promise<any>} */
function fetchDocument(control, fresh = false) {
  const known = !fresh && performance.now() - (since.get(control) ?? -FRESH) < FRESH && fetched.get(control);
  if (known) return known;
  const asked = ask(`/api/documents/${encodeURIComponent(control)}?${new URLSearchParams({ q: query, ...(sort && { sort }) })}`);
  fetched.delete(control);
  fetched.set(control, asked);
  since.set(control, performance.now());
  asked.catch(() => fetched.delete(control));
  for (const old of fetched.keys()) { if (fetched.size <= 12) break; fetched.delete(old); since.delete(old); }
  return asked;
}
/** Have the neighbours and their first pages ready before they are wanted. */
async function prefetch() {
  const wanted = [here.at + 1, here.at + 2, here.at - 1].filter((at) => at >= 0 && (rows.total < 0 || at < rows.total));
  const mine = turn;
  /** @type {Map<string, HTMLImageElement>} */
  const images = new Map();
  const before = viewer.ahead;
  viewer.ahead = images;
  for (const at of wanted) {
    if (mine !== turn) return;
    const row = rows.row(at);
    if (!row) continue;
    try {
      const next = shownOf(await fetchDocument(row[AT.control]));
      if (next.pages === 0 || viewer.tab !== "page") continue;
      const page = next.hits[0]?.[0] || 0, address = next.pageAddress(page);
      const known = before.get(address);
      if (known) { images.set(address, known); continue; }
      const image = new Image();
      // Its words come after its picture: they are made with it.
      image.onload = () => { if (viewer.ahead.get(address) === image) { image.decode().catch(() => {}); viewer.wordsOf(next.control, page); } };
      image.src = address;
      images.set(address, image);
    } catch { return; }
  }
}

/** What the viewer needs, of what the server says. @param {any} of_ @returns {import("./viewer.js").Shown} */
function shownOf(of_) {
  const control = of_.control;
  return {
    control,
    pages: of_.pages ?? -1,
    // Without the digest the room leads to the picture as it is now.
    pageAddress: (page) => `/page/${encodeURIComponent(control)}/${page}/${of_.digest || "now"}.png`,
    count: () => ask(`/api/pages/${encodeURIComponent(control)}`),
    pageHits: query ? (first, last, signal) => ask(`/api/hits/${encodeURIComponent(control)}?${new URLSearchParams({ q: query, first: String(first), last: String(last) })}`, { signal }) : null,
    faults: (of_.faults || []).map((/** @type {any} */ fault) => (typeof fault === "string" ? fault : fault.sentence || fault.message || String(fault.kind || fault))),
    lost: !!of_.lost,
    hits: of_.hits || [],
    hitsTo: of_.hits_to ?? 0,
    textHits: of_.text_hits || [],
    highlights: of_.highlights || [],
    legend: of_.legend || [],
    asSent: of_.as_sent ? `/mail/${encodeURIComponent(control)}` : "",
    pageLights: of_.legend?.length || of_.text_hits_by_stretch ? (page, signal) => ask(`/api/lights/${encodeURIComponent(control)}/${page}`, { signal }) : null,
    fields: (of_.fields || []).map((/** @type {any} */ field) => (Array.isArray(field) ? [String(field[0]), String(field[1]), String(field[2] || "")] : [field.name, String(field.value), field.origin || ""])),
    text: async (at, n, signal) => ask(`/api/documents/${encodeURIComponent(control)}/text?${new URLSearchParams({ at: String(at), n: String(n), ...(query && { q: query }) })}`, { signal }),
  };
}

let turn = 0;
/** Show a document; `page` from 1. @param {string} control @param {{push?: boolean, replace?: boolean, fresh?: boolean, page?: number}} [how] */
async function open(control, how = {}) {
  const mine = ++turn;
  form.keep();
  here.control = control;
  if (how.push) history.pushState({ at: here.at }, "", addressOf(control, here.at));
  else if (how.replace) history.replaceState({ at: here.at }, "", addressOf(control, here.at));
  sessionStorage.setItem(`place:${query} ${sort}`, String(Math.max(0, here.at)));
  const slow = setTimeout(() => { if (mine === turn) $("page").setAttribute("aria-busy", "true"); }, 150);
  try {
    const of_ = await fetchDocument(control, how.fresh);
    if (mine !== turn) return;
    show(of_, how.page);
  } catch (error) {
    if (mine !== turn || dropped(error)) return;
    failed(control, /** @type {Error} */ (error));
  } finally {
    clearTimeout(slow);
    if (mine === turn) $("page").removeAttribute("aria-busy");
  }
  if (mine === turn) prefetch();
}
/** @param {any} of_ @param {number} [page] */
function show(of_, page = 0) {
  here.document = of_;
  $("gone").hidden = true;
  $("page").classList.remove("gone");
  title(of_);
  viewer.show(shownOf(of_), page - 1);
  redactor.show(of_);
  form.show({ control: of_.control, version: of_.version || 0, form: of_.form || null, coding: of_.coding || null, pass: of_.pass, may: of_.may_code, hidden: of_.coding_hidden });
  strips(of_);
  copied(of_);
  uses(of_);
  // Opened by its number: the room says where in the list it stands.
  if (here.at < 0 && of_.list?.at >= 0) { here.at = of_.list.at; rows.want(Math.max(0, here.at - 5), here.at + 40, 200); }
  placed();
}
/** @param {any} of_ */
function title(of_) {
  const row = rows.row(here.at);
  const subject = String(of_.subject ?? row?.[AT.subject] ?? "").slice(0, 1000);
  document.title = `${of_.control} ${subject.slice(0, 60)}`;
  $("number").textContent = of_.control;
  $("subject").textContent = subject || "no subject";
  $("subject").title = subject;
  $("subject").classList.toggle("quiet", !subject);
  $("facts").replaceChildren(...[dayOf(of_.day), of_.from, of_.kind, of_.custodian].filter(Boolean).map((part) => el("span", { dir: "auto" }, String(part).slice(0, 120))), ...badges(null, [...(of_.side === "theirs" ? ["theirs"] : []), ...(of_.flags || [])]));
  $("heard").textContent = `${of_.control}, ${subject.slice(0, 200) || "no subject"}`;
}
function placed() {
  const total = rows.total;
  $("position").textContent = here.at >= 0 && total > 0 ? `${count(here.at + 1)} of ${count(total)}` : "";
  /** @type {HTMLButtonElement} */ ($("previous")).disabled = here.at <= 0;
  /** @type {HTMLButtonElement} */ ($("next")).disabled = total >= 0 && here.at >= total - 1;
}
/** @param {string} control @param {Error} error */
function failed(control, error) {
  here.document = null;
  // Of what is not shown nothing stays in the page; what was only out of reach comes anew.
  viewer.empty();
  document.title = control;
  $("heard").textContent = $("subject").title = "";
  redactor.show({ control: "" });
  form.show({ control: "", version: 0, form: null, coding: null });
  $("form").replaceChildren();
  $("strips").replaceChildren();
  $("copied").hidden = $("event").hidden = $("exhibit").hidden = true;
  $("number").textContent = control;
  $("subject").textContent = "";
  $("facts").replaceChildren();
  $("page").classList.add("gone");
  const again = el("button", { type: "button" }, "Try again");
  again.onclick = () => open(control, { fresh: true });
  $("gone").replaceChildren(el("div", { className: "empty", role: "alert" }, el("b", {}, error instanceof Unreached ? "The room cannot be reached" : `${control} is not shown`), error.message, el("p", {}, again)));
  $("gone").hidden = false;
  placed();
}
/** Say that a copy is coded already, where this one is not. @param {any} of_ */
function copied(of_) {
  const coded = of_.coding || of_.coding_hidden ? null : (of_.copies || []).map(member).find((/** @type {any} */ copy) => copy.control !== of_.control && copy.marks && Object.keys(copy.marks).length);
  $("copied").hidden = !coded;
  if (!coded) { $("copied").replaceChildren(); return; }
  const to = el("a", { href: addressOf(coded.control), className: "mono" }, coded.control);
  to.onclick = (event) => { if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return; event.preventDefault(); jump(coded.control); };
  $("copied").replaceChildren("A copy is coded: ", to, " ", ...badges(coded.marks, null));
}
/** What the page looked at may be used for. @param {any} of_ */
function uses(of_) {
  const first = /^(.*?)(\d+)$/.exec(of_.numbers?.first || "");
  const number = () => first ? first[1] + String(BigInt(first[2]) + BigInt(viewer.pageNow)).padStart(first[2].length, "0") : "";
  const event = /** @type {HTMLAnchorElement} */ ($("event")), exhibit = /** @type {HTMLAnchorElement} */ ($("exhibit"));
  event.hidden = !(of_.may_write && first);
  exhibit.hidden = !of_.may_exhibit;
  // The page is known when somebody goes, not when the document comes.
  event.onpointerdown = event.onfocus = () => { event.href = `/chronology?cite=${encodeURIComponent(number())}`; };
  exhibit.onpointerdown = exhibit.onfocus = () => { exhibit.href = `/exhibits?${new URLSearchParams({ document: of_.control, pinpoints: String(viewer.pageNow + 1) })}`; };
  event.href = "/chronology";
  exhibit.href = `/exhibits?document=${encodeURIComponent(of_.control)}`;
}
/** @param {any} of_ */
function strips(of_) {
  const go = (/** @type {string} */ control) => jump(control);
  const make = (/** @type {string} */ name, /** @type {string} */ words, /** @type {any[]} */ members, /** @type {string} */ none) =>
    strip({ name, words, none }, (members || []).map(member), of_.control, (control) => addressOf(control), go);
  $("strips").replaceChildren(
    make("family", "Family", of_.family, "alone"),
    make("copies", "Copies", of_.copies, "none"),
    make("conversation", "Conversation", of_.thread, "none"));
}
/** A member of a strip: a row of the list, or an object of the same words. @param {any} of_ */
function member(of_) {
  return Array.isArray(of_) ? { control: of_[AT.control], kind: of_[AT.kind], day: of_[AT.day], subject: of_[AT.subject], from: of_[AT.from], marks: of_[AT.marks], flags: of_[AT.flags] } : of_;
}

/* --- moving: every press moves the position; what is drawn is the last one --- */
let moving = 0, late = false;
/** @param {number} by */
function step(by) {
  if (here.at < 0) { say("This document is not in the list it was opened from.", "bad"); return; }
  const end = rows.total >= 0 ? rows.total - 1 : Infinity;
  const to = Math.max(0, Math.min(end, here.at + by));
  if (to === here.at) { say(by > 0 ? "This is the last document of the list." : "This is the first document of the list."); return; }
  here.at = to;
  placed();
  rows.want(to - 5, to + 40, by > 0 ? 200 : -200);
  // The first press is shown at once; of those that follow within a frame, the last.
  if (moving) { late = true; return; }
  moving = requestAnimationFrame(() => { moving = 0; if (late) { late = false; arrive(); } });
  arrive();
}
async function arrive() {
  const { at } = here;
  try {
    const row = await rows.get(at);
    if (here.at !== at) return;
    if (row) await open(row[AT.control], { replace: true });
  } catch (error) { if (!dropped(error)) say(/** @type {Error} */ (error).message, "bad"); }
}
/** To the next document of another family. @param {number} by */
async function stepFamily(by) {
  const mine = new Set((here.document?.family || []).map((/** @type {any} */ of_) => member(of_).control));
  let at = here.at + by;
  for (let tries = 0; tries < 2000 && at >= 0 && (rows.total < 0 || at < rows.total); tries++, at += by) {
    const row = await rows.get(at).catch(() => undefined);
    if (!row) break;
    if (!mine.has(row[AT.control])) { step(at - here.at); return; }
  }
  say(by > 0 ? "There is no further family in the list." : "There is no earlier family in the list.");
}
/** To any document, in the list or not. @param {string} control */
async function jump(control) {
  here.at = await rows.find(control, here.at).catch(() => -1);
  await open(control, { push: true });
}

/* --- saving --- */
/** @param {boolean} next */
async function act(next) {
  const { control } = here;
  if (!here.document) return;
  const outcome = await form.save();
  if ((outcome === "saved" || outcome === "kept") && next && here.control === control && here.at >= 0 && here.at < rows.total - 1) step(1);
  else if (outcome === "saved") say(`${control} is saved.`);
}
/** @param {string} control @param {any} answer */
function saved(control, answer) {
  fetched.delete(control);
  const of_ = here.document;
  if (of_?.control === control) { of_.version = answer.version; of_.coding = { ...(of_.coding || {}), version: answer.version, who: "you", at: new Date().toISOString(), body: form.base }; form.coding = of_.coding; }
  for (const name of fetched.keys()) if ((of_?.family || []).some((/** @type {any} */ one) => member(one).control === name)) fetched.delete(name);
  const row = rows.row(here.at);
  if (row && row[AT.control] === control) row[AT.marks] = form.base;
  for (const suggestion of answer.suggestions || []) say(String(suggestion.sentence || suggestion));
}
async function undo() {
  try {
    const answer = await ask("/api/codings/undo", { method: "POST", body: {} });
    const controls = answer.controls || (answer.control ? [answer.control] : []);
    for (const control of controls) { fetched.delete(control); kept.set(`draft:${control}`, null); }
    say(answer.sentence || `Undone: ${controls.slice(0, 3).join(", ")}${controls.length > 3 ? ` and ${controls.length - 3} more` : ""}, as a new coding.`);
    if (controls.includes(here.control)) { form.control = ""; await open(here.control, { fresh: true }); }
    else if (controls.length === 1) await jump(controls[0]);
  } catch (error) { say(/** @type {Error} */ (error).message, "bad"); }
}
async function saveFamily() {
  const of_ = here.document;
  if (!of_ || !form.form || !form.may) return;
  if (form.missing.length) { form.miss(form.missing); return; }
  const family = (of_.family || []).map((/** @type {any} */ one) => member(one).control);
  if (family.length < 2) { act(true); return; }
  const { codeMany } = await import("./bulk.js");
  codeMany({ controls: family }, family.length, () => {
    for (const control of family) { fetched.delete(control); kept.set(`draft:${control}`, null); }
    kept.set("last", form.lastBody = { ...form.body });
    form.control = "";
    stepFamily(1).then(() => { if (here.control === of_.control) open(of_.control, { fresh: true }); });
  }, { form: form.form, body: { ...form.body }, pass: form.pass, title: `Code the family of ${of_.control}: ${form.form.marks.map((mark) => inShort(mark.name, form.body[mark.name])).filter(Boolean).join(", ")}` });
}

/** @param {HTMLElement} place @param {string} control */
async function showHistory(place, control) {
  const aside = kept.get(`aside:${control}`, null);
  try {
    const { codings } = await ask(`/api/codings/${encodeURIComponent(control)}`);
    if (here.control !== control) return;
    if (!codings?.length) place.append(el("p", { className: "empty" }, el("b", {}, "Not coded yet"), "Every coding will stay here, also those that others replaced."));
    else place.append(el("ol", { className: "history" }, ...[...codings].reverse().map((/** @type {any} */ coding) => el("li", {},
      el("p", {}, el("b", {}, `Version ${coding.version}`), ` ${coding.who}, ${when(coding.at)}${coding.pass && coding.pass !== "first" ? `, ${coding.pass} pass` : ""}${coding.batch ? `, batch ${coding.batch}` : ""}`),
      el("p", {}, ...badges(coding.body, null)), ...Object.entries(coding.body).filter(([, value]) => typeof value === "string" && value.length > 24).map(([name, value]) => el("p", { className: "quiet", dir: "auto" }, `${name}: ${value}`)),
      coding.because ? el("p", { className: "quiet" }, `because ${coding.because}`) : null))));
  } catch (error) { place.append(el("p", { className: "notice warn" }, /** @type {Error} */ (error).message)); }
  if (!aside) return;
  const again = el("button", { type: "button", className: "small" }, "Bring it back");
  again.onclick = () => { form.body = { ...aside.body }; form.build(); kept.set(`aside:${control}`, null); form.keep(); say("Your draft is back in the form, not saved."); };
  place.append(el("p", { className: "notice" }, `A draft of yours was set aside ${when(aside.at)}. `, again));
}

/* --- keys and buttons --- */
on("next", () => step(1));
on("previous", () => step(-1));
on("nextFamily", () => stepFamily(1));
on("previousFamily", () => stepFamily(-1));
on("nextHit", () => hitSaid(viewer.nextHit(1)));
on("previousHit", () => hitSaid(viewer.nextHit(-1)));
on("down", () => viewer.scrollBy(1));
on("up", () => viewer.scrollBy(-1));
on("nextPage", () => viewer.pageBy(1));
on("previousPage", () => viewer.pageBy(-1));
on("zoomIn", () => viewer.scaleBy(1.2));
on("zoomOut", () => viewer.scaleBy(1 / 1.2));
on("fit", () => viewer.scaleBy(0));
on("view", () => viewer.turnOn());
on("save", () => act(true));
on("saveFamily", saveFamily);
on("same", () => { const words = form.sameAsLast(); if (words) say(words); });
on("undo", undo);
on("note", () => form.write());
on("redact", () => redactor.toggle());
on("nextMark", () => form.nextMark());
on("search", () => location.assign(`${listAddress()}#q`));
on("list", () => location.assign(listAddress()));
on("goTo", async () => (await import("./goto.js")).goTo(jump));
for (const [action, name] of /** @type {[string, string][]} */ ([["family", "family"], ["copies", "copies"], ["conversation", "conversation"]]))
  on(action, () => { if (!enter(name)) say({ family: "This document has no family.", copies: "No copy of it is shown to you.", conversation: "It stands in no conversation." }[name] || ""); });
on("keys", () => showKeys(form.keys));
for (const button of document.querySelectorAll("[data-keys]")) /** @type {HTMLElement} */ (button).onclick = () => showKeys(form.keys);
/** @param {string} words */
function hitSaid(words) { if (words) say(words); }
$("previous").onclick = () => step(-1);
$("next").onclick = () => step(1);
/** @type {HTMLAnchorElement} */ ($("back")).href = listAddress();

listen("redaction", (of_) => {
  if (!of_?.control) return;
  fetched.delete(of_.control);
  if (of_.control === here.control) redactor.refresh();
});
listen("coding", (of_) => {
  if (!of_?.control) return;
  fetched.delete(of_.control);
  if (of_.control !== here.control || !(of_.version > form.version)) return;
  // The event says that, the coding is asked for: events carry nothing a wall would hide.
  fetchDocument(of_.control, true).then((now) => {
    if (here.control === of_.control && now.coding) { here.document = now; form.newer(now.coding); }
  }, () => {});
});
// What was saved while nobody listened was told to nobody.
listen("again", () => {
  const of_ = here.document;
  if (!of_) return;
  fetched.clear();
  viewer.ahead.clear();
  if (of_.redactions?.length || of_.may_redact) redactor.refresh();
  fetchDocument(of_.control).then((now) => {
    if (here.control === of_.control && here.document === of_ && now.version > form.version) { here.document = now; form.newer(now.coding); }
  }, (error) => { if (here.control === of_.control && error.status === 404) failed(of_.control, error); });
});
/** What is shown to whoever reads here has changed: all that was fetched ahead goes, and is asked for anew. */
listen("walls", () => {
  fetched.clear();
  since.clear();
  viewer.forget();
  rows.stale();
  rows.want(Math.max(0, here.at - 5), here.at + 40, 200);
  const { control } = here, of_ = here.document;
  // What is on its way may have been answered before.
  if (of_?.control !== control) { open(control, { fresh: true }); return; }
  fetchDocument(control, true).then((now) => {
    if (here.document !== of_) return;
    here.document = now;
    redactor.show(now);
    strips(now);
    copied(now);
    uses(now);
    if (now.version > form.version) form.newer(now.coding);
  }, (error) => { if (here.document === of_ && error.status === 404) failed(control, error); });
});
listen("batch", () => { if (here.control) { fetched.clear(); viewer.ahead.clear(); } });
link.addEventListener("change", () => { if (!lostState() && !here.document) open(here.control, { fresh: true }); });
addEventListener("pagehide", () => form.keep());
addEventListener("visibilitychange", () => document.hidden && form.keep());
addEventListener("popstate", (event) => {
  const control = decodeURIComponent(location.pathname.split("/").pop() || "");
  here.at = event.state?.at ?? Number(new URLSearchParams(location.search).get("at") ?? -1);
  open(control);
});
addEventListener("pageshow", (event) => { if (event.persisted) open(here.control, { fresh: true }); });

async function begin() {
  const control = decodeURIComponent(location.pathname.split("/").pop() || "");
  const at = Number(about.get("at") ?? 0);
  here.control = control;
  const shown = open(control, { page: Number(about.get("page")) || 0 });
  if (about.has("at") || !(sort || query)) try { here.at = await rows.find(control, at); } catch { here.at = -1; }
  if (here.at < 0) here.at = here.document?.list?.at ?? -1;
  rows.want(Math.max(0, here.at - 5), here.at + 40, 200);
  placed();
  await shown;
  prefetch();
  if (!lostState()) form.sendWaiting();
}
begin();
