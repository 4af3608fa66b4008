/* The rows of one query in one order, fetched in windows of a hundred and kept while they may be
   wanted again. A position in the list is a number; the row behind it may still be on its way. */
import { ask, dropped } from "./api.js";

/** Places of what a row of the list holds. */
export const AT = { place: 0, control: 1, side: 2, kind: 3, day: 4, custodian: 5, subject: 6, from: 7, pages: 8, marks: 9, flags: 10 };
const WINDOW = 100;
const AT_ONCE = 4;
const KEPT = 300;

export class Rows {
  /** @param {string} query @param {string} sort @param {(rows: Rows) => void} [changed] */
  constructor(query, sort, changed = () => {}) {
    this.query = query;
    this.sort = sort;
    this.changed = changed;
    /** Number of rows; -1 until the first window is here. */
    this.total = -1;
    /** @type {any} what the first answer said besides rows */
    this.about = null;
    /** @type {Error | null} why the last window did not come */
    this.error = null;
    /** @type {Map<number, any[][]>} */
    this.windows = new Map();
    /** @type {Map<number, {stop: AbortController, done: Promise<void>}>} */
    this.asked = new Map();
    /** @type {number[]} windows wanted, the most urgent first */
    this.wanted = [];
    /** @type {Set<number>} windows that did not come: asked for again when somebody acts */
    this.failed = new Set();
  }

  /** The row at a position, where it is here. @param {number} at @returns {any[] | undefined} */
  row(at) {
    return this.windows.get(Math.floor(at / WINDOW))?.[at % WINDOW];
  }

  /** Address of a window. @param {number} at @param {number} n */
  address(at, n) {
    return `/api/list?${new URLSearchParams({ q: this.query, sort: this.sort, at: String(at), n: String(n) })}`;
  }

  /**
   * Want the rows from `first` up to `last`, `ahead` of which are only likely; what is no longer
   * wanted is no longer asked for.
   * @param {number} first @param {number} last @param {number} [ahead] rows; negative ones lie before
   */
  want(first, last, ahead = 0) {
    const top = this.total < 0 ? 0 : Math.max(0, Math.ceil(this.total / WINDOW) - 1);
    const clamp = (/** @type {number} */ n) => Math.max(0, Math.min(top, n));
    const a = clamp(Math.floor(first / WINDOW)), b = clamp(Math.floor(last / WINDOW));
    /** @type {Set<number>} */
    const set = new Set();
    for (let n = a; n <= b; n++) set.add(n);
    if (ahead > 0) for (let n = b + 1; n <= clamp(Math.floor((last + ahead) / WINDOW)); n++) set.add(n);
    if (ahead < 0) for (let n = a - 1; n >= clamp(Math.floor((first + ahead) / WINDOW)); n--) set.add(n);
    for (const [n, { stop }] of this.asked) if (!set.has(n)) { stop.abort(); this.asked.delete(n); }
    this.wanted = [...set].filter((n) => !this.windows.has(n) && !this.asked.has(n) && !this.failed.has(n));
    this.#pump();
  }

  #pump() {
    while (this.wanted.length && this.asked.size < AT_ONCE) this.#fetch(/** @type {number} */ (this.wanted.shift()));
  }

  /** @param {number} n @returns {Promise<void>} */
  #fetch(n) {
    const stop = new AbortController();
    const done = ask(this.address(n * WINDOW, WINDOW), { signal: stop.signal })
      .then((answer) => {
        this.error = null;
        if (this.total < 0 || answer.total !== this.total) { this.total = answer.total; this.windows.clear(); }
        this.about = answer;
        this.windows.delete(n);
        this.windows.set(n, answer.rows);
        if (this.windows.size > KEPT) for (const old of this.windows.keys()) { this.windows.delete(old); if (this.windows.size <= KEPT) break; }
      })
      .catch((error) => { if (dropped(error)) throw error; this.error = error; this.failed.add(n); })
      .then(() => {
        if (this.asked.get(n)?.stop === stop) this.asked.delete(n);
        this.changed(this);
        this.#pump();
      }, () => {});
    this.asked.set(n, { stop, done });
    return done;
  }

  /** The row at a position, fetched if need be; undefined past the end. @param {number} at @returns {Promise<any[] | undefined>} */
  async get(at) {
    for (let tries = 0; tries < 3; tries++) {
      const row = this.row(at);
      if (row || at < 0 || (this.total >= 0 && at >= this.total)) return row;
      const n = Math.floor(at / WINDOW);
      await (this.asked.get(n)?.done || this.#fetch(n));
      if (this.error) throw this.error;
    }
    return this.row(at);
  }

  /** The position of a document, sought where it should be and around it; -1 when it is not near. @param {string} control @param {number} near */
  async find(control, near) {
    const row = await this.get(Math.max(0, near));
    if (row?.[AT.control] === control) return near;
    for (const [n, rows] of this.windows) {
      const i = rows.findIndex((other) => other[AT.control] === control);
      if (i >= 0) return n * WINDOW + i;
    }
    return -1;
  }

  /** Forget what is here and what is on its way, because something was saved elsewhere, or is shown no more, or the room is back. */
  stale() {
    for (const { stop } of this.asked.values()) stop.abort();
    this.asked.clear();
    this.windows.clear();
    this.failed.clear();
    this.changed(this);
  }

  /** Let nothing more come. */
  end() {
    this.changed = () => {};
    this.wanted = [];
    for (const { stop } of this.asked.values()) stop.abort();
    this.asked.clear();
  }
}
