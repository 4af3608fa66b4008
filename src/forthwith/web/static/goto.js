/* Go to a document by its number. */
import { el } from "./api.js";

/** @param {(control: string) => void} go */
export function goTo(go) {
  const input = el("input", { id: "goto", name: "control", autocomplete: "off", spellcheck: false, required: true, placeholder: "FW00000012" });
  const form = el("form", { method: "dialog", className: "fields" }, el("h2", {}, "Go to"),
    el("div", { className: "field" }, el("label", { for: "goto" }, "Control or Bates number"), input),
    el("div", { className: "toolbar" }, el("button", { type: "button", className: "quiet", onclick: () => dialog.close() }, "Cancel"), el("button", { className: "primary" }, "Go")));
  const dialog = el("dialog", { "aria-label": "Go to" }, form);
  form.onsubmit = () => { const wanted = input.value.trim(); if (wanted) go(wanted); };
  dialog.onclose = () => dialog.remove();
  document.body.append(dialog);
  dialog.showModal();
  input.focus();
}
