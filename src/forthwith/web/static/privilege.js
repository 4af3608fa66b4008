/* The page of privilege proposals: one key claims, one refuses, and the next one is there. Its forms
   work without this. */
import { typing } from "./keys.js";

const cards = () => /** @type {HTMLElement[]} */ ([...document.querySelectorAll("#proposals [data-control]")]);
let at = -1, sent = false;
/** @param {number} to */
function move(to) {
  const all = cards();
  if (!all.length) return;
  at = Math.max(0, Math.min(all.length - 1, to));
  all.forEach((card, i) => card.classList.toggle("is-new", i === at));
  all[at].scrollIntoView({ block: "nearest" });
  /** @type {HTMLElement} */ (all[at].querySelector("a")).focus({ preventScroll: true });
}
/** @param {string} outcome */
function decide(outcome) {
  const button = /** @type {HTMLButtonElement | null} */ (cards()[Math.max(at, 0)]?.querySelector(`button[value="${outcome}"]`));
  // One press decides one document: whatever comes before the next page is there is dropped.
  if (!button || sent) return;
  sent = true;
  button.click();
}
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey || event.shiftKey || typing(event.target) || document.querySelector("dialog[open]")) return;
  if (event.key === "j") move(at + 1);
  else if (event.key === "k") move(at - 1);
  else if (event.repeat) return;
  else if (event.key === "a") decide("claimed");
  else if (event.key === "d") decide("refused");
});
move(0);
