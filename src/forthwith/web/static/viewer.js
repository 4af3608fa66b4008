/* The viewer: pages as images with their words over them, the text, native information, history.
   Of a document of thousands of pages only those near the eye are there. */
import { Unreached, ask, count, dropped, el, kept } from "./api.js";

const TABS = /** @type {[string, string][]} */ ([["page", "Page"], ["text", "Text"], ["sent", "As sent"], ["info", "Native info"], ["history", "History"]]);
/** Height over width of a page nobody has seen yet: US Letter. */
const LETTER = 11 / 8.5;
const SLICE = 60000;
const LINES = 120;

/**
 * What the viewer needs of a document.
 * @typedef {object} Shown
 * @property {string} control
 * @property {number} pages -1 while nobody counted
 * @property {() => Promise<{pages: number}>} count
 * @property {((first: number, last: number, signal: AbortSignal) => Promise<number[][]>) | null} pageHits
 * @property {(page: number) => string} pageAddress
 * @property {string[]} faults sentences
 * @property {boolean} lost
 * @property {number} hitsTo pages looked through for hits already
 * @property {number[][]} hits [page from 0, x, y, w, h] in pixels of the page's image
 * @property {number[][]} textHits [start, end] in characters
 * @property {[number, number, string][]} highlights [start, end, kind]
 * @property {{kind: string, label: string}[]} legend
 * @property {string} asSent address of the message's own HTML, for a frame; "" without
 * @property {((page: number, signal: AbortSignal) => Promise<[string, number, number, number, number][]>) | null} pageLights [kind, x, y, w, h]
 * @property {[string, string, string][]} fields [name, value, origin]
 * @property {(at: number, n: number, signal: AbortSignal) => Promise<{text: string, total: number, hits?: number[][], highlights?: [number, number, string][]}>} text
 */

export class Viewer {
  /** @param {HTMLElement} host @param {{history: (place: HTMLElement, control: string) => void, page?: (i: number) => void, counted?: () => void}} how `page` is told of each page that is painted, `counted` when it is known how many there are */
  constructor(host, how) {
    this.how = how;
    /** @type {Shown | null} */
    this.shown = null;
    this.tab = kept.get("tab", "page");
    /** Page asked for and not reached yet, from 0; -1 for none. */
    this.goal = -1;
    /** Whether the eye was led to a page, so that the first hit leads it nowhere. */
    this.led = false;
    /** @type {Map<string, Promise<any>>} words of pages, those fetched ahead too */
    this.words = new Map();
    /** Pictures fetched and decoded before their page is shown, by address. @type {Map<string, HTMLImageElement>} */
    this.ahead = new Map();
    this.zoom = kept.get("zoom", 0);
    this.stop = new AbortController();
    /** @type {Map<number, HTMLElement>} */
    this.mounted = new Map();
    this.ratios = new Float64Array(0);
    this.tops = new Float64Array(1);
    this.hit = -1;
    this.drawing = 0;
    this.textHit = -1;
    this.sought = 0;
    this.textEnd = false;
    /** @type {Set<string>} tabs of which the panel is filled */
    this.filled = new Set();
    /** @type {() => Promise<void>} */
    this.moreText = async () => {};

    this.tabs = el("div", { role: "tablist", className: "tabs", "aria-label": "What of the document" });
    this.tools = el("div", { className: "toolbar tools no-print" });
    this.tabs.addEventListener("keydown", (event) => {
      const step = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
      if (!step) return;
      event.preventDefault();
      this.turn(TABS[(TABS.findIndex(([name]) => name === this.tab) + step + TABS.length) % TABS.length][0]);
      /** @type {HTMLElement} */ (this.tabs.querySelector("[aria-selected=true]")).focus();
    });
    this.place = el("span", { className: "quiet number", "aria-live": "polite" });
    const button = (/** @type {string} */ words, /** @type {string} */ name, /** @type {() => void} */ act) => {
      const made = el("button", { type: "button", className: "small quiet", "aria-label": name, title: name }, words);
      made.onclick = act;
      return made;
    };
    this.tools.append(this.place, button("−", "Smaller", () => this.scaleBy(1 / 1.2)), button("Fit", "Fit the width", () => this.scaleBy(0)), button("+", "Larger", () => this.scaleBy(1.2)));
    this.legend = el("div", { className: "legend", "aria-label": "Highlights" });
    this.panels = /** @type {Record<string, HTMLElement>} */ ({});
    for (const [name, words] of TABS) {
      const tab = el("button", { type: "button", role: "tab", id: `tab-${name}`, "aria-controls": `panel-${name}`, className: "tab" }, words);
      tab.onclick = () => this.turn(name);
      this.tabs.append(tab);
      this.panels[name] = el("div", { role: "tabpanel", id: `panel-${name}`, "aria-labelledby": `tab-${name}`, tabIndex: 0, className: `panel ${name}`, hidden: true });
    }
    this.paper = el("div", { className: "paper" });
    host.replaceChildren(el("div", { className: "viewer-bar" }, this.tabs, this.tools), this.legend, ...Object.values(this.panels));
    this.panels.page.addEventListener("scroll", () => this.draw(), { passive: true });
    this.panels.page.addEventListener("wheel", (event) => {
      if (!event.ctrlKey) return;
      event.preventDefault();
      this.scaleBy(event.deltaY < 0 ? 1.1 : 1 / 1.1);
    }, { passive: false });
    let wide = 0;
    new ResizeObserver(() => {
      if (wide === this.panels.page.clientWidth) return;
      wide = this.panels.page.clientWidth;
      this.measure();
    }).observe(this.panels.page);
  }

  /** Show a document. @param {Shown} shown @param {number} [page] from 0; -1 for where it begins */
  show(shown, page = -1) {
    this.stop.abort();
    this.stop = new AbortController();
    this.shown = shown;
    this.hit = this.textHit = -1;
    for (const page of this.mounted.values()) page.remove();
    this.mounted.clear();
    this.ratios = new Float64Array(Math.max(0, shown.pages)).fill(LETTER);
    this.tops = new Float64Array(1);
    this.sought = shown.hitsTo;
    for (const panel of Object.values(this.panels)) { panel.replaceChildren(); panel.scrollTop = 0; }
    this.filled = new Set();
    this.goal = page;
    this.led = page >= 0;
    /** @type {HTMLElement} */ (this.tabs.querySelector("#tab-sent")).hidden = !shown.asSent;
    this.#legend(shown);
    // "As sent" is for whoever asks, document by document.
    this.turn(page >= 0 || this.tab === "sent" ? "page" : this.tab, false);
    // The page is in the same frame as the title and the form.
    if (this.tab === "page" && this.drawing) { cancelAnimationFrame(this.drawing); this.drawing = 0; this.#paint(); }
    if (shown.hits.length && !this.led && this.tab === "page") this.toHit(0, false);
  }

  /** Drop what was fetched ahead. */
  forget() {
    this.ahead.clear();
    this.words.clear();
  }
  /** Show nothing, and keep nothing of what was shown. */
  empty() {
    this.forget();
    this.stop.abort();
    this.shown = null;
    for (const page of this.mounted.values()) page.remove();
    this.mounted.clear();
    this.filled.clear();
    for (const panel of Object.values(this.panels)) panel.replaceChildren();
  }

  /** @param {string} name @param {boolean} [keep] whether it is what this person wants to see first */
  turn(name, keep = true) {
    this.tab = name;
    if (keep && name !== "sent") kept.set("tab", name);
    for (const [other] of TABS) {
      const on = other === name;
      const tab = /** @type {HTMLElement} */ (this.tabs.querySelector(`#tab-${other}`));
      tab.setAttribute("aria-selected", String(on));
      tab.tabIndex = on ? 0 : -1;
      this.panels[other].hidden = !on;
    }
    this.tools.classList.toggle("hidden", name !== "page");
    this.legend.hidden = name !== "text" && name !== "page";
    if (!this.shown || this.filled.has(name)) return;
    this.filled.add(name);
    if (name === "page") this.#pages(this.shown);
    else if (name === "text") this.#text(this.shown);
    else if (name === "info") this.#info(this.shown);
    else if (name === "sent") this.#sent(this.shown);
    else this.how.history(this.panels.history, this.shown.control);
  }
  /** The next of the tabs. */
  turnOn() {
    const round = TABS.filter(([name]) => name !== "sent");
    this.turn(round[(round.findIndex(([name]) => name === this.tab) + 1) % round.length][0]);
  }
  /** The legend of what is always marked. @param {Shown} shown */
  #legend(shown) {
    this.legend.replaceChildren(...shown.legend.map(({ kind, label }) => el("span", { className: `mark ${kind}` }, label)));
  }
  /** The message's own HTML, in a frame that may do nothing. @param {Shown} shown */
  #sent(shown) {
    const frame = el("iframe", { title: `${shown.control} as sent` });
    frame.setAttribute("sandbox", "");
    frame.setAttribute("referrerpolicy", "no-referrer");
    frame.src = shown.asSent;
    this.panels.sent.append(el("p", { className: "quiet sent-note" }, "Links and pictures from elsewhere are taken out. The pages show what would be produced."), frame);
  }

  // --- pages
  /** @param {Shown} shown */
  #pages(shown) {
    const panel = this.panels.page;
    for (const fault of shown.faults) panel.append(el("p", { className: `notice ${shown.lost ? "bad" : "warn"}` }, fault));
    if (shown.pages < 0) {
      // The first page is wanted at once; how many there are comes after.
      this.#counted(shown, 1);
      shown.count().then(({ pages }) => this.shown === shown && this.#counted(shown, pages), (error) => {
        if (this.shown !== shown || dropped(error)) return;
        panel.append(el("p", { className: "notice warn" }, error.message));
      });
      return;
    }
    if (!shown.pages) {
      const read = el("button", { type: "button" }, "Read the text");
      read.onclick = () => this.turn("text");
      panel.append(el("div", { className: "empty" }, el("b", {}, shown.lost ? "This document could not be read" : "There is no page to show"),
        el("p", {}, shown.lost ? "What could be said of it is under Native info. The file itself is kept as it was collected." : "Nothing of this document can be painted; its text and native information are beside."), shown.lost ? null : read));
      this.place.textContent = "";
      return;
    }
    this.paper = el("div", { className: "paper" });
    panel.append(this.paper);
    this.measure();
    this.#seek(shown);
  }
  /** Lay out as many pages as there are, what is there already kept. @param {Shown} shown @param {number} pages */
  #counted(shown, pages) {
    shown.pages = pages;
    const first = this.ratios[0] || LETTER;
    this.ratios = new Float64Array(pages).fill(LETTER);
    if (pages) this.ratios[0] = first;
    if (pages > 1 && this.goal >= pages) this.goal = pages - 1;
    if (!pages || !this.paper.isConnected) { this.panels.page.replaceChildren(); this.mounted.clear(); this.#pages(shown); } else { this.measure(); this.#seek(shown); }
    this.how.counted?.();
  }
  /** Look for hits on the pages, some hundreds at a time. @param {Shown} shown */
  async #seek(shown) {
    const { signal } = this.stop;
    while (shown.pageHits && this.sought < shown.pages && !signal.aborted) {
      const first = this.sought, last = Math.min(shown.pages, first + (first ? 200 : 20));
      this.sought = last;
      try {
        const found = await shown.pageHits(first, last, signal);
        if (signal.aborted) return;
        const none = !shown.hits.length;
        shown.hits = [...shown.hits, ...found];
        for (const [i, page] of this.mounted) this.#hits(shown, i, page);
        if (none && found.length && !this.led && this.tab === "page" && this.hit < 0) this.toHit(0, false);
      } catch { return; }
    }
  }
  /** Put the boxes of hits on a page that is painted. @param {Shown} shown @param {number} i @param {HTMLElement} page */
  #hits(shown, i, page) {
    const image = page.querySelector("img");
    if (!image?.naturalWidth) return;
    for (const old of page.querySelectorAll(".hit")) old.remove();
    shown.hits.forEach(([n, x, y, w, h], place) => {
      if (n !== i) return;
      const box = el("div", { className: `hit${place === this.hit ? " now" : ""}`, "data-hit": String(place) });
      this.#box(box, x, y, w, h, image.naturalWidth, image.naturalHeight);
      page.append(box);
    });
  }
  get width() {
    const room = Math.max(200, this.panels.page.clientWidth - 24);
    return Math.round(this.zoom ? 816 * this.zoom : Math.min(room, 920));
  }
  /** Reckon where each page lies; the page looked at stays where it is. */
  measure() {
    const n = this.ratios.length, width = this.width, panel = this.panels.page;
    const now = this.tops.length > 1 ? this.current : 0, off = panel.scrollTop - (this.tops[now] || 0), before = (this.tops[now + 1] || 1) - (this.tops[now] || 0);
    this.tops = new Float64Array(n + 1);
    for (let i = 0; i < n; i++) this.tops[i + 1] = this.tops[i] + Math.round(this.ratios[i] * width) + 12;
    this.paper.style.height = `${this.tops[n]}px`;
    this.paper.style.width = `${width}px`;
    for (const [i, page] of this.mounted) this.#lay(page, i);
    if (n && panel.scrollTop > 0) panel.scrollTop = this.tops[now] + off * ((this.tops[now + 1] - this.tops[now]) / before || 1);
    if (this.goal >= 0 && this.goal < n) { panel.scrollTop = this.tops[this.goal] + (this.goal ? this.paper.offsetTop : 0); if (panel.clientHeight) this.goal = -1; }
    this.draw();
  }
  /** @param {HTMLElement} page @param {number} i */
  #lay(page, i) {
    page.style.top = `${this.tops[i]}px`;
    page.style.height = `${this.tops[i + 1] - this.tops[i] - 12}px`;
  }
  /** The page looked at, from 0. */
  get pageNow() { return this.ratios.length > 1 ? this.current : 0; }
  /** The page at the top third of the panel, from 0. */
  get current() {
    return this.#at(this.panels.page.scrollTop - this.paper.offsetTop + this.panels.page.clientHeight / 3);
  }
  /** @param {number} y */
  #at(y) {
    let low = 0, high = Math.max(0, this.tops.length - 2);
    while (low < high) { const mid = (low + high + 1) >> 1; if (this.tops[mid] <= y) low = mid; else high = mid - 1; }
    return low;
  }
  draw() {
    if (!this.drawing) this.drawing = requestAnimationFrame(() => { this.drawing = 0; this.#paint(); });
  }
  #paint() {
    const shown = this.shown, panel = this.panels.page;
    if (!shown || this.tab !== "page" || !shown.pages) return;
    const seen = panel.clientHeight, top = panel.scrollTop - this.paper.offsetTop;
    const a = this.#at(top - seen), b = this.#at(top + 2 * seen);
    for (const [i, page] of this.mounted) if (i < a || i > b) { page.remove(); this.mounted.delete(i); }
    for (let i = a; i <= b; i++) if (!this.mounted.has(i)) this.#mount(shown, i);
    this.place.textContent = shown.pages > 1 ? `${count(this.current + 1)} / ${count(shown.pages)}` : "";
  }
  /** @param {Shown} shown @param {number} i */
  #mount(shown, i) {
    const page = el("div", { className: "page", role: "group", "aria-label": `Page ${i + 1} of ${shown.pages}` });
    const address = shown.pageAddress(i), fetched = this.ahead.get(address);
    this.ahead.delete(address);
    const here = fetched?.complete && fetched.naturalWidth > 0;
    const image = here ? /** @type {HTMLImageElement} */ (fetched) : el("img");
    image.alt = `Page ${i + 1} of ${shown.control}`;
    image.draggable = false;
    // The page somebody came for is painted whole with the rest; what is scrolled past may lag.
    image.decoding = this.mounted.size ? "async" : "sync";
    page.append(image);
    this.#lay(page, i);
    this.mounted.set(i, page);
    const later = [...this.mounted.keys()].filter((n) => n > i).sort((x, y) => x - y)[0];
    this.paper.insertBefore(page, later === undefined ? null : /** @type {HTMLElement} */ (this.mounted.get(later)));
    image.onload = () => {
      if (!page.isConnected) return;
      page.classList.add("here");
      const ratio = image.naturalHeight / image.naturalWidth;
      if (Math.abs(ratio - this.ratios[i]) > 0.002) { this.ratios[i] = ratio; this.measure(); }
      const wide = image.naturalWidth, tall = image.naturalHeight;
      this.#hits(shown, i, page);
      this.how.page?.(i);
      // Words are wanted where somebody stays, not where somebody scrolls by.
      setTimeout(() => page.isConnected && this.#words(shown, i, page, wide, tall), 120);
    };
    image.onerror = () => {
      if (!page.isConnected) return;
      const again = el("button", { type: "button" }, "Try again");
      again.onclick = () => { page.remove(); this.mounted.delete(i); this.draw(); };
      page.replaceChildren(el("div", { className: "empty" }, el("b", {}, `Page ${i + 1} cannot be shown`), "Either the room cannot be reached or the page could not be painted. ", again));
    };
    if (here) image.onload.call(image, new Event("load")); else image.src = address;
  }
  /** @param {HTMLElement} box @param {number} x @param {number} y @param {number} w @param {number} h @param {number} wide @param {number} tall */
  #box(box, x, y, w, h, wide, tall) {
    box.style.left = `${(100 * x) / wide}%`;
    box.style.top = `${(100 * y) / tall}%`;
    box.style.width = `${(100 * w) / wide}%`;
    box.style.height = `${(100 * h) / tall}%`;
  }
  /** @param {Shown} shown @param {number} i @param {HTMLElement} page @param {number} wide @param {number} tall */
  async #words(shown, i, page, wide, tall) {
    /** @type {[string, number, number, number, number][]} */
    let words;
    try { words = await this.wordsOf(shown.control, i); } catch { return; }
    if (!page.isConnected || !Array.isArray(words)) return;
    const layer = el("div", { className: "words" });
    for (const [text, x, y, w, h] of words) {
      const word = el("span", {}, text);
      this.#box(word, x, y, w, h, wide, tall);
      word.style.fontSize = `${(100 * h * 0.8) / wide}cqw`;
      layer.append(word, " ");
    }
    page.append(layer);
    if (!shown.pageLights) return;
    try {
      const lights = await shown.pageLights(i, this.stop.signal);
      for (const [kind, x, y, w, h] of page.isConnected ? lights : []) {
        const box = el("div", { className: `light ${kind}` });
        this.#box(box, x, y, w, h, wide, tall);
        page.insertBefore(box, layer);
      }
    } catch { /* a page without colours is the page all the same */ }
  }
  /** Words of a page with their boxes, kept for the last few. @param {string} control @param {number} page @returns {Promise<[string, number, number, number, number][]>} */
  wordsOf(control, page) {
    const name = `${control} ${page}`;
    const known = this.words.get(name);
    if (known) return known;
    const asked = ask(`/api/words/${encodeURIComponent(control)}/${page}`);
    this.words.set(name, asked);
    asked.catch(() => this.words.delete(name));
    for (const old of this.words.keys()) { if (this.words.size <= 24) break; this.words.delete(old); }
    return asked;
  }

  /** Larger or smaller; 0 fits the width. @param {number} by */
  scaleBy(by) {
    this.zoom = by ? Math.max(0.25, Math.min(4, (this.zoom || this.width / 816) * by)) : 0;
    kept.set("zoom", this.zoom);
    this.measure();
  }
  /** @param {number} by */
  pageBy(by) {
    if (this.tab !== "page") return this.scrollBy(by);
    const to = Math.max(0, Math.min(this.ratios.length - 1, this.current + by));
    this.panels.page.scrollTop = this.tops[to] + (to ? this.paper.offsetTop : 0);
  }
  /** By nearly a window. @param {number} by @returns {boolean} whether anything moved */
  scrollBy(by) {
    const panel = this.panels[this.tab], before = panel.scrollTop;
    panel.scrollTop += by * Math.max(40, panel.clientHeight * 0.88);
    return panel.scrollTop !== before;
  }
  /** Go to a hit by its place. @param {number} place @param {boolean} [turn] */
  toHit(place, turn = true) {
    const shown = this.shown;
    if (!shown) return "";
    if (this.tab !== "text" && !shown.hits.length && shown.textHits.length && turn && (this.sought >= shown.pages || shown.pages < 1)) this.turn("text", false);
    if (this.tab === "text") return this.#toTextHit(place);
    const all = shown.hits.length;
    if (!all) return "No hit on the pages";
    if (turn && this.tab !== "page") this.turn("page", false);
    this.hit = (place + all) % all;
    const [page, , y, , h] = shown.hits[this.hit];
    const image = this.mounted.get(page)?.querySelector("img");
    const tall = (image && image.naturalHeight) || 2550 * this.ratios[page];
    const at = this.tops[page] + ((y + h / 2) / tall) * (this.tops[page + 1] - this.tops[page]) + this.paper.offsetTop;
    const panel = this.panels.page;
    if (turn || at > panel.scrollTop + panel.clientHeight * 0.85) panel.scrollTop = Math.max(0, at - panel.clientHeight / 2.5);
    for (const box of this.paper.querySelectorAll(".hit")) box.classList.toggle("now", box.getAttribute("data-hit") === String(this.hit));
    this.draw();
    return `Hit ${this.hit + 1} of ${all}`;
  }
  /** @param {number} by */
  nextHit(by) {
    const now = this.tab === "text" ? this.textHit : this.hit;
    return this.toHit(now < 0 ? (by > 0 ? 0 : -1) : now + by);
  }

  // --- text
  /** @param {Shown} shown */
  async #text(shown) {
    const panel = this.panels.text, { signal } = this.stop;
    for (const fault of shown.faults) panel.append(el("p", { className: "notice warn" }, fault));
    const all = el("div", { className: "text-body" });
    const end = el("p", { className: "quiet" }, "Reading …");
    panel.append(all, end);
    let at = 0, total = -1, busy = false;
    const more = async () => {
      if (busy || (total >= 0 && at >= total)) return;
      busy = true;
      try {
        const part = await shown.text(at, SLICE, signal);
        if (signal.aborted) return;
        total = part.total;
        // Of a long text hits come with each stretch.
        const known = new Set(shown.textHits.map(([a]) => a));
        for (const [a, b] of part.hits || []) if (!known.has(a)) shown.textHits.push([a, b]);
        for (const mark of part.highlights || []) shown.highlights.push(mark);
        this.#lines(shown, all, part.text, at);
        at += [...part.text].length || total;
        end.textContent = at >= total ? (total ? "" : "The text is empty.") : `${count(at)} of ${count(total)} characters are here.`;
        this.textEnd = at >= total;
      } catch (error) {
        if (dropped(error)) return;
        end.textContent = `${/** @type {Error} */ (error).message} `;
        const again = el("button", { type: "button", className: "small" }, "Try again");
        again.onclick = () => { busy = false; more(); };
        end.append(again);
        if (!(error instanceof Unreached)) at = total = 0;
        return;
      } finally { busy = false; }
      // Scrolled to the end already: go on.
      if (at < total && panel.scrollTop + panel.clientHeight * 3 > panel.scrollHeight) more();
    };
    this.moreText = more;
    panel.onscroll = () => { if (panel.scrollTop + panel.clientHeight * 3 > panel.scrollHeight) more(); };
    await more();
    if (shown.textHits.length && this.textHit < 0 && !signal.aborted) this.#toTextHit(0);
  }
  /** Put lines below what is there; quoted lines folded, hits and terms marked. @param {Shown} shown @param {HTMLElement} host @param {string} text @param {number} start its place, in characters */
  #lines(shown, host, text, start) {
    /** @type {{a: number, b: number, kind: string}[]} */
    const marks = [];
    const points = [...text].length;
    for (const [a, b] of shown.textHits) if (b > start && a < start + points) marks.push({ a, b, kind: "found" });
    for (const [a, b, kind] of shown.highlights) if (b > start && a < start + points) marks.push({ a, b, kind });
    marks.sort((x, y) => x.a - y.a || Number(y.kind === "found") - Number(x.kind === "found"));
    // Places are characters (code points); a text of the first plane only needs no counting.
    const astral = points !== text.length;
    let at = start, m = 0;
    /** @type {HTMLElement} */
    let block = el("div", { className: "lines" });
    host.append(block);
    let quoted = /** @type {HTMLElement | null} */ (null);
    let folded = 0, n = 0, below = false;
    for (const line of text.split("\n")) {
      const size = astral ? [...line].length : line.length;
      below = below || /^\s*(-{2,}\s*(original message|forwarded message)|_{20,}\s*$|on .{5,90} wrote:\s*$)/i.test(line);
      const isQuote = below || /^\s*(>|\|)/.test(line);
      if (isQuote && !quoted) {
        const fold = el("details", { className: "fold" });
        quoted = el("div", { className: "lines" });
        fold.append(el("summary", {}, "quoted text"), quoted);
        host.append(fold);
        folded = 0;
      } else if (!isQuote && quoted) {
        quoted = null;
        host.append(block = el("div", { className: "lines" }));
      } else if (n && n % LINES === 0) {
        const next = el("div", { className: "lines" });
        if (quoted) { quoted.parentElement?.append(next); quoted = next; } else host.append(block = next);
      }
      n++;
      const into = quoted || block;
      let done = 0;
      const row = el("div", { className: "line", dir: "auto" });
      while (m < marks.length && marks[m].b <= at) m++;
      for (let k = m; k < marks.length && marks[k].a < at + size; k++) {
        const a = Math.max(done, marks[k].a - at), b = Math.min(size, marks[k].b - at);
        if (b <= a) continue;
        const part = (/** @type {number} */ x, /** @type {number} */ y) => (astral ? [...line].slice(x, y).join("") : line.slice(x, y));
        row.append(part(done, a), el("mark", { className: `mark ${marks[k].kind}` }, part(a, b)));
        if (quoted && marks[k].kind === "found") folded++;
        done = b;
      }
      row.append((astral ? [...line].slice(done).join("") : line.slice(done)) || (done ? "" : "\u200b"));
      into.append(row);
      if (quoted) {
        const fold = /** @type {HTMLDetailsElement} */ (quoted.closest("details"));
        const lines = fold.querySelectorAll(".line").length;
        if (lines < 400) /** @type {HTMLElement} */ (fold.firstElementChild).textContent = `${lines} line${lines === 1 ? "" : "s"} quoted${folded ? `, ${folded} hit${folded === 1 ? "" : "s"}` : ""}`;
      }
      at += size + 1;
    }
  }
  /** @param {number} place */
  #toTextHit(place) {
    const all = /** @type {NodeListOf<HTMLElement>} */ (this.panels.text.querySelectorAll("mark.found"));
    if (!all.length) {
      if (!this.textEnd && this.shown?.textHits.length) this.moreText();
      return "No hit in the text that is here";
    }
    this.textHit = (place + all.length) % all.length;
    for (const [i, mark] of all.entries()) mark.classList.toggle("now", i === this.textHit);
    const mark = all[this.textHit];
    const fold = mark.closest("details");
    if (fold) fold.open = true;
    mark.scrollIntoView({ block: "center" });
    return `Hit ${this.textHit + 1} of ${all.length}${this.textEnd ? "" : "+"}`;
  }

  // --- native information
  /** @param {Shown} shown */
  #info(shown) {
    const panel = this.panels.info;
    for (const fault of shown.faults) panel.append(el("p", { className: "notice warn" }, fault));
    const list = el("dl", { className: "fields" });
    for (const [name, value, origin] of shown.fields)
      list.append(el("dt", {}, name), el("dd", { dir: "auto" }, value.slice(0, 20000), origin && el("span", { className: "quiet origin" }, origin)));
    panel.append(shown.fields.length ? list : el("p", { className: "empty" }, el("b", {}, "Nothing is known"), "The file says nothing about itself."));
  }
}
