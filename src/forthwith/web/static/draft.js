/* Pages that would go out: each is fetched when it comes into sight, and said to be good or bad. What
   is said is of the page that was shown: its digest goes with it. */
import { ask, say } from "./api.js";

const list = /** @type {HTMLElement} */ (document.getElementById("proofs"));
const proofs = /** @type {HTMLElement[]} */ ([...list.querySelectorAll(".proof")]);
const query = list.dataset.query || "";
/** Digest of each page shown. @type {WeakMap<HTMLElement, string>} */
const seen = new WeakMap();
let now = -1;

/** @template {HTMLElement} T @param {HTMLElement} proof @param {string} what @returns {T} */
const part = (proof, what) => /** @type {T} */ (proof.querySelector(what));
const address = (/** @type {HTMLElement} */ proof) =>
  `/api/draft/page/${encodeURIComponent(proof.dataset.control || "")}/${proof.dataset.page}`;

/** @param {HTMLElement} proof */
async function load(proof) {
  if (seen.has(proof) || proof.dataset.loading) return;
  proof.dataset.loading = "1";
  try {
    const page = await ask(address(proof));
    part(proof, "img").setAttribute("src", page.picture);
    seen.set(proof, page.seen);
    for (const button of proof.querySelectorAll("button")) button.disabled = false;
  } catch (error) {
    part(proof, ".proof-said").textContent = error instanceof Error ? error.message : String(error);
  } finally {
    delete proof.dataset.loading;
  }
}

/** @param {HTMLElement} proof @param {"good" | "bad"} verdict */
async function said(proof, verdict) {
  const note = /** @type {HTMLInputElement} */ (part(proof, "[data-note]"));
  if (!seen.has(proof)) return say("This page is not drawn yet.", "bad");
  if (verdict === "bad" && !note.value.trim()) {
    note.focus();
    return say("Say what is bad about it, then press Enter.");
  }
  const body = {
    control: proof.dataset.control, page: Number(proof.dataset.page), verdict, seen: seen.get(proof),
    note: verdict === "bad" ? note.value : "", q: query,
  };
  try {
    const kept = await ask("/api/draft/look", { method: "POST", body });
    proof.dataset.verdict = kept.verdict;
    part(proof, ".proof-said").textContent = `${kept.verdict}, ${kept.who}${kept.note ? `: ${kept.note}` : ""}`;
    counted();
    const next = proofs.findIndex((other, at) => at > proofs.indexOf(proof) && !other.dataset.verdict);
    if (next >= 0) go(next);
    else if (proofs.every((other) => other.dataset.verdict)) say("All pages of the sample are looked at. Load the page again for the rules.");
  } catch (error) {
    say(error instanceof Error ? error.message : String(error), "bad");
  }
}

function counted() {
  const done = proofs.filter((proof) => proof.dataset.verdict).length;
  const meter = /** @type {HTMLMeterElement} */ (document.getElementById("looked"));
  meter.value = done;
  const words = document.getElementById("looked-of");
  if (words) words.textContent = `${done} of ${proofs.length}`;
}

/** @param {number} at */
function go(at) {
  if (at < 0 || at >= proofs.length) return;
  now = at;
  const proof = /** @type {HTMLElement} */ (proofs[at]);
  proof.scrollIntoView({ block: "nearest" });
  proof.focus({ preventScroll: true });
  load(proof);
  const following = proofs[at + 1];
  if (following) load(following);
}

const sight = new IntersectionObserver((rows) => {
  for (const row of rows) if (row.isIntersecting) load(/** @type {HTMLElement} */ (row.target));
}, { rootMargin: "400px" });
proofs.forEach((proof, at) => {
  sight.observe(proof);
  proof.addEventListener("focusin", () => { now = at; });
  part(proof, "[data-good]").addEventListener("click", () => said(proof, "good"));
  part(proof, "[data-bad]").addEventListener("click", () => said(proof, "bad"));
  part(proof, "[data-note]").addEventListener("keydown", (event) => {
    const pressed = /** @type {KeyboardEvent} */ (event);
    if (pressed.key === "Enter") { event.preventDefault(); said(proof, "bad"); }
    if (pressed.key === "Escape") proof.focus();
  });
});

addEventListener("keydown", (event) => {
  const at = /** @type {HTMLElement} */ (event.target);
  if (event.ctrlKey || event.metaKey || event.altKey || at.closest("input, textarea, select, [role=dialog], dialog")) return;
  const proof = proofs[now];
  if (event.key === "j") go(now + 1);
  else if (event.key === "k") go(now - 1);
  else if (event.key === "y" && proof) said(proof, "good");
  else if (event.key === "b" && proof) said(proof, "bad");
  else return;
  event.preventDefault();
});
