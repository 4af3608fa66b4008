/* The file of a claw-back notice goes into its form as it is, byte for byte. */
import { say } from "./api.js";

const LARGEST = 4 << 20;
const file = /** @type {HTMLInputElement | null} */ (document.getElementById("file"));
const notice = /** @type {HTMLInputElement | null} */ (document.getElementById("notice"));
const name_ = /** @type {HTMLInputElement | null} */ (document.getElementById("name"));
const form = /** @type {HTMLFormElement | null} */ (document.getElementById("notice-form"));

async function taken() {
  if (!file || !notice || !name_) return;
  notice.value = name_.value = "";
  const chosen = file.files?.[0];
  if (!chosen) return;
  if (chosen.size > LARGEST) { file.value = ""; throw new Error("This file is larger than a notice can be here; use forthwith receive clawback."); }
  const bytes = new Uint8Array(await chosen.arrayBuffer());
  let text = "";
  for (let at = 0; at < bytes.length; at += 8192) text += String.fromCharCode(...bytes.subarray(at, at + 8192));
  notice.value = btoa(text);
  name_.value = chosen.name;
}
if (file && form) {
  /* Until here the form would go without the file that was chosen. */
  form.querySelectorAll("button").forEach((button) => { button.disabled = false; });
  form.onsubmit = (event) => { event.preventDefault(); taken().then(() => form.submit(), (error) => say(String(error), "bad")); };
}
