/* The page of redactions: proposals decided by keys, one by one or together after a look at what it
   is; a search whose hits become boxes, seen before they are kept. */
import { ask, count, el, say } from "./api.js";
import { listen } from "./live.js";
import { typing } from "./keys.js";

const $ = (/** @type {string} */ id) => document.getElementById(id);
const rows = () => /** @type {HTMLTableRowElement[]} */ ([...document.querySelectorAll("#rows tbody tr")]);
for (const swatch of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-reason]"))) swatch.style.setProperty("--reason", swatch.dataset.reason || "");

let at = -1, busy = false;
/** @param {number} to */
function move(to) {
  const all = rows();
  if (!all.length) return;
  at = Math.max(0, Math.min(all.length - 1, to));
  all.forEach((row, i) => row.classList.toggle("is-new", i === at));
  all[at].scrollIntoView({ block: "nearest" });
  /** @type {HTMLElement} */ (all[at].querySelector("a")).focus({ preventScroll: true });
}
/** @param {HTMLTableRowElement | undefined} row @param {boolean} accept */
async function decide(row, accept) {
  if (!row || busy) return;
  if (!("decide" in row.dataset)) { say("This one is not yours to decide, or stands already.", "bad"); return; }
  busy = true;
  try {
    await ask("/api/redactions/decide", { method: "POST", body: { ids: [Number(row.dataset.id)], accept } });
    say(accept ? "Accepted: it stands." : "Refused.");
    const state = row.querySelector(".badge");
    if (state) { state.textContent = accept ? "standing" : "refused"; state.className = `badge ${accept ? "good" : ""}`; }
    delete row.dataset.decide;
    for (const button of row.querySelectorAll("button")) button.remove();
    if (at >= 0) move(rows().indexOf(row) + 1);
  } catch (error) { say(/** @type {Error} */ (error).message, "bad"); } finally { busy = false; }
}
async function undo() {
  try { await ask("/api/redactions/undo", { method: "POST", body: {} }); location.reload(); } catch (error) { say(/** @type {Error} */ (error).message, "bad"); }
}
document.addEventListener("click", (event) => {
  const button = event.target instanceof Element ? event.target.closest("button") : null;
  const row = /** @type {HTMLTableRowElement | null} */ (button?.closest("tr[data-id]") || null);
  if (!button || !row) return;
  if (button.hasAttribute("data-accept")) decide(row, true);
  if (button.hasAttribute("data-refuse")) decide(row, false);
});
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey || event.shiftKey || typing(event.target) || document.querySelector("dialog[open]")) return;
  if (event.key === "j") move(at + 1);
  else if (event.key === "k") move(at - 1);
  else if (event.repeat) return;
  else if (event.key === "a") decide(rows()[at], true);
  else if (event.key === "d") decide(rows()[at], false);
  else if (event.key === "u") undo();
  else return;
  event.preventDefault();
});

/** Show what would be done, and do it when it is confirmed. @param {string} title @param {string[]} sentences @param {string} act words of the button; "" where there is nothing to do @param {() => Promise<string>} does */
function confirm(title, sentences, act, does) {
  const go = act ? el("button", { type: "button", className: "primary" }, act) : null;
  const close = el("button", { type: "button", className: "quiet" }, act ? "Cancel" : "Close");
  const error = el("p", { className: "error", role: "alert" });
  const dialog = el("dialog", { "aria-label": title }, el("h2", {}, title), ...sentences.map((words) => el("p", {}, words)), error, el("div", { className: "toolbar" }, close, go));
  close.onclick = () => dialog.close();
  dialog.onclose = () => dialog.remove();
  if (go) go.onclick = async () => {
    go.disabled = true;
    try { say(await does()); location.reload(); } catch (wrong) { error.textContent = /** @type {Error} */ (wrong).message; }
  };
  document.body.append(dialog);
  dialog.showModal();
}
/** @param {boolean} accept */
async function decideAll(accept) {
  const reason = new URLSearchParams(location.search).get("reason") || "";
  try {
    const seen = await ask("/api/redactions/decide", { method: "POST", body: { accept, reason } });
    const what = accept ? "accepted" : "refused";
    const words = seen.boxes ? `${count(seen.boxes)} proposals on ${count(seen.pages)} pages of ${count(seen.documents)} documents would be ${what}${reason ? `, all of ${reason}` : ""}: ${seen.first.join(", ")}${seen.documents > seen.first.length ? " …" : ""}` : "No proposal waits for you.";
    confirm(accept ? "Accept proposals" : "Refuse proposals", [words], seen.boxes ? (accept ? "Accept them" : "Refuse them") : "", async () => {
      const { kept } = await ask("/api/redactions/decide", { method: "POST", body: { accept, reason, token: seen.token } });
      return `${count(kept.length)} ${what}.`;
    });
  } catch (error) { say(/** @type {Error} */ (error).message, "bad"); }
}
const acceptAll = $("accept-all"), refuseAll = $("refuse-all"), search = /** @type {HTMLFormElement | null} */ ($("search"));
if (acceptAll) acceptAll.onclick = () => decideAll(true);
if (refuseAll) refuseAll.onclick = () => decideAll(false);
const undoButton = $("undo");
if (undoButton) undoButton.onclick = undo;
if (search) search.onsubmit = async (event) => {
  event.preventDefault();
  const given = new FormData(search), body = { query: String(given.get("query")), reason: String(given.get("reason")), propose: true };
  const button = search.querySelector("button");
  if (button) button.disabled = true;
  say("Looking through what it finds …");
  try {
    const seen = await ask("/api/redactions/search", { method: "POST", body });
    say("");
    confirm("Redact what a search finds", seen.sentences, seen.boxes ? "Propose them" : "", async () => {
      const { kept } = await ask("/api/redactions/search", { method: "POST", body: { ...body, token: seen.token } });
      return `${count(kept.length)} proposed.`;
    });
  } catch (error) { say(/** @type {Error} */ (error).message, "bad"); } finally { if (button) button.disabled = false; }
};
// Others draw and decide meanwhile; the list is loaded again by whoever reads it.
listen("redaction", () => { if (!busy) say("Redactions have changed. Load the page again to see them."); });
