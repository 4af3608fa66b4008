/* Passkeys: adding one on one's own page, signing in with one. The device asks for its own lock. */
import { Refused, Unreached, ask } from "./api.js";

/** @param {string} text base64url @returns {Uint8Array<ArrayBuffer>} */
function bytes(text) {
  const plain = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(plain, (sign) => sign.charCodeAt(0));
}
/** @param {ArrayBuffer | null} given @returns {string | null} base64url */
function text(given) {
  if (!given) return null;
  const plain = String.fromCharCode(...new Uint8Array(given));
  return btoa(plain).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

/** @param {string} password @param {string} name @returns {Promise<string>} where to go */
async function add(password, name) {
  const told = await ask("/api/me/passkeys/begin", { method: "POST", body: { password } });
  const others = told.excludeCredentials || [];
  const made = /** @type {PublicKeyCredential | null} */ (await navigator.credentials.create({
    publicKey: {
      ...told,
      challenge: bytes(told.challenge),
      user: { ...told.user, id: bytes(told.user.id) },
      excludeCredentials: others.map((/** @type {any} */ one) => ({ ...one, id: bytes(one.id) })),
    },
  }));
  if (!made) throw new Error("The browser made no passkey.");
  const answer = /** @type {AuthenticatorAttestationResponse} */ (made.response);
  const credential = {
    id: made.id, rawId: text(made.rawId), type: made.type,
    response: { clientDataJSON: text(answer.clientDataJSON), attestationObject: text(answer.attestationObject) },
  };
  return (await ask("/api/me/passkeys", { method: "POST", body: { name, credential } })).go;
}

/** @param {string} next @returns {Promise<string>} where to go */
async function enter(next) {
  const told = await ask("/api/passkey/begin", { method: "POST", body: {} });
  const shown = /** @type {PublicKeyCredential | null} */ (await navigator.credentials.get({
    publicKey: { ...told, challenge: bytes(told.challenge), allowCredentials: [] },
  }));
  if (!shown) throw new Error("The browser showed no passkey.");
  const answer = /** @type {AuthenticatorAssertionResponse} */ (shown.response);
  const credential = {
    id: shown.id, rawId: text(shown.rawId), type: shown.type,
    response: {
      clientDataJSON: text(answer.clientDataJSON), authenticatorData: text(answer.authenticatorData),
      signature: text(answer.signature), userHandle: text(answer.userHandle),
    },
  };
  return (await ask("/api/passkey/enter", { method: "POST", body: { next, credential } })).go;
}

/** What went wrong, in a sentence. @param {unknown} error */
function said(error) {
  if (error instanceof Refused || error instanceof Unreached) return error.message;
  const name = error instanceof DOMException ? error.name : "";
  if (name === "InvalidStateError") return "This device has a passkey for this room already.";
  if (name === "SecurityError") return "The browser makes no passkey for this address. Open the room by its name, over HTTPS or at localhost.";
  if (name === "NotAllowedError") return "Nothing was done: it was called off, took too long, or no passkey fits. Try again.";
  return "The browser could not use a passkey. Try again, or use your password.";
}

/** Do it once at a time, and say what went wrong beside the button.
 * @param {HTMLButtonElement} button @param {() => Promise<string>} act */
async function go(button, act) {
  const wrong = /** @type {HTMLElement | null} */ (document.querySelector("[data-passkey-wrong]"));
  button.disabled = true;
  if (wrong) wrong.hidden = true;
  try {
    location.assign(await act());
  } catch (error) {
    if (wrong) {
      wrong.textContent = said(error);
      wrong.hidden = false;
    }
    button.disabled = false;
  }
}

const there = typeof PublicKeyCredential === "function" && !!navigator.credentials;
const form = /** @type {HTMLFormElement | null} */ (document.querySelector("form[data-add-passkey]"));
if (form && there) {
  form.hidden = false;
  form.onsubmit = (event) => {
    event.preventDefault();
    const value = (/** @type {string} */ id) =>
      /** @type {HTMLInputElement | null} */ (form.querySelector(id))?.value || "";
    const button = /** @type {HTMLButtonElement} */ (form.querySelector("button"));
    go(button, () => add(value("#passkey-password"), value("#passkey-name")));
  };
}
const key = /** @type {HTMLButtonElement | null} */ (document.querySelector("button[data-passkey]"));
if (key && there) {
  key.hidden = false;
  const next = /** @type {HTMLInputElement | null} */ (document.querySelector('input[name="next"]'));
  key.onclick = () => go(key, () => enter(next?.value || "/"));
}
