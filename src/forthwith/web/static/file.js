/* A file that goes with a form: into its hidden fields as it is, byte for byte. */
import { say } from "./api.js";

const LARGEST = 4 << 20;
const file = /** @type {HTMLInputElement | null} */ (document.getElementById("file"));
const bytes = /** @type {HTMLInputElement | null} */ (document.getElementById("file-bytes"));
const name_ = /** @type {HTMLInputElement | null} */ (document.getElementById("file-name"));
const form = /** @type {HTMLFormElement | null} */ (document.getElementById("file-form"));

async function taken() {
  if (!file || !bytes || !name_) return;
  bytes.value = name_.value = "";
  const chosen = file.files?.[0];
  if (!chosen) return;
  if (chosen.size > LARGEST) { file.value = ""; throw new Error(`This file is larger than the page takes, which is 4 MB. Give it by command: ${file.dataset.instead}.`); }
  const read = new Uint8Array(await chosen.arrayBuffer());
  let text = "";
  for (let at = 0; at < read.length; at += 8192) text += String.fromCharCode(...read.subarray(at, at + 8192));
  bytes.value = btoa(text);
  name_.value = chosen.name;
}
if (file && form) {
  /* Until here the form would go without the file that was chosen. */
  form.querySelectorAll("button").forEach((button) => { button.disabled = false; });
  form.onsubmit = (event) => { event.preventDefault(); taken().then(() => form.submit(), (error) => say(String(error), "bad")); };
}
