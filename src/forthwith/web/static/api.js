/* Asking the server: errors come back as sentences, a lost connection is a state and not an error.
   What a person saved while the room was out of reach is kept by form.js; nothing is resent here. */

/** The server said no, in a sentence. */
export class Refused extends Error {
  /** @param {number} status @param {any} body */
  constructor(status, body) {
    super((body && body.error) || (body && body.detail) || `The room answered ${status}. Try again; if it stays so, tell whoever runs the room.`);
    this.status = status;
    this.body = body || {};
  }
}
/** The server cannot be reached. */
export class Unreached extends Error {
  constructor() {
    super("The room cannot be reached. What you see stays; what you code is kept on this machine until it is back.");
  }
}

const meta = (/** @type {string} */ name) =>
  document.querySelector(`meta[name="${name}"]`)?.getAttribute("content") || "";
/** Login of whoever works here: what is kept in the browser is kept under it. */
export const login = meta("login");

/** "change" whenever the connection or the session is lost or found again. */
export const link = new EventTarget();
let lost = "";
/** "" while all is well, "away" without a connection, "out" when the session has ended. */
export const lostState = () => lost;
let wait = 1000;
let timer = 0;

/** @param {string} state */
function become(state) {
  if (state === lost) return;
  lost = state;
  banner(state);
  link.dispatchEvent(new Event("change"));
  if (state === "away") probe(wait = 1000);
}
/** @param {number} after milliseconds */
function probe(after) {
  clearTimeout(timer);
  timer = setTimeout(async () => {
    try {
      const answer = await fetch("/static/mark.svg", { cache: "no-store" });
      if (answer.ok) return become("");
    } catch { /* still away */ }
    probe(wait = Math.min(wait * 1.6, 15000));
  }, after);
}
addEventListener("online", () => lost === "away" && probe(0));

/** @param {string} state */
function banner(state) {
  const place = document.getElementById("state");
  if (!place) return;
  place.replaceChildren();
  if (!state) return;
  const words = document.createElement("p");
  words.className = "notice warn banner";
  const at = new Date().toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
  words.textContent = state === "away"
    ? `The room cannot be reached since ${at}. What you code is kept on this machine and saved when it is back. `
    : "Your session has ended. What you have entered is kept on this machine. ";
  if (state === "out") {
    const enter = document.createElement("a");
    enter.href = `/enter?next=${encodeURIComponent(location.pathname + location.search)}`;
    enter.textContent = "Sign in again";
    words.append(enter);
  } else {
    const again = document.createElement("button");
    again.type = "button";
    again.className = "small";
    again.textContent = "Try now";
    again.onclick = () => probe(wait = 300);
    words.append(again);
  }
  place.append(words);
}

const pause = (/** @type {number} */ ms) => new Promise((done) => setTimeout(done, ms));

/**
 * Ask the server. Reading is tried three times; writing once, for only the caller knows whether a
 * second try is the same act.
 * @param {string} path
 * @param {{method?: string, body?: any, signal?: AbortSignal, headers?: Record<string, string>}} [how]
 * @returns {Promise<any>} the JSON of the answer
 * @throws {Refused | Unreached | DOMException} DOMException "AbortError" when the signal ended it
 */
export async function ask(path, how = {}) {
  const method = how.method || "GET";
  /** @type {Record<string, string>} */
  const headers = { Accept: "application/json", ...how.headers };
  if (method !== "GET") headers["X-CSRF-Token"] = meta("csrf");
  if (how.body !== undefined) headers["Content-Type"] = "application/json";
  for (let left = method === "GET" ? 2 : 0; ; left--) {
    /** @type {Response} */
    let answer;
    try {
      answer = await fetch(path, {
        method, headers, signal: how.signal, credentials: "same-origin",
        body: how.body === undefined ? undefined : JSON.stringify(how.body),
      });
    } catch (error) {
      if (how.signal?.aborted) throw error;
      if (left > 0 && !lost) { await pause(left === 2 ? 200 : 700); continue; }
      become("away");
      throw new Unreached();
    }
    if ([502, 503, 504].includes(answer.status)) {
      if (left > 0) { await pause(300); continue; }
      become("away");
      throw new Unreached();
    }
    become(answer.status === 401 ? "out" : "");
    const words = await answer.text();
    let body = null;
    try { body = words ? JSON.parse(words) : null; } catch { /* not JSON: the status speaks */ }
    if (!answer.ok) throw new Refused(answer.status, body);
    return body;
  }
}

/** Whether an error is only that nobody wants the answer any more. @param {any} error */
export const dropped = (error) => error instanceof DOMException && error.name === "AbortError";

/**
 * Make an element; text is always text.
 * @template {keyof HTMLElementTagNameMap} N
 * @param {N} name
 * @param {Record<string, any>} [with_] className, properties, or `aria-…`/`role`/`data-…` attributes
 * @param {...(Node | string | null | undefined | false)} inside
 * @returns {HTMLElementTagNameMap[N]}
 */
export function el(name, with_ = {}, ...inside) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(with_)) {
    if (value === undefined || value === null || value === false) continue;
    if (key.includes("-") || key === "role" || key === "for") node.setAttribute(key, value === true ? "" : String(value));
    else /** @type {any} */ (node)[key] = value;
  }
  node.append(.../** @type {(Node | string)[]} */ (inside.filter((part) => part || part === "")));
  return node;
}

/** Kept in this browser, under the login; a browser that keeps nothing loses only comfort. */
export const kept = {
  /** @param {string} name @param {any} otherwise */
  get(name, otherwise) {
    try {
      const words = localStorage.getItem(`forthwith:${login}:${name}`);
      return words === null ? otherwise : JSON.parse(words);
    } catch { return otherwise; }
  },
  /** @param {string} name @param {any} value @returns {boolean} whether it is kept */
  set(name, value) {
    try {
      const key = `forthwith:${login}:${name}`;
      if (value === null) localStorage.removeItem(key);
      else localStorage.setItem(key, JSON.stringify(value));
      return true;
    } catch { return false; }
  },
  /** @param {string} start @returns {string[]} names that start so */
  names(start) {
    const begin = `forthwith:${login}:${start}`;
    try {
      return Object.keys(localStorage).filter((key) => key.startsWith(begin)).map((key) => key.slice(begin.length - start.length));
    } catch { return []; }
  },
};

/** A number for people: 1,204. @param {number} n */
export const count = (n) => n.toLocaleString("en-US");

let saying = 0;
/** Say a short sentence at the foot of the window, to a screen reader too. @param {string} words @param {string} [kind] */
export function say(words, kind = "") {
  let place = document.getElementById("said");
  if (!place) {
    place = el("div", { id: "said", role: "status", "aria-live": "polite" });
    document.body.append(place);
  }
  place.className = `said ${kind}`;
  place.textContent = words;
  clearTimeout(saying);
  saying = setTimeout(() => place && place.replaceChildren(), kind === "bad" ? 12000 : 4000);
}
