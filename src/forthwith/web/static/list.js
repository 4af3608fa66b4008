/* A virtual list of millions of rows: a dozen elements are moved, the spacer is no taller than a
   browser can lay out, and wheel, fingers, keys and the scroll bar all move the same position. */
import { count, el } from "./api.js";
import { AT, Rows } from "./rows.js";

/** Browsers lay out no more than about 16 M px; Firefox less. */
const TALLEST = 8e6;

/**
 * @typedef {object} Column
 * @property {string} name as kept, and as the order's name
 * @property {string} words
 * @property {string} width of CSS grid
 * @property {(row: any[], cell: HTMLElement) => void} fill
 * @property {string} [sort] order by which its head sorts
 * @property {boolean} [number]
 */

export class List {
  /**
   * @param {HTMLElement} host
   * @param {{columns: Column[], open: (at: number, row: any[], event: Event) => void, moved?: (at: number) => void,
   *   picked?: () => void, sorted?: (sort: string) => void, address: (row: any[], at: number) => string}} how
   */
  constructor(host, how) {
    this.how = how;
    this.columns = how.columns;
    this.host = host;
    /** Pixels from the top of all rows, exact, where the scroll bar is only a share. */
    this.top = 0;
    this.active = 0;
    /** @type {Set<string>} control numbers */
    this.selected = new Set();
    /** Every row of the query, less none: what is shown need not be here for it. */
    this.all = false;
    this.anchor = 0;
    this.rowHeight = 30;
    this.speed = 0;
    this.last = { at: 0, top: 0 };
    /** @type {Rows} */
    this.rows = new Rows("", "");
    this.frame = 0;
    this.version = 0;
    this.later = 0;
    /** @type {number | undefined} where to begin once the first rows are here */
    this.begin = undefined;
    /** @type {number | undefined} what the scroll bar was set to by us */
    this.set = undefined;
    /** Height of what is seen, as last drawn. */
    this.seen = 0;
    /** @type {any[]} */
    this.pool = [];
    /** @type {HTMLInputElement | null} */
    this.allBox = null;

    this.head = el("div", { role: "row", className: "row labels", "aria-rowindex": 1 });
    this.heads = el("div", { role: "rowgroup", className: "heads" }, this.head);
    this.layer = el("div", { className: "layer", role: "rowgroup" });
    this.spacer = el("div", { className: "spacer", role: "presentation" });
    // The layer stands before the spacer: a sticky element after a tall one is never reached.
    this.scroller = el("div", { className: "scroller", role: "presentation", tabIndex: -1 }, this.layer, this.spacer);
    this.grid = el("div", { role: "grid", className: "grid", tabIndex: 0, "aria-label": "Documents", "aria-multiselectable": "true" }, this.heads, this.scroller);
    this.empty = el("div", { className: "none", hidden: true });
    host.replaceChildren(this.grid, this.empty);
    this.layout();

    this.scroller.addEventListener("scroll", () => this.#scrolled(), { passive: true });
    this.scroller.addEventListener("wheel", (event) => this.#wheeled(event), { passive: false });
    let finger = 0;
    this.scroller.addEventListener("touchstart", (event) => { finger = event.touches[0].clientY; }, { passive: true });
    this.scroller.addEventListener("touchmove", (event) => {
      if (this.scale <= 1) return;
      event.preventDefault();
      const now = event.touches[0].clientY;
      this.scrollTo(this.top + finger - now);
      finger = now;
    }, { passive: false });
    this.grid.addEventListener("keydown", (event) => this.#key(event));
    this.layer.addEventListener("click", (event) => this.#click(event));
    this.layer.addEventListener("dblclick", (event) => {
      const at = this.#under(event), row = this.rows.row(at);
      if (row) how.open(at, row, event);
    });
    new ResizeObserver(() => this.#resized()).observe(this.scroller);
  }

  /** Show the columns chosen, in their order. */
  layout() {
    const narrow = innerWidth < 640;
    this.rowHeight = narrow ? 74 : 30;
    this.host.classList.toggle("narrow", narrow);
    this.host.style.setProperty("--columns", ["2.2rem", ...this.columns.map((column) => column.width)].join(" "));
    this.grid.setAttribute("aria-colcount", String(this.columns.length + 1));
    const all = el("input", { type: "checkbox", tabIndex: -1, "aria-label": "Select every document found" });
    all.onchange = () => { this.all = all.checked; this.selected.clear(); this.#picked(); };
    this.allBox = all;
    this.head.replaceChildren(el("span", { role: "columnheader", "aria-colindex": 1 }, all), ...this.columns.map((column, i) => {
      const cell = el("span", { role: "columnheader", "aria-colindex": i + 2, className: column.number ? "number" : "" });
      if (!column.sort) { cell.append(column.words); return cell; }
      const now = this.rows.sort === column.sort ? "ascending" : this.rows.sort === `-${column.sort}` ? "descending" : "";
      if (now) cell.setAttribute("aria-sort", now);
      const button = el("button", { type: "button", tabIndex: -1 }, column.words, now && el("span", { "aria-hidden": "true" }, now === "ascending" ? "↑" : "↓"));
      button.onclick = () => this.how.sorted?.(now === "ascending" ? `-${column.sort}` : /** @type {string} */ (column.sort));
      cell.append(button);
      return cell;
    }));
    this.pool = [];
    this.layer.replaceChildren();
    this.draw();
  }

  /** Show other rows. @param {Rows} rows @param {number} [at] the row to begin at */
  show(rows, at = 0) {
    this.rows.end();
    this.rows = rows;
    rows.changed = () => { this.version++; this.draw(); };
    this.version = 1;
    this.all = false;
    this.selected.clear();
    this.active = Math.max(0, at);
    this.anchor = this.active;
    this.top = 0;
    this.layout();
    this.#picked();
    this.rows.want(this.active, this.active + 60, 100);
    this.begin = at;
  }

  get scale() {
    const tall = Math.max(0, this.rows.total) * this.rowHeight, seen = this.scroller.clientHeight;
    return tall <= TALLEST ? 1 : (tall - seen) / (TALLEST - seen);
  }
  get bottom() {
    return Math.max(0, Math.max(0, this.rows.total) * this.rowHeight - this.scroller.clientHeight);
  }

  /** @param {number} top pixels of all rows */
  scrollTo(top) {
    this.top = Math.max(0, Math.min(this.bottom, top));
    this.set = Math.round(this.top / this.scale);
    this.scroller.scrollTop = this.set;
    this.draw();
  }
  #scrolled() {
    const bar = this.scroller.scrollTop;
    // Our own setting comes back rounded; the exact position stays.
    if (this.set !== undefined && Math.abs(bar - this.set) <= 1) return;
    this.set = undefined;
    this.top = Math.min(this.bottom, bar * this.scale);
    this.draw();
  }
  /** @param {WheelEvent} event */
  #wheeled(event) {
    if (this.scale <= 1 || event.ctrlKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) return;
    event.preventDefault();
    const unit = event.deltaMode === 1 ? this.rowHeight : event.deltaMode === 2 ? this.scroller.clientHeight : 1;
    this.scrollTo(this.top + event.deltaY * unit);
  }

  /** Move the active row, and the view no more than it must. @param {number} at @param {boolean} [middle] */
  move(at, middle = false) {
    const end = this.rows.total - 1;
    if (end < 0) return;
    this.active = Math.max(0, Math.min(end, at));
    const y = this.active * this.rowHeight, seen = this.scroller.clientHeight;
    if (middle) this.scrollTo(y - seen / 2);
    else if (y < this.top) this.scrollTo(y);
    else if (y + this.rowHeight > this.top + seen) this.scrollTo(y + this.rowHeight - seen);
    else this.draw();
    this.how.moved?.(this.active);
  }

  /** What stands above comes later and takes room: the row one is on stays in sight. */
  #resized() {
    const foot = (this.active + 1) * this.rowHeight, before = this.seen, seen = this.scroller.clientHeight;
    this.seen = seen;
    if (foot - this.rowHeight >= this.top && foot <= this.top + before && foot > this.top + seen) this.scrollTo(foot - seen);
    else this.draw();
  }
  draw() {
    if (!this.frame) this.frame = requestAnimationFrame(() => { this.frame = 0; this.#paint(); });
  }
  #paint() {
    const { rows, rowHeight } = this;
    const total = rows.total, seen = this.scroller.clientHeight;
    this.grid.setAttribute("aria-rowcount", String(total < 0 ? -1 : total + 1));
    this.spacer.style.height = `${Math.min(TALLEST, Math.max(0, total) * rowHeight)}px`;
    this.empty.hidden = total !== 0 && !(rows.error && total < 0);
    if (total >= 0 && this.begin !== undefined) {
      const at = this.begin;
      this.begin = undefined;
      this.move(Math.min(at, total - 1), at > 10);
    }
    if (this.top > this.bottom) this.scrollTo(this.bottom);
    const now = performance.now(), past = now - this.last.at;
    const jumped = Math.abs(this.top - this.last.top) > 20 * seen;
    this.speed = jumped ? 0 : past < 200 && past > 0 ? (this.top - this.last.top) / past : 0;
    this.last = { at: now, top: this.top };
    this.heads.style.paddingInlineEnd = `${this.scroller.offsetWidth - this.scroller.clientWidth}px`;
    const first = Math.floor(this.top / rowHeight);
    const n = Math.ceil(seen / rowHeight) + 1;
    // At 14,000 px a second the next half second is wanted before it is seen.
    const ahead = Math.round((this.speed * 500) / rowHeight);
    clearTimeout(this.later);
    const want = () => rows.want(first, first + n, jumped ? 0 : Math.abs(ahead) < 100 ? (this.speed < 0 ? -100 : 100) : Math.max(-600, Math.min(600, ahead)));
    // Somebody drags the scroll bar through a million rows: what is passed by is not asked for.
    if (jumped && past < 200) this.later = setTimeout(want, 60);
    else if (total !== 0) want();
    const size = n + 1;
    if (this.pool.length < size) while (this.pool.length < size) this.pool.push(this.#blank());
    for (let i = 0; i < this.pool.length; i++) {
      const at = first + ((i - (first % this.pool.length) + this.pool.length) % this.pool.length);
      this.#fill(this.pool[i], at, at < total && at < first + size, first);
    }
    this.layer.style.transform = `translateY(${-(this.top - first * rowHeight)}px)`;
    const active = this.layer.querySelector("#row-active");
    if (active && total > 0) this.grid.setAttribute("aria-activedescendant", "row-active");
    else this.grid.removeAttribute("aria-activedescendant");
  }
  /** @returns {any} */
  #blank() {
    const box = el("input", { type: "checkbox", tabIndex: -1 });
    const cells = this.columns.map((column, i) => el("span", { role: "gridcell", "aria-colindex": i + 2, className: `${column.number ? "number " : ""}c-${column.name}` }));
    const row = el("div", { role: "row", className: "row" }, el("span", { role: "gridcell", "aria-colindex": 1 }, box), ...cells);
    this.layer.append(row);
    return { row, box, cells, at: -1, data: null };
  }
  /** @param {any} item @param {number} at @param {boolean} there @param {number} first */
  #fill(item, at, there, first) {
    const { row, cells, box } = item;
    row.hidden = !there;
    if (!there) { row.removeAttribute("id"); row.classList.remove("active"); item.at = -1; return; }
    const data = this.rows.row(at);
    if (item.at !== at || item.data !== data) {
      item.at = at;
      item.data = data;
      row.setAttribute("aria-rowindex", String(at + 2));
      row.classList.toggle("blank", !data);
      for (let i = 0; i < cells.length; i++) {
        const cell = cells[i];
        cell.replaceChildren();
        if (data) this.columns[i].fill(data, cell);
      }
      const link = row.querySelector("a");
      if (link && data) link.href = this.how.address(data, at);
      box.setAttribute("aria-label", data ? `Select ${data[AT.control]}` : "Not here yet");
      row.classList.toggle("theirs", !!data && data[AT.side] === "theirs");
    }
    row.style.transform = `translateY(${(at - first) * this.rowHeight}px)`;
    const active = at === this.active;
    row.classList.toggle("active", active);
    if (active) row.id = "row-active"; else row.removeAttribute("id");
    const chosen = !!data && (this.all || this.selected.has(data[AT.control]));
    box.checked = chosen;
    row.setAttribute("aria-selected", String(chosen));
  }

  /** @param {Event} event */
  #under(event) {
    const row = /** @type {HTMLElement} */ (event.target).closest("[aria-rowindex]");
    return row ? Number(row.getAttribute("aria-rowindex")) - 2 : -1;
  }
  /** @param {MouseEvent} event */
  #click(event) {
    const at = this.#under(event), row = this.rows.row(at);
    if (!row) return;
    const target = /** @type {HTMLElement} */ (event.target);
    if (target.closest("a")) {
      // Another window is the browser's to open.
      if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
      event.preventDefault();
      this.move(at);
      this.how.open(at, row, event);
      return;
    }
    if (event.shiftKey) this.range(at);
    else if (target instanceof HTMLInputElement || event.ctrlKey || event.metaKey) this.toggle(at);
    else if (this.host.classList.contains("narrow")) return this.how.open(at, row, event);
    this.move(at);
    this.grid.focus({ preventScroll: true });
  }
  /** Select a row or not. @param {number} at */
  toggle(at) {
    const control = this.rows.row(at)?.[AT.control];
    if (!control) return;
    if (this.all) { this.all = false; this.selected.clear(); }
    if (!this.selected.delete(control)) this.selected.add(control);
    this.anchor = at;
    this.#picked();
  }
  /** Select from the last row touched up to this one. @param {number} at */
  async range(at) {
    const [a, b] = this.anchor < at ? [this.anchor, at] : [at, this.anchor];
    this.all = false;
    for (let i = a; i <= Math.min(b, a + 5000); i++) {
      const row = this.rows.row(i) || (await this.rows.get(i).catch(() => undefined));
      if (row) this.selected.add(row[AT.control]);
    }
    this.#picked();
  }
  /** Select nothing. */
  clear() {
    this.all = false;
    this.selected.clear();
    this.#picked();
  }
  #picked() {
    if (this.allBox) { this.allBox.checked = this.all; this.allBox.indeterminate = !this.all && this.selected.size > 0; }
    this.draw();
    this.how.picked?.();
  }
  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.target !== this.grid || event.altKey || event.metaKey) return;
    const page = Math.max(1, Math.floor(this.scroller.clientHeight / this.rowHeight) - 1);
    /** @type {Record<string, number>} */
    const to = { ArrowDown: this.active + 1, ArrowUp: this.active - 1, PageDown: this.active + page, PageUp: this.active - page, Home: 0, End: this.rows.total - 1 };
    if (event.key in to && (!event.ctrlKey || event.key === "Home" || event.key === "End")) {
      event.preventDefault();
      this.move(to[event.key]);
      if (event.shiftKey) this.range(this.active); else this.anchor = this.active;
    } else if (event.key === "Escape") this.clear();
    else if (event.ctrlKey && event.key.toLowerCase() === "a" && !event.shiftKey) {
      event.preventDefault();
      this.all = true;
      this.#picked();
    }
  }

  /** What is said of the rows for a screen reader and beside the search. */
  get said() {
    const { total, error } = this.rows;
    return error && total < 0 ? error.message : total < 0 ? "Searching …" : total === 1 ? "1 document" : `${count(total)} documents`;
  }
}
