/* What others do meanwhile: events of the server, heard again after every break. */
import { ask, link, lostState } from "./api.js";

/** @type {EventSource | null} */
let source = null;
/** @type {Map<string, ((about: any) => void)[]>} */
const ears = new Map();

function connect() {
  if (source || lostState() || !ears.size) return;
  source = new EventSource("/api/events");
  for (const name of ears.keys()) attach(name);
  // Between the page and its first event, and in every break, something may have been saved.
  source.onopen = () => { for (const ear of ears.get("again") || []) ear(null); };
  // The session ended: whoever is asked now says so, and the page with it.
  source.addEventListener("left", () => { source?.close(); source = null; ask("/api/facets").catch(() => {}); });
  // EventSource tries again by itself after a break, not after a refusal.
  source.onerror = () => {
    if (source?.readyState === EventSource.CLOSED) { source = null; setTimeout(connect, 60000); }
  };
}
/** @param {string} name */
function attach(name) {
  source?.addEventListener(name, (event) => {
    let about = null;
    try { about = JSON.parse(/** @type {MessageEvent} */ (event).data); } catch { /* a bare word */ }
    for (const ear of ears.get(name) || []) ear(about);
  });
}
/** Hear one kind of event. @param {string} name @param {(about: any) => void} ear */
export function listen(name, ear) {
  const had = ears.get(name);
  ears.set(name, [...(had || []), ear]);
  if (source && !had) attach(name);
  connect();
}
link.addEventListener("change", () => {
  if (lostState()) { source?.close(); source = null; } else connect();
});
addEventListener("pagehide", () => { source?.close(); source = null; });
addEventListener("pageshow", (event) => event.persisted && connect());
