/* The coding form: marks by keys, a draft that is never lost, one save, and two codings side by
   side when somebody else was quicker. Nothing is ever saved over what the person has not seen. */
import { Refused, Unreached, ask, el, kept, link, lostState, say } from "./api.js";
import { before, shown as shownKey, typing } from "./keys.js";
import { inShort, when } from "./words.js";

/**
 * @typedef {{name: string, label: string, kind: "one"|"many"|"text"|"flag", choices: {value: string, label: string, key: string}[],
 *   required_if: Record<string, any>, keys: Record<string, string>, suggest: string, privilege: boolean}} Mark
 * @typedef {{id: string, version: number, marks: Mark[], blind: boolean}} FormOf
 * @typedef {{version: number, who: string, at: string, body: Record<string, any>, pass?: string, because?: string}} Coding
 * @typedef {{control: string, version: number, body: Record<string, any>, at: string, waiting?: boolean, pass?: string, because?: string}} Draft
 */

/** A draft is under the document's number; that of another person is another browser's or login's. @param {string} control */
const draftName = (control) => `draft:${control}`;
/** @param {string} control @returns {Draft | null} */
export const draftOf = (control) => kept.get(draftName(control), null);
/** Drafts that were to be saved while the room was away. @returns {Draft[]} */
export const waiting = () => kept.names("draft:").map((name) => kept.get(name, null)).filter((draft) => draft?.waiting);

const same = (/** @type {any} */ a, /** @type {any} */ b) => JSON.stringify(tidy(a)) === JSON.stringify(tidy(b));
/** Without what says nothing, in one order. @param {Record<string, any>} body @returns {Record<string, any>} */
function tidy(body) {
  /** @type {Record<string, any>} */
  const all = {};
  for (const name of Object.keys(body || {}).sort()) {
    const value = body[name];
    if (value === false || value === "" || value == null || (Array.isArray(value) && !value.length)) continue;
    if (typeof value === "string" && !value.trim()) continue;
    all[name] = Array.isArray(value) ? [...value].sort() : value;
  }
  return all;
}
/** Whether a mark has to be set. @param {Mark} mark @param {Record<string, any>} body */
export function required(mark, body) {
  return Object.entries(mark.required_if || {}).some(([name, value]) => {
    if (name === "always") return !!value;
    const now = body[name] ?? "";
    const wanted = Array.isArray(value) ? value : [value];
    return Array.isArray(now) ? wanted.some((part) => now.includes(part)) : wanted.includes(now);
  });
}
const blank = (/** @type {any} */ value) => value == null || value === false || value === "" || (typeof value === "string" && !value.trim()) || (Array.isArray(value) && !value.length);

export class CodingForm {
  /** @param {HTMLElement} host @param {{saved: (control: string, answer: any) => void, saveNext: () => void}} how */
  constructor(host, how) {
    this.how = how;
    this.host = host;
    this.control = "";
    this.version = 0;
    /** @type {FormOf | null} */
    this.form = null;
    /** @type {Record<string, any>} */
    this.body = {};
    /** @type {Record<string, any>} */
    this.base = {};
    this.active = 0;
    this.saving = false;
    this.pass = "";
    this.against = 0;
    this.because = "";
    this.hidden = "";
    this.may = false;
    this.fromDraft = false;
    this.timer = 0;
    /** @type {Coding | null} */
    this.coding = null;
    /** @type {HTMLElement | null} */
    this.status = null;
    /** @type {Record<string, any> | null} */
    this.lastBody = kept.get("last", null);
    before((key) => this.#key(key));
    link.addEventListener("change", () => { if (!lostState()) this.sendWaiting(); });
  }

  /**
   * @param {{control: string, version: number, form: FormOf | null, coding: Coding | null, pass?: string, may?: boolean, hidden?: string}} about
   * `may` whether this person codes here; `hidden` a sentence where another's coding is not shown yet
   */
  show(about) {
    this.keep();
    clearTimeout(this.timer);
    this.control = about.control;
    this.version = about.version;
    this.form = about.form;
    this.coding = about.coding;
    this.pass = about.pass || "";
    this.may = about.may !== false && !!about.form;
    this.hidden = about.hidden || "";
    this.base = tidy(about.coding?.body || {});
    const draft = draftOf(about.control);
    this.fromDraft = !!draft && !same(draft.body, this.base);
    if (draft && !this.fromDraft) kept.set(draftName(about.control), null);
    this.body = this.fromDraft && draft ? { ...draft.body } : { ...this.base };
    /** The draft rests on an older coding: saving it goes through the comparison. */
    this.against = this.fromDraft && draft ? draft.version : this.version;
    this.because = (this.fromDraft && draft?.because) || "";
    this.active = 0;
    this.build();
  }

  build() {
    const { form, host } = this;
    if (!form || !this.may) {
      host.replaceChildren(this.#stands(), el("p", { className: "quiet" }, form ? "Your role reads here and does not code." : "No form asks anything of this document."));
      return;
    }
    const fields = form.marks.map((mark, i) => this.#field(mark, i));
    const save = el("button", { type: "button", className: "primary save" }, "Save and next", el("kbd", { "aria-hidden": "true" }, "Enter"));
    save.onclick = () => this.how.saveNext();
    this.status = el("p", { className: "form-state", role: "status" });
    const because = el("input", { id: "because", value: this.because, placeholder: "Why it changes", autocomplete: "off" });
    because.oninput = () => { this.because = because.value; this.#touched(); };
    host.replaceChildren(this.#stands(), el("div", { className: "marks", role: "group", "aria-label": "Coding" }, ...fields),
      el("div", { className: "field because", hidden: !this.coding }, el("label", { for: "because" }, "Because"), because),
      el("div", { className: "form-end" }, this.status, el("div", { className: "toolbar" }, save)));
    this.draw();
  }
  #stands() {
    if (this.hidden) return el("p", { className: "stands quiet" }, this.hidden);
    return el("p", { className: "stands quiet" }, this.coding ? `Coded by ${this.coding.who}, ${when(this.coding.at)}` : "Not coded yet");
  }
  /** @param {Mark} mark @param {number} i */
  #field(mark, i) {
    const id = `mark-${i}`;
    const keysOf = Object.entries(mark.keys || {});
    const hint = (/** @type {string} */ value) => keysOf.find(([, v]) => v === value && v)?.[0] || "";
    const activator = keysOf.find(([, value]) => value === "")?.[0];
    const title = [mark.label, activator && el("kbd", { "aria-hidden": "true" }, activator)];
    /** @type {HTMLElement} */
    let box;
    if (mark.kind === "text") {
      const area = el("textarea", { id, rows: 2, dir: "auto" });
      area.oninput = () => this.set(mark, area.value, false);
      box = el("div", { className: "mark-field field" }, el("label", { for: id }, ...title), area);
    } else if (mark.kind === "flag") {
      const tick = el("input", { type: "checkbox", id });
      tick.onchange = () => this.set(mark, tick.checked);
      box = el("div", { className: "mark-field flag" }, el("label", { className: "choice" }, tick, el("span", {}, mark.label), activator && el("kbd", { "aria-hidden": "true" }, activator)));
    } else {
      const legend = `${id}-name`;
      box = el("div", { className: "mark-field set", role: mark.kind === "one" ? "radiogroup" : "group", "aria-labelledby": legend }, el("div", { id: legend, className: "legend-of" }, ...title),
        el("div", { className: "choices" }, ...mark.choices.map((choice) => {
          const input = el("input", { type: mark.kind === "one" ? "radio" : "checkbox", name: id, value: choice.value });
          input.onclick = () => {
            // A second click on what is chosen takes it back: nothing chosen is an answer too.
            if (mark.kind === "one") this.set(mark, this.body[mark.name] === choice.value ? "" : choice.value);
            else this.#many(mark, choice.value);
          };
          const key = hint(choice.value) || choice.key;
          return el("label", { className: "choice" }, input, el("span", {}, choice.label), key && el("kbd", { "aria-hidden": "true" }, key));
        })));
    }
    box.dataset.mark = mark.name;
    box.addEventListener("focusin", () => { this.active = i; this.draw(); });
    box.append(el("p", { className: "error", id: `${id}-error`, hidden: true }));
    return box;
  }
  /** @param {Mark} mark @param {string} value */
  #many(mark, value) {
    const now = new Set(/** @type {string[]} */ (this.body[mark.name] || []));
    if (!now.delete(value)) now.add(value);
    this.set(mark, mark.choices.map((choice) => choice.value).filter((part) => now.has(part)));
  }
  /** @param {Mark} mark @param {any} value @param {boolean} [draw] */
  set(mark, value, draw = true) {
    if (blank(value)) delete this.body[mark.name]; else this.body[mark.name] = value;
    this.#touched();
    if (draw) this.draw();
  }
  #touched() {
    this.fromDraft = false;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.keep(), 250);
    this.draw();
  }
  get dirty() {
    return !same(this.body, this.base);
  }
  /** Keep what is not saved as a draft, at once. */
  keep() {
    clearTimeout(this.timer);
    if (!this.control || !this.may || !this.form) return;
    const old = draftOf(this.control);
    if (!this.dirty) { if (old) kept.set(draftName(this.control), null); return; }
    const fine = kept.set(draftName(this.control), { control: this.control, version: this.against, body: tidy(this.body), because: this.because,
      pass: this.pass, at: new Date().toISOString(), waiting: !!old?.waiting && same(old.body, this.body) });
    if (!fine) say("This browser keeps no drafts: save before you leave the document.", "bad");
  }
  draw() {
    if (!this.form || !this.may) return;
    this.form.marks.forEach((mark, i) => {
      const box = /** @type {HTMLElement | null} */ (this.host.querySelector(`[data-mark="${CSS.escape(mark.name)}"]`));
      if (!box) return;
      const value = this.body[mark.name];
      box.classList.toggle("active", i === this.active);
      box.classList.toggle("required", required(mark, this.body) && blank(value));
      for (const input of box.querySelectorAll("input")) {
        input.checked = mark.kind === "flag" ? !!value : mark.kind === "one" ? value === input.value : (value || []).includes(input.value);
        if (mark.kind === "one") input.setAttribute("aria-required", String(required(mark, this.body)));
      }
      const area = box.querySelector("textarea");
      if (area && document.activeElement !== area && area.value !== (value || "")) area.value = value || "";
      const error = /** @type {HTMLElement} */ (box.querySelector(".error"));
      if (!blank(value) && !error.hidden) { error.hidden = true; this.#invalid(box, ""); }
    });
    const because = /** @type {HTMLElement | null} */ (this.host.querySelector(".because"));
    if (because) because.hidden = !this.coding || !this.dirty;
    if (!this.status) return;
    const draft = draftOf(this.control);
    this.status.className = `form-state ${this.dirty ? "draft" : ""}`;
    this.status.textContent = this.saving ? "Saving …" : draft?.waiting ? "Waiting for the room: not saved yet"
      : this.fromDraft ? "Your draft, not saved" : this.dirty ? "Draft, not saved" : this.coding ? "Saved" : "";
  }
  /** @param {HTMLElement} box @param {string} error id of the sentence, "" for none */
  #invalid(box, error) {
    const target = box.matches(".set") ? box : box.querySelector("textarea,input") || box;
    if (error) { target.setAttribute("aria-invalid", "true"); target.setAttribute("aria-describedby", error); } else { target.removeAttribute("aria-invalid"); target.removeAttribute("aria-describedby"); }
  }

  /** Marks that still must be set. */
  get missing() {
    return (this.form?.marks || []).filter((mark) => required(mark, this.body) && blank(this.body[mark.name])).map((mark) => mark.name);
  }
  /** Say that marks are missing and go to the first. @param {string[]} names */
  miss(names) {
    const marks = this.form?.marks || [];
    for (const name of names) {
      const i = marks.findIndex((mark) => mark.name === name);
      const box = /** @type {HTMLElement | null} */ (this.host.querySelector(`[data-mark="${CSS.escape(name)}"]`));
      if (!box || i < 0) continue;
      const error = /** @type {HTMLElement} */ (box.querySelector(".error"));
      error.textContent = `${marks[i].label} has to be set before this is saved.`;
      error.hidden = false;
      this.#invalid(box, error.id);
    }
    const first = marks.findIndex((mark) => names.includes(mark.name));
    if (first >= 0) this.activate(first, true);
  }
  /** @param {number} i @param {boolean} [focus] */
  activate(i, focus = false) {
    this.active = i;
    this.draw();
    const mark = this.form?.marks[i];
    const box = mark && /** @type {HTMLElement | null} */ (this.host.querySelector(`[data-mark="${CSS.escape(mark.name)}"]`));
    box?.scrollIntoView({ block: "nearest" });
    if (focus) /** @type {HTMLElement | null} */ (box?.querySelector("input:checked") || box?.querySelector("input,textarea") || null)?.focus();
  }
  nextMark() {
    const n = this.form?.marks.length || 0;
    if (n) this.activate((this.active + 1) % n, this.host.contains(document.activeElement));
  }
  /** Write in the text mark. */
  write() {
    const i = (this.form?.marks || []).findIndex((mark) => mark.kind === "text");
    if (i >= 0 && this.may) this.activate(i, true);
  }
  /** Keys of the marks first: r, t, h …, then 1 to 9 in the active mark. @param {string} key @returns {boolean} */
  #key(key) {
    if (!this.form || !this.may || typing(document.activeElement)) return false;
    for (const [i, mark] of this.form.marks.entries()) {
      const value = (mark.keys || {})[key];
      if (value === undefined) continue;
      if (value === "" && mark.kind === "flag") this.set(mark, !this.body[mark.name]);
      else if (value && mark.kind === "many") this.#many(mark, value);
      else if (value) this.set(mark, value);
      this.activate(i, mark.kind === "text");
      return true;
    }
    if (!/^[1-9]$/.test(key)) return false;
    const mark = this.form.marks[this.active];
    const choice = mark?.choices.find((one) => one.key === key) || mark?.choices[Number(key) - 1];
    if (!choice) return mark?.kind !== "text";
    if (mark.kind === "many") this.#many(mark, choice.value); else this.set(mark, choice.value);
    return true;
  }
  /** Every key of the form, for the page of keys. @returns {{label: string, keys: [string, string][]}[]} */
  get keys() {
    return (this.form?.marks || []).map((mark) => ({ label: mark.label, keys: Object.entries(mark.keys || {}).map(([key, value]) =>
      /** @type {[string, string]} */ ([key, value ? mark.choices.find((choice) => choice.value === value)?.label || value : mark.kind === "flag" ? "set or not" : mark.kind === "text" ? "write" : "choose with 1 to 9"])) })).filter((mark) => mark.keys.length);
  }

  /** Show the marks of the last coding saved, for a look before they are saved here. */
  sameAsLast() {
    if (!this.may || !this.form) return "";
    if (!this.lastBody) return "Nothing was saved in this browser yet.";
    const names = new Set(this.form.marks.map((mark) => mark.name));
    this.body = Object.fromEntries(Object.entries(this.lastBody).filter(([name]) => names.has(name)));
    this.#touched();
    for (const area of this.host.querySelectorAll("textarea")) area.value = this.body[/** @type {HTMLElement} */ (area.closest("[data-mark]")).dataset.mark || ""] || "";
    return `Same as last: ${Object.entries(this.body).map(([name, value]) => inShort(name, value)).filter(Boolean).join(", ") || "no marks"}. ${shownKey("Enter")} saves it.`;
  }

  /**
   * Save what stands in the form.
   * @returns {Promise<"saved" | "missing" | "kept" | "refused" | "compared" | "busy">} "kept" as a draft while the room is away
   */
  async save() {
    if (this.saving) return "busy";
    if (!this.may || !this.form) { say("Your role does not code here.", "bad"); return "refused"; }
    this.keep();
    const missing = this.missing;
    if (missing.length) { this.miss(missing); return "missing"; }
    const { control, against, because, pass } = this;
    const body = tidy(this.body);
    this.saving = true;
    this.draw();
    try {
      const answer = await ask(`/api/codings/${encodeURIComponent(control)}`, { method: "PUT", headers: { "If-Match": String(against) }, body: { body, pass, ...(because && { because }) } });
      this.#done(control, body, answer);
      return "saved";
    } catch (error) {
      if (error instanceof Unreached || (error instanceof Refused && error.status === 401)) {
        kept.set(draftName(control), { control, version: against, body, because, pass, at: new Date().toISOString(), waiting: true });
        say(`${control} is kept on this machine and will be saved when the room is back.`, "bad");
        return "kept";
      }
      if (error instanceof Refused && error.status === 409) {
        await this.#met({ control, version: against, body, because, pass, at: "" }, error);
        return "compared";
      }
      if (error instanceof Refused && error.status === 422 && error.body.missing?.length) {
        if (this.control === control) this.miss(error.body.missing);
        return "missing";
      }
      say(/** @type {Error} */ (error).message, "bad");
      return "refused";
    } finally {
      this.saving = false;
      this.draw();
    }
  }
  /** @param {string} control @param {Record<string, any>} body @param {any} answer */
  #done(control, body, answer) {
    kept.set(draftName(control), null);
    this.lastBody = body;
    kept.set("last", body);
    if (this.control === control) {
      // What was changed while the save was on its way stays, upon the new version.
      this.base = body;
      this.version = this.against = answer.version;
      this.fromDraft = false;
      if (this.dirty) this.keep();
    }
    this.how.saved(control, answer);
  }

  /** Somebody else saved this document while it is open. @param {Coding} theirs */
  newer(theirs) {
    if (theirs.version <= this.version) return;
    if (this.dirty) {
      // The version this rests on stays: saving leads to the comparison.
      const words = `${theirs.who} has just coded this document. Yours is not saved; saving shows both.`;
      say(words, "bad");
      this.host.querySelector(".meanwhile")?.remove();
      this.host.prepend(el("p", { className: "notice warn meanwhile" }, words));
      return;
    }
    this.version = this.against = theirs.version;
    this.coding = theirs;
    this.base = tidy(theirs.body);
    this.body = { ...this.base };
    this.build();
    say(`${theirs.who} has just coded this document.`);
  }

  /** Save drafts that wait, each through the same check of versions; what meets another's coding waits on, and is said. */
  async sendWaiting() {
    const all = waiting();
    let saved = 0;
    /** @type {string[]} */
    const met = [];
    for (const draft of all) {
      try {
        const answer = await ask(`/api/codings/${encodeURIComponent(draft.control)}`, { method: "PUT", headers: { "If-Match": String(draft.version) },
          body: { body: draft.body, pass: draft.pass || "", ...(draft.because && { because: draft.because }) } });
        saved++;
        this.#done(draft.control, draft.body, answer);
      } catch (error) {
        if (error instanceof Unreached) break;
        if (error instanceof Refused && error.status === 401) break;
        // Kept as a draft of that document; it no longer waits, for somebody has to look.
        kept.set(draftName(draft.control), { ...draft, waiting: false });
        met.push(draft.control);
      }
    }
    this.draw();
    if (met.length) {
      const place = document.getElementById("state");
      const words = el("p", { className: "notice bad banner" }, `${met.length === 1 ? "One coding was" : `${met.length} codings were`} not saved, because the document was coded meanwhile or may not be coded now. Yours ${met.length === 1 ? "is" : "are"} kept as a draft: look at `);
      for (const control of met.slice(0, 12)) words.append(el("a", { href: `/documents/${encodeURIComponent(control)}` }, control), " ");
      const close = el("button", { type: "button", className: "small quiet" }, "Close");
      close.onclick = () => words.remove();
      words.append(close);
      place?.append(words);
    } else if (saved) say(`${saved === 1 ? "One coding" : `${saved} codings`} that waited ${saved === 1 ? "is" : "are"} saved.`);
  }

  /**
   * What to do where a save met another version: both are shown; where theirs is hidden from
   * whoever codes blind, only that there is one.
   * @param {Draft} mine @param {Refused} error
   */
  async #met(mine, error) {
    const theirs = theirsOf(error.body);
    if (theirs.version) return this.compare(mine, theirs);
    try {
      const now = await ask(`/api/documents/${encodeURIComponent(mine.control)}`);
      return this.compare(mine, { version: now.version || 0, who: now.coding?.who || "somebody else", at: now.coding?.at || "", body: now.coding?.body || {} });
    } catch (failure) { say(`${error.message} Yours is kept as a draft.`, "bad"); }
  }

  /**
   * Two codings side by side: take theirs, keep mine as a new version, or choose mark by mark.
   * @param {Draft} mine @param {Coding} theirs
   */
  compare(mine, theirs) {
    return new Promise((settled) => {
      const form = this.form;
      const names = [...new Set([...(form?.marks || []).map((mark) => mark.name), ...Object.keys(mine.body), ...Object.keys(theirs.body)])];
      /** @type {Record<string, any>} */
      const merged = {};
      const label = (/** @type {string} */ name) => form?.marks.find((mark) => mark.name === name)?.label || name;
      const said = (/** @type {string} */ name, /** @type {any} */ value) => {
        if (blank(value)) return "—";
        const mark = form?.marks.find((one) => one.name === name);
        const word = (/** @type {any} */ part) => mark?.choices?.find((choice) => choice.value === part)?.label || String(part);
        return value === true ? "Yes" : Array.isArray(value) ? value.map(word).join(", ") : word(value);
      };
      const rows = names.filter((name) => !blank(mine.body[name]) || !blank(theirs.body[name])).map((name, i) => {
        const apart = !same({ v: mine.body[name] }, { v: theirs.body[name] });
        merged[name] = mine.body[name];
        const side = (/** @type {any} */ value, /** @type {string} */ whose, /** @type {boolean} */ checked) => {
          if (!apart) return el("td", { dir: "auto" }, said(name, value));
          const pick = el("input", { type: "radio", name: `merge-${i}`, checked, "aria-label": `${label(name)}: ${whose}, ${said(name, value)}` });
          pick.onchange = () => { merged[name] = value; };
          return el("td", {}, el("label", { className: "choice" }, pick, el("span", { dir: "auto" }, said(name, value))));
        };
        return el("tr", { className: apart ? "apart" : "" }, el("th", { scope: "row" }, label(name)), side(theirs.body[name], theirs.who, false), side(mine.body[name], "mine", true));
      });
      const error = el("p", { className: "error", role: "alert" });
      const dialog = el("dialog", { className: "compare", "aria-labelledby": "compare-title" });
      const buttons = /** @type {HTMLButtonElement[]} */ ([]);
      const button = (/** @type {string} */ words, /** @type {string} */ kind, /** @type {() => any} */ act) => {
        const made = el("button", { type: "button", className: kind }, words);
        made.onclick = async () => { for (const one of buttons) one.disabled = true; await act(); for (const one of buttons) one.disabled = false; };
        buttons.push(made);
        return made;
      };
      const put = async (/** @type {Record<string, any>} */ body) => {
        error.textContent = "";
        try {
          const answer = await ask(`/api/codings/${encodeURIComponent(mine.control)}`, { method: "PUT", headers: { "If-Match": String(theirs.version) }, body: { body: tidy(body), pass: mine.pass || this.pass, because: mine.because || `after ${theirs.who} coded it meanwhile` } });
          const { control } = mine;
          if (this.control === control) { this.body = { ...tidy(body) }; this.coding = { ...theirs, version: answer.version, who: "you", at: new Date().toISOString(), body: tidy(body) }; }
          this.#done(control, tidy(body), answer);
          if (this.control === control) this.build();
          dialog.close();
        } catch (failure) {
          if (failure instanceof Refused && failure.status === 409) { dialog.close(); await this.#met(mine, failure); return; }
          error.textContent = `${/** @type {Error} */ (failure).message} Your coding stays as a draft.`;
        }
      };
      dialog.append(el("h2", { id: "compare-title" }, `${mine.control} was coded meanwhile`),
        el("p", {}, `${theirs.who} saved this document ${theirs.at ? when(theirs.at) : "just now"}. Nothing of yours is saved yet and nothing of either is lost: both stay in the history.`),
        el("div", { className: "table" }, el("table", {}, el("thead", {}, el("tr", {}, el("th", { scope: "col" }, "Mark"), el("th", { scope: "col" }, theirs.who), el("th", { scope: "col" }, "You"))), el("tbody", {}, ...rows))),
        error,
        el("div", { className: "toolbar" },
          button("Decide later", "quiet", () => dialog.close()),
          button("Take theirs", "", () => {
            // Mine is set aside and can be brought back from the history.
            kept.set(`aside:${mine.control}`, { ...mine, at: new Date().toISOString() });
            kept.set(draftName(mine.control), null);
            if (this.control === mine.control) { this.version = this.against = theirs.version; this.coding = theirs; this.base = tidy(theirs.body); this.body = { ...this.base }; this.fromDraft = false; this.build(); }
            dialog.close();
          }),
          button("Keep mine as a new version", "", () => put(mine.body)),
          button("Save as chosen", "primary", () => put(merged))));
      dialog.onclose = () => { dialog.remove(); settled(undefined); };
      document.body.append(dialog);
      dialog.showModal();
    });
  }
}
/** @param {any} body @returns {Coding} */
function theirsOf(body) {
  const theirs = Array.isArray(body.theirs) ? body.theirs[0] : body.theirs;
  return { version: theirs?.version ?? 0, who: theirs?.who || "somebody else", at: theirs?.at || "", body: theirs?.body || {}, pass: theirs?.pass };
}
