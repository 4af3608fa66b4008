/* Redacting in the viewer: boxes drawn with the mouse, over selected words or a hit, each saved at
   once under a reason; they snap to whole words on the server, which says what they became. */
import { Unreached, ask, dropped, el, say } from "./api.js";
import { before } from "./keys.js";

/**
 * @typedef {{id: number, page: number, shape: string, place: {box?: number[], span?: string}, reason: string, words: string,
 *   colour: string, note: string, state: string, who: string, look_again: boolean | null, may: string[]}} Drawn
 * @typedef {{name: string, words: string, key: string, colour: string, privilege: boolean}} Reason
 * @typedef {{page: number, boxes: number[][], shape: string}} Pending page from 0; boxes in pixels of its image
 */

const ON_PAGES = ["box", "page", "inverse"];
/** A drag shorter than this is a click, in pixels of the screen. */
const CLICK = 4;

export class Redactor {
  /** @param {import("./viewer.js").Viewer} viewer @param {{changed: (control: string) => void}} how */
  constructor(viewer, how) {
    this.viewer = viewer;
    this.how = how;
    this.control = "";
    /** @type {Drawn[]} */
    this.drawn = [];
    /** @type {Reason[]} */
    this.reasons = [];
    /** "redact", "propose" or "". */
    this.may = "";
    this.on = false;
    /** @type {Pending | null} */
    this.pending = null;
    /** Number of the redaction chosen; 0 for none. */
    this.chosen = 0;
    this.saving = false;
    this.cells = false;
    /** The sheets of a workbook, while somebody draws on them. @type {HTMLElement | null} */
    this.grid = null;
    this.bar = el("div", { className: "redact-bar no-print", role: "toolbar", "aria-label": "Redaction", hidden: true });
    viewer.tools.parentElement?.after(this.bar);
    before((key) => this.on && this.#key(key));
    viewer.panels.page.addEventListener("pointerdown", (event) => this.#down(event));
    document.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && this.on && !event.defaultPrevented && !document.querySelector("dialog[open]")) { event.preventDefault(); this.#back(); }
    });
  }

  /** Show what is drawn on a document. @param {any} of_ what the server says of it */
  show(of_) {
    const other = of_.control !== this.control;
    this.control = of_.control;
    this.drawn = of_.redactions || [];
    this.reasons = of_.reasons || [];
    this.may = of_.may_redact || "";
    this.cells = !!of_.cells;
    this.grid = null;
    if (other) { this.pending = null; this.chosen = 0; }
    if (this.on && !this.may) this.on = false;
    this.viewer.panels.page.classList.toggle("redacting", this.on);
    this.build();
    // Whether each page is still the one drawn on is said once it is painted.
    if (this.drawn.some((row) => row.look_again === null)) this.refresh();
  }
  /** Ask again what stands. */
  async refresh() {
    const { control } = this;
    try {
      const now = await ask(`/api/redactions/${encodeURIComponent(control)}`);
      if (control === this.control) this.#take(now.redactions);
    } catch (error) { if (!dropped(error) && !(error instanceof Unreached)) say(/** @type {Error} */ (error).message, "bad"); }
  }
  /** @param {Drawn[]} rows */
  #take(rows) {
    this.drawn = rows;
    if (!rows.some((row) => row.id === this.chosen)) this.chosen = 0;
    this.build();
  }

  /** Into the mode, with the words selected or the hit shown, or out of it. */
  toggle() {
    if (!this.may) { say(this.reasons.length ? "You may not redact this document." : "This document is not yours to redact: it is of the other side, or your role does not redact.", "bad"); return; }
    if (this.on) { this.leave(); return; }
    this.on = true;
    const words = this.#selected();
    if (this.viewer.tab !== "page") this.viewer.turn("page", false);
    this.viewer.panels.page.classList.add("redacting");
    if (words) this.#ask(words); else if (this.viewer.hit >= 0) this.#ofHit(); else this.build();
  }
  leave() {
    this.on = false;
    this.pending = null;
    this.chosen = 0;
    this.viewer.panels.page.classList.remove("redacting");
    this.build();
  }
  #back() {
    if (this.pending) this.pending = null;
    else if (this.chosen) this.chosen = 0;
    else { this.leave(); return; }
    this.build();
  }

  /** Say what the mode does, and put every box on its page. */
  build() {
    for (const page of this.viewer.mounted.keys()) this.onPage(page);
    this.#sheets();
    const { bar } = this;
    bar.hidden = !this.on && !this.drawn.some((row) => !ON_PAGES.includes(row.shape) || row.look_again);
    if (bar.hidden) { bar.replaceChildren(); return; }
    const row = this.drawn.find((of_) => of_.id === this.chosen);
    const parts = /** @type {(Node | string)[]} */ ([]);
    if (this.on) {
      const words = row ? `${row.reason}, ${row.state} by ${row.who}.` : this.pending ? "Why?" : this.viewer.shown?.pages === 0 ? "Cells or seconds, then a reason." : "Draw a box, or go to a hit (n p).";
      parts.push(el("b", {}, this.may === "propose" ? "Propose" : "Redact"), el("span", { className: "quiet", role: "status" }, words));
      const may = !row || row.may.includes("change");
      for (const reason of may ? this.reasons : []) {
        const button = el("button", { type: "button", className: "small chip", title: reason.words, "aria-pressed": String(row?.reason === reason.name) }, el("i", { className: "swatch", "aria-hidden": "true" }), reason.name, reason.key ? el("kbd", { "aria-hidden": "true" }, reason.key) : null);
        button.style.setProperty("--reason", reason.colour);
        button.onclick = () => this.#reason(reason);
        parts.push(button);
      }
      const act = (/** @type {string} */ label, /** @type {string} */ key, /** @type {() => void} */ does, primary = false) => {
        const button = el("button", { type: "button", className: `small${primary ? " primary" : " quiet"}` }, label, el("kbd", { "aria-hidden": "true" }, key));
        button.onclick = does;
        parts.push(button);
      };
      if (row) {
        if (row.may.includes("decide")) { act("Accept", "a", () => this.#decide(true), true); act("Refuse", "d", () => this.#decide(false)); }
        if (row.may.includes("change")) act("Remove", "Delete", () => this.#remove());
      } else if (this.viewer.shown?.pages) {
        act("Whole page", "w", () => this.#whole());
        if (this.pending?.shape === "box" && this.pending.boxes.length === 1) act("All but this", "o", () => this.#invert());
      } else {
        const had = /** @type {HTMLInputElement | null} */ (bar.querySelector("#span"))?.value || "";
        const input = el("input", { id: "span", value: had, placeholder: "Sheet1!B2:D9 or 12-31", "aria-label": "Cells or seconds", autocomplete: "off", spellcheck: false });
        parts.push(input);
      }
      act("Undo", "u", () => this.undo());
      act("Done", "Esc", () => this.leave());
    }
    for (const [i, other] of this.drawn.entries()) {
      if (ON_PAGES.includes(other.shape)) continue;
      const words = el("button", { type: "button", className: `small chip of-native ${other.state}`, "aria-pressed": String(other.id === this.chosen) }, el("i", { className: "swatch", "aria-hidden": "true" }), `${other.place.span} ${other.reason}${other.state === "proposed" ? " proposed" : ""}`);
      words.style.setProperty("--reason", other.colour);
      words.onclick = () => { if (!this.may) return; this.on = true; this.chosen = this.drawn[i].id; this.build(); };
      parts.push(words);
    }
    const again = this.drawn.filter((of_) => of_.look_again);
    if (again.length) parts.push(el("span", { className: "badge bad", role: "alert" }, `Look again: ${again.length === 1 ? "a redaction was" : `${again.length} redactions were`} drawn on a page that looks different today`));
    bar.replaceChildren(...parts);
  }
  /** Put the boxes of a page on it. @param {number} i from 0 */
  onPage(i) {
    const page = this.viewer.mounted.get(i), image = page?.querySelector("img");
    if (!page || !image?.naturalWidth) return;
    const focused = document.activeElement instanceof HTMLElement && page.contains(document.activeElement) ? document.activeElement.dataset.redaction : undefined;
    for (const old of page.querySelectorAll(".redaction")) old.remove();
    const size = [image.naturalWidth, image.naturalHeight];
    for (const row of this.drawn) if (row.page === i + 1 && ON_PAGES.includes(row.shape)) this.#put(page, size, row);
    if (this.pending?.page === i) {
      const parts = this.pending.shape === "page" ? [[0, 0, size[0], size[1]]] : this.pending.shape === "inverse" ? around(this.pending.boxes[0], size) : this.pending.boxes;
      for (const part of parts) { const box = el("div", { className: "redaction pending" }); lay(box, part, size); page.append(box); }
    }
    if (focused) /** @type {HTMLElement | null} */ (page.querySelector(`[data-redaction="${focused}"]`))?.focus();
  }
  /** @param {HTMLElement} page @param {number[]} size @param {Drawn} row */
  #put(page, size, row) {
    const own = row.place.box || [0, 0, size[0], size[1]];
    const parts = row.shape === "inverse" ? around(own, size) : [row.shape === "page" ? [0, 0, size[0], size[1]] : own];
    parts.forEach((part, n) => {
      const box = el(n ? "div" : "button", { className: `redaction ${row.state}${row.id === this.chosen ? " now" : ""}${row.look_again ? " again" : ""}`, "data-redaction": String(row.id), title: `${row.words}: ${row.state === "proposed" ? `proposed by ${row.who}` : row.who}${row.note ? ` (${row.note})` : ""}` });
      if (!n) { box.setAttribute("type", "button"); box.setAttribute("aria-label", `${row.reason}, ${row.state}, ${row.who}${row.look_again ? ", look again" : ""}`); }
      box.style.setProperty("--reason", row.colour);
      lay(box, part, size);
      if (!n) box.append(el("span", {}, row.reason));
      box.onclick = () => { if (!this.may) { say(`${row.words}: ${row.state} by ${row.who}.`); return; } this.pending = null; this.on = true; this.viewer.panels.page.classList.add("redacting"); this.chosen = row.id; this.build(); };
      page.append(box);
    });
  }

  // --- the cells of a workbook
  /** Show its sheets while somebody draws on them, with what is drawn. */
  #sheets() {
    if (!this.on || !this.cells || this.viewer.shown?.pages !== 0) { this.grid?.remove(); this.grid = null; return; }
    if (this.grid?.isConnected) { this.#paint(); return; }
    const { control } = this, grid = this.grid = el("div", { className: "sheets" }, el("p", { className: "quiet" }, "Reading the sheets …"));
    this.viewer.panels.page.append(grid);
    ask(`/api/sheets/${encodeURIComponent(control)}`).then(({ sheets }) => {
      if (grid !== this.grid) return;
      const input = () => /** @type {HTMLInputElement | null} */ (this.bar.querySelector("#span"));
      grid.replaceChildren(...sheets.map((/** @type {any} */ sheet) => sheetOf(sheet, (span) => { const field = input(); if (field) field.value = span; })));
      this.#paint();
    }, (error) => { if (grid === this.grid && !dropped(error)) grid.replaceChildren(el("p", { className: "notice warn" }, error.message)); });
  }
  /** Colour the cells that are drawn on. */
  #paint() {
    for (const cell of /** @type {NodeListOf<HTMLElement>} */ (this.grid?.querySelectorAll("td.drawn") || [])) { cell.classList.remove("drawn", "proposed"); cell.title = ""; }
    for (const row of this.drawn) {
      const at = row.shape === "cells" && rangeOf(row.place.span || "");
      if (!at) continue;
      const table = [.../** @type {NodeListOf<HTMLTableElement>} */ (this.grid?.querySelectorAll("table") || [])].find((of_) => of_.dataset.sheet === at.sheet);
      for (const cell of /** @type {NodeListOf<HTMLTableCellElement>} */ (table?.querySelectorAll("td") || [])) {
        const r = Number(cell.dataset.row), c = Number(cell.dataset.column);
        if (r < at.top || r > at.bottom || c < at.left || c > at.right) continue;
        cell.classList.add("drawn");
        if (row.state === "proposed") cell.classList.add("proposed");
        cell.style.setProperty("--reason", row.colour);
        cell.title = `${row.reason}, ${row.state}, ${row.who}`;
      }
    }
  }

  // --- what is about to be drawn
  /** @param {Pending} pending */
  #ask(pending) {
    this.pending = pending;
    this.chosen = 0;
    this.build();
  }
  /** The hit that is shown, as a box. */
  #ofHit() {
    const { viewer } = this, hit = viewer.shown?.hits[viewer.hit];
    if (!hit) { this.build(); return; }
    this.#ask({ page: hit[0], boxes: [hit.slice(1, 5)], shape: "box" });
  }
  #whole() { this.#ask({ page: this.viewer.pageNow, boxes: [], shape: "page" }); }
  #invert() {
    const { pending } = this;
    if (pending?.boxes.length === 1) this.#ask({ ...pending, shape: pending.shape === "inverse" ? "box" : "inverse" });
  }
  /** Words somebody selected, as one box a line. @returns {Pending | null} */
  #selected() {
    const chosen = getSelection();
    if (!chosen || chosen.isCollapsed) return null;
    for (const [i, page] of this.viewer.mounted) {
      const image = page.querySelector("img");
      const words = [...page.querySelectorAll(".words span")].filter((word) => chosen.containsNode(word, true));
      if (!words.length || !image?.naturalWidth) continue;
      const area = page.getBoundingClientRect(), scale = image.naturalWidth / area.width;
      /** @type {number[][]} */
      const lines = [];
      for (const word of words) {
        const at = word.getBoundingClientRect();
        const box = [(at.left - area.left) * scale, (at.top - area.top) * scale, at.width * scale, at.height * scale];
        const line = lines.at(-1);
        if (line && box[1] + box[3] / 2 > line[1] && box[1] + box[3] / 2 < line[1] + line[3]) {
          const right = Math.max(line[0] + line[2], box[0] + box[2]), bottom = Math.max(line[1] + line[3], box[1] + box[3]);
          line[0] = Math.min(line[0], box[0]); line[1] = Math.min(line[1], box[1]); line[2] = right - line[0]; line[3] = bottom - line[1];
        } else lines.push(box);
      }
      chosen.removeAllRanges();
      return { page: i, boxes: lines.map((line) => whole(line, [image.naturalWidth, image.naturalHeight])), shape: "box" };
    }
    return null;
  }
  /** Draw with the mouse, from where it goes down to where it comes up. @param {PointerEvent} event */
  #down(event) {
    if (!this.on || event.button || !(event.target instanceof Element)) return;
    const page = /** @type {HTMLElement | null} */ (event.target.closest(".page")), image = page?.querySelector("img");
    if (!page || !image?.naturalWidth || event.target.closest("button.redaction")) return;
    const i = [...this.viewer.mounted].find(([, of_]) => of_ === page)?.[0];
    if (i === undefined) return;
    event.preventDefault();
    const area = page.getBoundingClientRect(), start = [event.clientX, event.clientY];
    const box = el("div", { className: "redaction pending" });
    page.append(box);
    page.setPointerCapture(event.pointerId);
    const span = (/** @type {PointerEvent} */ at) => {
      const left = Math.max(area.left, Math.min(start[0], at.clientX)), top = Math.max(area.top, Math.min(start[1], at.clientY));
      const right = Math.min(area.right, Math.max(start[0], at.clientX)), bottom = Math.min(area.bottom, Math.max(start[1], at.clientY));
      const scale = image.naturalWidth / area.width;
      return whole([(left - area.left) * scale, (top - area.top) * scale, (right - left) * scale, (bottom - top) * scale], [image.naturalWidth, image.naturalHeight]);
    };
    const move = (/** @type {PointerEvent} */ at) => lay(box, span(at), [image.naturalWidth, image.naturalHeight]);
    const end = (/** @type {PointerEvent} */ at) => {
      page.removeEventListener("pointermove", move);
      page.removeEventListener("pointerup", end);
      page.removeEventListener("pointercancel", end);
      box.remove();
      if (at.type === "pointercancel") return;
      if (Math.abs(at.clientX - start[0]) < CLICK || Math.abs(at.clientY - start[1]) < CLICK) { this.chosen = 0; this.pending = null; this.build(); return; }
      this.#ask({ page: i, boxes: [span(at)], shape: "box" });
    };
    page.addEventListener("pointermove", move);
    page.addEventListener("pointerup", end);
    page.addEventListener("pointercancel", end);
  }

  // --- keys of the mode
  /** @param {string} key @returns {boolean} whether it is taken */
  #key(key) {
    const reason = this.reasons.find((of_) => of_.key === key);
    if (/^[1-9]$/.test(key)) { if (reason) this.#reason(reason); else say(`No reason has the key ${key}.`, "bad"); return true; }
    const row = this.drawn.find((of_) => of_.id === this.chosen);
    if (key === "n" || key === "p") { say(this.viewer.nextHit(key === "n" ? 1 : -1)); this.#ofHit(); return true; }
    if (key === "w" && !row) { this.#whole(); return true; }
    if (key === "o" && !row && this.pending) { this.#invert(); return true; }
    if (key === "u") { this.undo(); return true; }
    if (row && key === "a" && row.may.includes("decide")) { this.#decide(true); return true; }
    if (row && key === "d" && row.may.includes("decide")) { this.#decide(false); return true; }
    if (row && (key === "Delete" || key === "Backspace")) { this.#remove(); return true; }
    // Enter saves a coding elsewhere: here nothing is saved by a slip.
    return key === "Enter" || key === "Delete" || key === "Backspace";
  }
  /** A reason is chosen: what is drawn is saved, or what is chosen gets it. @param {Reason} reason */
  #reason(reason) {
    const row = this.drawn.find((of_) => of_.id === this.chosen);
    if (row) { if (row.reason !== reason.name) this.#send("PUT", { id: row.id, reason: reason.name }, `${reason.name} now.`); return; }
    const span = /** @type {HTMLInputElement | null} */ (this.bar.querySelector("#span"))?.value.trim();
    if (span) { this.#send("POST", { shape: span.includes("!") ? "cells" : "seconds", reason: reason.name, place: { span } }, ""); return; }
    const { pending } = this;
    if (!pending) { say("Draw a box first, or go to a hit with n and p.", "bad"); return; }
    const place = pending.shape === "page" ? {} : pending.boxes.length === 1 ? { box: pending.boxes[0] } : { boxes: pending.boxes };
    this.#send("POST", { shape: pending.shape, page: pending.page + 1, reason: reason.name, place }, "");
  }
  /** @param {string} method @param {any} body @param {string} words said when it is done */
  async #send(method, body, words) {
    if (this.saving) return;
    this.saving = true;
    const { control } = this;
    try {
      const answer = await ask(`/api/redactions/${encodeURIComponent(control)}`, { method, body });
      this.#done(control, answer, words || said(answer.kept));
    } catch (error) { this.#failed(/** @type {any} */ (error)); } finally { this.saving = false; }
  }
  /** @param {string} control @param {any} answer @param {string} words */
  #done(control, answer, words) {
    this.how.changed(control);
    say(words);
    if (control !== this.control) return;
    const field = /** @type {HTMLInputElement | null} */ (this.bar.querySelector("#span"));
    if (field) field.value = "";
    for (const cell of this.grid?.querySelectorAll("td.chosen") || []) cell.classList.remove("chosen");
    this.pending = null;
    this.chosen = 0;
    this.#take(answer.redactions);
  }
  /** @param {any} error */
  #failed(error) {
    if (dropped(error)) return;
    say(error.message, "bad");
    // Somebody else was first: theirs is shown, and what was drawn here waits.
    if (error.status === 409) this.refresh();
  }
  async #remove() {
    const { control, chosen } = this;
    if (!chosen || this.saving) return;
    this.saving = true;
    try {
      const answer = await ask(`/api/redactions/${encodeURIComponent(control)}?id=${chosen}`, { method: "DELETE" });
      this.#done(control, answer, "Removed; u undoes it.");
    } catch (error) { this.#failed(error); } finally { this.saving = false; }
  }
  /** @param {boolean} accept */
  async #decide(accept) {
    const { control, chosen } = this;
    if (!chosen || this.saving) return;
    this.saving = true;
    try {
      await ask("/api/redactions/decide", { method: "POST", body: { ids: [chosen], accept } });
      this.how.changed(control);
      say(accept ? "Accepted: it stands." : "Refused.");
      this.chosen = 0;
      await this.refresh();
    } catch (error) { this.#failed(error); } finally { this.saving = false; }
  }
  /** Take my last save of redactions back, whatever document it was of. */
  async undo() {
    if (this.saving) return;
    this.saving = true;
    try {
      const { kept: rows } = await ask("/api/redactions/undo", { method: "POST", body: {} });
      for (const control of new Set(rows.map((/** @type {any} */ row) => row.control))) this.how.changed(String(control));
      const elsewhere = rows.find((/** @type {any} */ row) => row.control !== this.control);
      say(elsewhere ? `Undone on ${elsewhere.control}.` : "Undone.");
      await this.refresh();
    } catch (error) { this.#failed(error); } finally { this.saving = false; }
  }
}

const letters = (/** @type {number} */ n) => { let out = ""; while (n) { out = String.fromCharCode(65 + ((n - 1) % 26)) + out; n = Math.floor((n - 1) / 26); } return out; };
const numberOf = (/** @type {string} */ column) => [...column].reduce((n, letter) => n * 26 + letter.charCodeAt(0) - 64, 0);
/** A range as the server keeps it. @param {string} span */
function rangeOf(span) {
  const found = /^(?:'((?:[^']|'')+)'|([^'!]+))!([A-Z]+)(\d+)(?::([A-Z]+)(\d+))?$/.exec(span);
  if (!found) return null;
  const [, quoted, plain, left, top, right, bottom] = found;
  return { sheet: quoted ? quoted.replaceAll("''", "'") : plain, left: numberOf(left), top: Number(top), right: numberOf(right || left), bottom: Number(bottom || top) };
}
/** A sheet as a table whose cells are chosen by dragging over them.
 * @param {{name: string, rows: number, columns: number, cells: [number, string[]][]}} sheet @param {(span: string) => void} choose */
function sheetOf(sheet, choose) {
  const wide = Math.max(1, ...sheet.cells.map(([, cells]) => cells.length));
  const columns = Array.from({ length: wide }, (_, i) => i + 1);
  const table = el("table", { "data-sheet": sheet.name }, el("caption", {}, sheet.name),
    el("thead", {}, el("tr", {}, el("td", {}), ...columns.map((c) => el("th", { scope: "col" }, letters(c))))),
    el("tbody", {}, ...sheet.cells.map(([row, cells]) => el("tr", {}, el("th", { scope: "row" }, String(row)), ...columns.map((c) => el("td", { "data-row": String(row), "data-column": String(c), dir: "auto" }, cells[c - 1] || ""))))));
  const cut = sheet.rows > (sheet.cells.at(-1)?.[0] || 0) || sheet.columns > wide;
  /** @type {HTMLElement | null} */
  let start = null;
  const name = `'${sheet.name.replaceAll("'", "''")}'`;
  const at = (/** @type {EventTarget | null} */ target) => /** @type {HTMLElement | null} */ (target instanceof Element ? target.closest("td[data-row]") : null);
  const mark = (/** @type {HTMLElement} */ end) => {
    if (!start) return;
    const [r1, r2] = [Number(start.dataset.row), Number(end.dataset.row)].sort((x, y) => x - y), [c1, c2] = [Number(start.dataset.column), Number(end.dataset.column)].sort((x, y) => x - y);
    for (const cell of /** @type {NodeListOf<HTMLElement>} */ (table.querySelectorAll("td[data-row]"))) {
      const r = Number(cell.dataset.row), c = Number(cell.dataset.column);
      cell.classList.toggle("chosen", r >= r1 && r <= r2 && c >= c1 && c <= c2);
    }
    choose(`${name}!${letters(c1)}${r1}:${letters(c2)}${r2}`);
  };
  table.addEventListener("pointerdown", (event) => {
    const cell = at(event.target);
    if (!cell || event.button) return;
    event.preventDefault();
    for (const old of table.parentElement?.parentElement?.querySelectorAll("td.chosen") || []) old.classList.remove("chosen");
    start = cell;
    addEventListener("pointerup", () => { start = null; }, { once: true });
    mark(cell);
  });
  table.addEventListener("pointerover", (event) => { const cell = at(event.target); if (start && cell && event.buttons) mark(cell); });
  return el("div", { className: "sheet" }, table, cut ? el("p", { className: "quiet" }, `The sheet runs to row ${sheet.rows}, column ${letters(sheet.columns)}; write ranges beyond what is shown.`) : null);
}
/** What was kept, in a sentence. @param {{reason: string, state: string, shape: string, place: any}[]} rows */
function said(rows) {
  if (!rows?.length) return "Nothing was drawn.";
  const what = rows[0].state === "proposed" ? "proposed; it covers nothing until it is accepted" : "redacted";
  const resting = rows.filter((row) => row.shape === "cells").slice(1).length;
  if (resting) return `${rows[0].reason}: ${what}. Cells whose formulas rest on it are proposed: ${rows.slice(1, 4).map((row) => row.place.span).join(", ")}${resting > 3 ? " …" : ""}.`;
  return `${rows.length > 1 ? `${rows.length} boxes, ` : ""}${rows[0].reason}: ${what}.`;
}
/** A box of whole pixels within the page. @param {number[]} box @param {number[]} size */
function whole(box, size) {
  const left = Math.max(0, Math.floor(box[0])), top = Math.max(0, Math.floor(box[1]));
  return [left, top, Math.min(size[0], Math.ceil(box[0] + box[2])) - left, Math.min(size[1], Math.ceil(box[1] + box[3])) - top];
}
/** What of a page lies about a box. @param {number[]} box @param {number[]} size */
function around([x, y, w, h], [wide, tall]) {
  return [[0, 0, wide, y], [0, y + h, wide, tall - y - h], [0, y, x, h], [x + w, y, wide - x - w, h]].filter((part) => part[2] > 0 && part[3] > 0);
}
/** @param {HTMLElement} box @param {number[]} part @param {number[]} size */
function lay(box, [x, y, w, h], [wide, tall]) {
  box.style.left = `${(100 * x) / wide}%`;
  box.style.top = `${(100 * y) / tall}%`;
  box.style.width = `${(100 * w) / wide}%`;
  box.style.height = `${(100 * h) / tall}%`;
}
