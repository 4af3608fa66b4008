/* Family, copies and conversation beside a document: short lists one key reaches. */
import { count, el } from "./api.js";
import { badges, dayOf, nameOf } from "./words.js";

/**
 * @typedef {{control: string, subject?: string, name?: string, kind?: string, day?: any, from?: string, marks?: any, flags?: string[], depth?: number, near?: number}} Member
 */
const SHOWN = 60;

/**
 * One strip.
 * @param {{name: string, words: string, none: string}} about
 * @param {Member[]} members @param {string} here control number of the document shown
 * @param {(control: string) => string} address @param {(control: string, event: MouseEvent) => void} open
 */
export function strip(about, members, here, address, open) {
  const box = el("section", { className: "strip", id: `strip-${about.name}`, "aria-label": about.words });
  box.append(el("h2", {}, about.words, " ", el("span", { className: "quiet number" }, members.length ? count(members.length) : about.none)));
  if (!members.length) return box;
  const list = el("ol", {});
  const show = (/** @type {Member[]} */ some) => {
    for (const member of some) {
      const current = member.control === here;
      const link = el("a", { href: address(member.control), "aria-current": current ? "true" : null });
      link.append(el("span", { className: "mono" }, member.control), " ", el("span", { className: "what", dir: "auto" }, String(member.subject || member.name || member.kind || "").slice(0, 200)));
      link.onclick = (event) => {
        if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
        event.preventDefault();
        open(member.control, event);
      };
      const small = el("span", { className: "of" }, ...[member.kind, dayOf(member.day), nameOf(member.from || "")].filter(Boolean).map((part) => el("span", { className: "quiet", dir: "auto" }, String(part).slice(0, 80))), ...badges(member.marks || null, member.flags || null),
        member.near !== undefined && member.near < 1 ? el("span", { className: "quiet" }, `${Math.floor(member.near * 100)} % alike`) : null);
      const item = el("li", { className: current ? "here" : "" }, link, small);
      if (member.depth) item.style.setProperty("--depth", String(Math.min(6, member.depth)));
      list.append(item);
    }
  };
  // The document itself is among those shown, wherever it stands in a long family.
  const at = Math.max(0, members.findIndex((member) => member.control === here));
  const from = Math.max(0, Math.min(at - 5, members.length - SHOWN));
  show(members.slice(from, from + SHOWN));
  box.append(list);
  if (members.length > SHOWN) {
    const all = el("button", { type: "button", className: "small" }, `Show all ${count(members.length)}`);
    all.onclick = () => { list.replaceChildren(); show(members); all.remove(); };
    box.append(all);
  }
  return box;
}
/** Put the focus into a strip: on the member after the document, else the first. @param {string} name */
export function enter(name) {
  const links = /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll(`#strip-${name} a`));
  if (!links.length) return false;
  const here = [...links].findIndex((link) => link.hasAttribute("aria-current"));
  const inside = [...links].indexOf(/** @type {HTMLElement} */ (document.activeElement));
  const next = links[((inside >= 0 ? inside : here) + 1) % links.length];
  next.focus();
  next.scrollIntoView({ block: "nearest" });
  return true;
}
