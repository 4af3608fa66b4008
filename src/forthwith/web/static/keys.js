/* Keys: one press, one act; nothing acts while somebody types, in a dialog, or under a chord.
   No key is remembered as being down, so none can get stuck. Bindings are kept per person. */
import { el, kept } from "./api.js";

/**
 * @typedef {{key: string, words: string, group: string, once?: boolean}} Binding
 * `once`: a held key acts once only (whatever saves must be pressed again to save again).
 */
/** @type {Record<string, Binding>} */
export const DEFAULTS = {
  next: { key: "j", words: "next document", group: "Moving" },
  previous: { key: "k", words: "previous document", group: "Moving" },
  nextFamily: { key: "J", words: "next family", group: "Moving" },
  previousFamily: { key: "K", words: "previous family", group: "Moving" },
  nextHit: { key: "n", words: "next hit", group: "Reading" },
  previousHit: { key: "p", words: "previous hit", group: "Reading" },
  down: { key: "space", words: "down", group: "Reading" },
  up: { key: "b", words: "up", group: "Reading" },
  previousPage: { key: "[", words: "previous page", group: "Reading" },
  nextPage: { key: "]", words: "next page", group: "Reading" },
  zoomIn: { key: "+", words: "larger", group: "Reading" },
  zoomOut: { key: "-", words: "smaller", group: "Reading" },
  fit: { key: "0", words: "fit the width", group: "Reading" },
  view: { key: "i", words: "page, text, native information, history", group: "Reading" },
  family: { key: "f", words: "family", group: "Reading" },
  copies: { key: "c", words: "copies", group: "Reading" },
  conversation: { key: "m", words: "conversation", group: "Reading" },
  save: { key: "Enter", words: "save and next", group: "Coding", once: true },
  saveFamily: { key: "Ctrl+Enter", words: "save for the family, after a look at what changes", group: "Coding", once: true },
  same: { key: ".", words: "same as last coding, shown before it is saved", group: "Coding", once: true },
  undo: { key: "u", words: "undo my last save, as a new coding", group: "Coding", once: true },
  note: { key: "e", words: "write in the text mark", group: "Coding", once: true },
  redact: { key: "x", words: "redact mode", group: "Coding", once: true },
  nextMark: { key: "s", words: "next mark", group: "Coding" },
  goTo: { key: "g", words: "go to a number", group: "Moving", once: true },
  search: { key: "/", words: "search", group: "Moving", once: true },
  list: { key: "l", words: "back to the list", group: "Moving", once: true },
  select: { key: "space", words: "select the row", group: "List" },
  open: { key: "Enter", words: "open the row", group: "List", once: true },
  keys: { key: "?", words: "these keys", group: "Everywhere", once: true },
};
/** Which two may share a key: they never act on one page. */
const PAGES = { list: ["select", "open", "next", "previous", "search", "goTo", "keys"], document: /** @type {string[]} */ ([]) };
PAGES.document = Object.keys(DEFAULTS).filter((name) => !["select", "open"].includes(name));

/** @type {Record<string, string>} action -> key, as this person wants it */
let own = kept.get("keys", {});
/** The key of an action. @param {string} action */
export const keyOf = (action) => own[action] ?? DEFAULTS[action]?.key ?? "";

/** @type {Map<string, (event: KeyboardEvent) => void>} */
const acts = new Map();
/** Whoever may take a key before the actions do (digits and keys of marks). @type {((key: string, event: KeyboardEvent) => boolean)[]} */
const first = [];
/** @param {string} action @param {(event: KeyboardEvent) => void} act */
export const on = (action, act) => { acts.set(action, act); };
/** @param {(key: string, event: KeyboardEvent) => boolean} taker says whether it took the key */
export const before = (taker) => { first.push(taker); };

/**
 * The name of a press: "j", "J", "space", "Ctrl+Enter", "?"; "" for what is none of ours.
 * Capitals follow Shift and not the caps lock; on a keyboard of other letters the place counts.
 * @param {KeyboardEvent} event
 */
export function nameOf(event) {
  if (event.isComposing || event.key === "Process" || event.key === "Dead" || event.keyCode === 229) return "";
  const graph = event.getModifierState("AltGraph");
  if (event.metaKey || ((event.altKey || event.ctrlKey) && !graph && !(event.ctrlKey && !event.altKey && !event.shiftKey && event.key === "Enter"))) return "";
  let key = event.key;
  if (key === " ") return event.shiftKey ? "" : "space";
  if (key === "Enter") return event.shiftKey ? "" : event.ctrlKey ? "Ctrl+Enter" : "Enter";
  if (key.length > 1) return key;
  if (key > "\x7f" && /^Key[A-Z]$/.test(event.code)) key = event.code.slice(3);
  else if (!/[a-z0-9]/i.test(key) && !event.shiftKey && /^Digit[1-9]$/.test(event.code) && !bound(key)) key = event.code.slice(5);
  if (/^[a-z]$/i.test(key)) key = event.shiftKey ? key.toUpperCase() : key.toLowerCase();
  return graph && /[a-z0-9]/i.test(key) ? "" : key;
}
const bound = (/** @type {string} */ key) => Object.keys(DEFAULTS).some((action) => keyOf(action) === key);

const TYPED = new Set(["checkbox", "radio", "button", "submit", "reset", "range", "file", "image", "color"]);
/** Whether somebody types there. @param {EventTarget | null} target */
export function typing(target) {
  if (!(target instanceof HTMLElement)) return false;
  if (target instanceof HTMLInputElement) return !TYPED.has(target.type);
  return target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement || target.isContentEditable;
}
/** Whether the browser itself means something by the key there. @param {EventTarget | null} target @param {string} key */
function native(target, key) {
  if (!(target instanceof HTMLElement)) return false;
  const pressed = target.closest("button,a[href],summary,[role=tab]");
  if (pressed && (key === "Enter" || key === "space")) return true;
  return target instanceof HTMLInputElement && key === "space";
}

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented) return;
  if (typing(event.target)) {
    // Escape leaves the field; every other key is what is being written.
    if (event.key === "Escape" && !event.isComposing) /** @type {HTMLElement} */ (event.target).blur();
    return;
  }
  if (document.querySelector("dialog[open]")) return;
  const key = nameOf(event);
  if (!key || native(event.target, key)) return;
  if (first.some((taker) => taker(key, event))) { event.preventDefault(); return; }
  for (const [action, act] of acts) {
    if (keyOf(action) !== key) continue;
    event.preventDefault();
    if (!(event.repeat && DEFAULTS[action].once)) act(event);
    return;
  }
});

const NAMES = /** @type {Record<string, string>} */ ({ space: "Space", "Ctrl+Enter": "Ctrl + Enter" });
/** A key as a person reads it. @param {string} key */
export const shown = (key) => NAMES[key] || key || "none";

/** @param {{label: string, keys: [string, string][]}[]} [marks] keys of the form's marks, shown with ours */
export function showKeys(marks = []) {
  const box = el("dialog", { className: "keys", "aria-labelledby": "keys-title" });
  const again = () => {
    const groups = new Map();
    for (const [action, { words, group }] of Object.entries(DEFAULTS)) {
      if (!acts.has(action) && action !== "keys") continue;
      if (!groups.has(group)) groups.set(group, el("dl", {}));
      const change = el("button", { type: "button", className: "small quiet key", "aria-label": `${words}: ${shown(keyOf(action))}. Change` }, el("kbd", {}, shown(keyOf(action))));
      change.onclick = () => listen(action, change);
      groups.get(group).append(el("dt", {}, change), el("dd", {}, words));
    }
    const form = el("dl", {});
    for (const { label, keys } of marks)
      for (const [key, words] of keys) form.append(el("dt", {}, el("kbd", {}, key)), el("dd", {}, `${label}: ${words}`));
    const close = el("button", { type: "button", className: "primary" }, "Close");
    close.onclick = () => box.close();
    const reset = el("button", { type: "button", className: "quiet" }, "As they were");
    reset.onclick = () => { own = {}; kept.set("keys", null); again(); };
    box.replaceChildren(
      el("h2", { id: "keys-title" }, "Keys"),
      el("p", { className: "quiet" }, "Press one to change it. Nothing acts while you write in a field; Escape leaves the field. 1 to 9 choose in the marked question."),
      el("div", { className: "key-groups" },
        ...[...groups].map(([name, list]) => el("section", {}, el("h3", {}, name), list)),
        marks.length ? el("section", {}, el("h3", {}, "This form"), form) : null),
      el("p", { className: "error", role: "alert" }),
      el("div", { className: "toolbar" }, reset, close));
  };
  /** @param {string} action @param {HTMLButtonElement} place */
  function listen(action, place) {
    place.replaceChildren(el("kbd", {}, "press a key"));
    const hear = (/** @type {KeyboardEvent} */ event) => {
      if (["Shift", "Control", "Alt", "Meta", "CapsLock", "AltGraph"].includes(event.key)) return;
      event.preventDefault();
      event.stopPropagation();
      removeEventListener("keydown", hear, true);
      const key = nameOf(event);
      const why = event.key === "Escape" ? "" : refused(action, key, marks);
      if (event.key !== "Escape" && !why) { own = { ...own, [action]: key }; kept.set("keys", own); }
      again();
      const error = box.querySelector(".error");
      if (error) error.textContent = why;
    };
    addEventListener("keydown", hear, true);
  }
  again();
  document.body.append(box);
  box.addEventListener("close", () => box.remove());
  box.showModal();
}
/** @param {string} action @param {string} key @param {{label: string, keys: [string, string][]}[]} marks @returns {string} why it cannot be that key */
function refused(action, key, marks) {
  if (!key) return "That press is a chord or belongs to the browser. Choose a single key.";
  if (/^[1-9]$/.test(key) || ["Tab", "Escape"].includes(key) || key.startsWith("Arrow")) return `${shown(key)} has its meaning already. Choose another.`;
  const form = marks.find((mark) => mark.keys.some(([own_]) => own_ === key));
  if (form) return `${shown(key)} sets “${form.label}” on this form. Choose another.`;
  const page = Object.values(PAGES).filter((names) => names.includes(action));
  const other = page.flat().find((name) => name !== action && keyOf(name) === key);
  return other ? `${shown(key)} is “${DEFAULTS[other].words}”. Change that one first.` : "";
}
