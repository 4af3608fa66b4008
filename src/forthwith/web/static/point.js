/* A point put to the other side about the documents chosen: it goes into the register of deficiencies. */
import { ask, count, el } from "./api.js";

/**
 * @param {{query?: string, controls?: string[]}} select
 * @param {number} n how many were chosen
 * @param {() => void} done
 */
export function putPoint(select, n, done) {
  const dialog = el("dialog", { className: "bulk", "aria-labelledby": "point-title" });
  const says = el("textarea", { id: "point-says", rows: 3, maxLength: 1000 });
  const request = el("input", { id: "point-request", type: "text", "aria-describedby": "point-help" });
  const error = el("p", { className: "error", role: "alert" });
  const answer = el("div", { role: "status" });
  const close = el("button", { type: "button", className: "quiet" }, "Cancel");
  const put = el("button", { type: "button", className: "primary" }, "Note it");
  close.onclick = () => dialog.close();
  const fields = el("div", {},
    el("div", { className: "field" }, el("label", { for: "point-says" }, "What they lack"), says),
    el("div", { className: "field" }, el("label", { for: "point-request" }, "Request"), request,
      el("p", { className: "help", id: "point-help" }, "The request they fall under, as First RFPs/3; empty for none. Documents of ours among them are left out.")));
  put.onclick = async () => {
    error.textContent = "";
    put.disabled = true;
    try {
      const noted = await ask("/api/received/point", { method: "POST", body: { select, says: says.value, request: request.value } });
      fields.remove();
      put.remove();
      answer.append(el("p", {}, noted.sentence), el("ul", {}, ...noted.points.map((/** @type {any} */ point) => el("li", {}, el("a", { href: point.address }, `${point.key} in ${point.volume}`)))),
        el("p", { className: "help" }, "forthwith deficiency prints it in the letter."));
      close.textContent = "Done";
      close.focus();
      done();
    } catch (failure) { error.textContent = /** @type {Error} */ (failure).message; } finally { put.disabled = false; }
  };
  dialog.append(el("h2", { id: "point-title" }, `Put a point about ${count(n)} document${n === 1 ? "" : "s"}`), fields, answer, error, el("div", { className: "toolbar" }, close, put));
  dialog.onclose = () => dialog.remove();
  document.body.append(dialog);
  dialog.showModal();
  says.focus();
}
