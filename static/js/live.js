// Parts that ask again every few seconds, what to say when that fails, and times that run on.
import { say } from "./words.js";

const stale = () => document.getElementById("stale");
let failingSince = null;

const isLive = (event) => event.detail.elt?.matches?.("[data-live]");
const clock = (date) => date.toTimeString().slice(0, 5);

function failed(event) {
  const status = event.detail.xhr?.status;
  if (isLive(event)) {
    failingSince ??= new Date();
    const box = stale();
    if (!box) return;
    box.textContent = say("stale", { time: clock(failingSince) });
    box.hidden = false;
    return;
  }
  toast(say({ 0: "unreachable", 403: "refused", 404: "gone" }[status || 0] ?? "failed"), true);
}
document.addEventListener("htmx:responseError", failed);
document.addEventListener("htmx:sendError", failed);
document.addEventListener("htmx:timeout", failed);

document.addEventListener("htmx:afterRequest", (event) => {
  if (isLive(event) && event.detail.successful) {
    failingSince = null;
    if (stale()) stale().hidden = true;
  }
  // Whatever was just done may have changed what the page shows.
  if (event.detail.successful && event.detail.requestConfig?.verb === "post") {
    document.body.dispatchEvent(new CustomEvent("visits-changed"));
  }
});

// A step refused where there is no place of its own for the reason.
document.addEventListener("refused", (event) => toast(event.detail.text, true));

const UNDO_SHOWN = 25000;

export function toast(text, bad = false, undo = null) {
  const note = document.createElement("p");
  note.className = bad ? "toast-note is-bad" : "toast-note";
  note.textContent = text;
  if (undo) note.append(undoButton(note, undo));
  document.getElementById("toasts").append(note);
  setTimeout(() => note.remove(), undo ? UNDO_SHOWN : bad ? 10000 : 5000);
}

// Linked visits have a notice each; the key takes back the last, then the one before. The server takes a step back for a little longer than the button is shown.
function undoButton(note, { ticket, url }) {
  const button = document.createElement("button");
  Object.assign(button, { type: "button", className: "toast-undo", textContent: say("undo") });
  button.dataset.key = "u";
  button.setAttribute("aria-keyshortcuts", "U");
  button.addEventListener("click", () => {
    note.remove();
    window.htmx.ajax("POST", url, { target: "#panel", swap: "innerHTML", values: { ticket } });
  });
  return button;
}

function collect() {
  for (const note of document.querySelectorAll("[data-toast]")) {
    toast(note.textContent, "bad" in note.dataset, note.dataset.undo ? { ticket: note.dataset.undo, url: note.dataset.undoUrl } : null);
    note.remove();
  }
}

function tick() {
  for (const span of document.querySelectorAll("[data-since]")) {
    const minutes = Math.max(0, Math.floor((Date.now() - Date.parse(span.dataset.since)) / 60000));
    const text = say("minutes", { minutes });
    if (span.textContent !== text) span.textContent = text;
    span.classList.toggle("is-late", "late" in span.dataset && minutes >= Number(span.dataset.late));
  }
}

function settle() {
  collect();
  tick();
}
setInterval(tick, 15000);
document.addEventListener("htmx:afterSettle", settle);
settle();
