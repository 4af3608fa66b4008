/* Coding of many in two steps: what would change is shown first, and only that is then done. */
import { Refused, ask, count, el, say } from "./api.js";
import { required } from "./form.js";

/**
 * @param {{query?: string, controls?: string[], family?: string}} select
 * @param {number} n how many were chosen
 * @param {() => void} done
 * @param {{form?: any, body?: Record<string, any>, title?: string, pass?: string}} [given] marks that are set already (a family), else they are asked for
 */
export async function codeMany(select, n, done, given = {}) {
  /** @type {any[]} */
  let forms = given.form ? [given.form] : [];
  if (!forms.length) {
    try { forms = (await ask("/api/forms")).forms || []; } catch (error) { say(/** @type {Error} */ (error).message, "bad"); return; }
  }
  if (!forms.length) { say("There is no form to code by. Whoever leads the review can put one.", "bad"); return; }
  let form = forms[0];
  /** @type {Record<string, any>} */
  let body = { ...(given.body || {}) };
  let token = "";
  const dialog = el("dialog", { className: "bulk", "aria-labelledby": "bulk-title" });
  const marks = el("div", { className: "marks" });
  const preview = el("div", { "aria-live": "polite" });
  const error = el("p", { className: "error", role: "alert" });
  const cancel = el("button", { type: "button", className: "quiet" }, "Cancel");
  cancel.onclick = () => dialog.close();
  const look = el("button", { type: "button", className: given.body ? "" : "primary" }, "Show what changes");
  const act = el("button", { type: "button", className: "primary", hidden: true }, "Code them");
  const changed = () => { token = ""; preview.replaceChildren(); act.hidden = true; look.hidden = false; error.textContent = ""; };
  const fields = () => {
    marks.replaceChildren(...(given.body ? [] : form.marks).map((/** @type {any} */ mark, /** @type {number} */ i) => {
      if (mark.kind === "text") {
        const area = el("textarea", { rows: 1, id: `bulk-${i}` });
        area.oninput = () => { if (area.value.trim()) body[mark.name] = area.value; else delete body[mark.name]; changed(); };
        return el("div", { className: "mark-field field" }, el("label", { for: `bulk-${i}` }, mark.label), area);
      }
      const choices = mark.kind === "flag" ? [{ value: "", label: mark.label }] : mark.choices;
      return el("div", { className: "mark-field", role: mark.kind === "one" ? "radiogroup" : "group", "aria-label": mark.label }, el("div", { className: "legend-of" }, mark.label), el("div", { className: "choices" }, ...choices.map((/** @type {any} */ choice) => {
        const input = el("input", { type: mark.kind === "one" ? "radio" : "checkbox", name: `bulk-${i}` });
        input.onchange = () => {
          if (mark.kind === "flag") { if (input.checked) body[mark.name] = true; else delete body[mark.name]; }
          else if (mark.kind === "one") body[mark.name] = choice.value;
          else {
            const set = new Set(body[mark.name] || []);
            if (input.checked) set.add(choice.value); else set.delete(choice.value);
            if (set.size) body[mark.name] = [...set]; else delete body[mark.name];
          }
          changed();
        };
        return el("label", { className: "choice" }, input, el("span", {}, choice.label));
      })));
    }));
  };
  const asked = () => ({ select, body, form: form.id, ...(given.pass && { pass: given.pass }) });
  look.onclick = async () => {
    error.textContent = "";
    const missing = form.marks.filter((/** @type {any} */ mark) => required(mark, body) && !body[mark.name]);
    if (missing.length) { error.textContent = `${missing.map((/** @type {any} */ mark) => mark.label).join(", ")} has to be set first.`; return; }
    look.disabled = true;
    try {
      const seen = await ask("/api/codings/bulk", { method: "POST", body: asked() });
      token = seen.token;
      preview.replaceChildren(...said(seen));
      act.textContent = `Code ${count(seen.documents ?? n)} document${(seen.documents ?? n) === 1 ? "" : "s"}`;
      act.hidden = !token || seen.documents === 0;
      look.hidden = !act.hidden;
      act.focus();
    } catch (failure) { error.textContent = /** @type {Error} */ (failure).message; } finally { look.disabled = false; }
  };
  act.onclick = async () => {
    act.disabled = true;
    try {
      const answer = await ask("/api/codings/bulk", { method: "POST", body: { ...asked(), token } });
      dialog.close();
      say(`${count(answer.saved ?? n)} coded. ${"u"} takes it back.`);
      done();
    } catch (failure) {
      error.textContent = /** @type {Error} */ (failure).message;
      if (failure instanceof Refused && failure.status === 409) { changed(); error.textContent = `${failure.message} Look at what changes once more.`; }
    } finally { act.disabled = false; }
  };
  const which = el("select", { "aria-label": "Form", hidden: forms.length < 2 || !!given.form }, ...forms.map((one, i) => el("option", { value: String(i) }, one.id)));
  which.onchange = () => { form = forms[Number(which.value)]; body = {}; changed(); fields(); };
  fields();
  dialog.append(el("h2", { id: "bulk-title" }, given.title || `Code ${count(n)} document${n === 1 ? "" : "s"}`), which, marks, preview, error, el("div", { className: "toolbar" }, cancel, look, act));
  dialog.onclose = () => dialog.remove();
  document.body.append(dialog);
  dialog.showModal();
  if (given.body) look.click();
}

const WORDS = /** @type {Record<string, string>} */ ({ documents: "documents get this coding", families: "families", coded: "of them are coded already: their coding stays in the history", others: "of those by somebody else", conflicts: "conflicts would open", partial: "families would be coded in part", refused: "are left out: not yours to code" });
/** @param {Record<string, any>} seen @returns {Node[]} */
function said(seen) {
  const list = el("ul", { className: "preview" });
  for (const [name, words] of Object.entries(WORDS)) {
    const value = Array.isArray(seen[name]) ? seen[name].length : seen[name];
    if (typeof value === "number" && (value || name === "documents")) list.append(el("li", { className: ["conflicts", "partial", "refused"].includes(name) ? "warn" : "" }, el("b", { className: "number" }, count(value)), ` ${words}`));
  }
  for (const line of seen.sentences || []) list.append(el("li", {}, String(line)));
  return [list];
}
