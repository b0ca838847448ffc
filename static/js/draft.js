// What somebody writes and has not saved yet is kept in this tab, with what they had before their eyes when they wrote
// it: a lost connection, an ended session or another button of the page costs no word, and what somebody else wrote
// meanwhile is still noticed when it is saved. Signing out forgets it.
import { say } from "./words.js";

const KEY = "draft:";
const plain = (text) => text.replace(/\r\n/g, "\n");
const forms = (root) => [...(root.matches?.("form[data-draft]") ? [root] : root.querySelectorAll("form[data-draft]"))];
const box = (form) => form.querySelector("textarea");
const seen = (form) => form.querySelector("[name^='initial-']");
const isWritten = (form) => plain(box(form).value) !== plain(seen(form).value);

function tell(form, key, bad = false) {
  const told = form.querySelector("[data-draft-told]");
  const text = key ? say(key) : "";
  if (told.textContent !== text) told.textContent = text;
  told.classList.toggle("notice-bad", bad);
  told.hidden = !key;
}

function keep(form) {
  const key = KEY + form.dataset.draft;
  if (isWritten(form)) sessionStorage.setItem(key, JSON.stringify({ text: box(form).value, seen: seen(form).value }));
  else sessionStorage.removeItem(key);
}

function bringBack(form) {
  const kept = JSON.parse(sessionStorage.getItem(KEY + form.dataset.draft));
  if (kept && plain(kept.text) !== plain(box(form).value)) {
    box(form).value = kept.text;
    seen(form).value = kept.seen;
    tell(form, "draftBack");
  }
  keep(form);
}

document.addEventListener("input", (event) => {
  const form = event.target.closest("form[data-draft]");
  if (!form) return;
  keep(form);
  tell(form, isWritten(form) ? "draftOpen" : "");
});

// What a form was answered with counts from now on.
document.addEventListener("htmx:load", (event) => forms(event.target).forEach(keep));

// Another's change of what is being written here waits until it is saved.
document.addEventListener("htmx:oobBeforeSwap", (event) => {
  const form = event.detail.target;
  if (!form.matches?.("form[data-draft]") || !isWritten(form)) return;
  event.detail.shouldSwap = false;
  const theirs = event.detail.fragment.querySelector("[name^='initial-']");
  if (theirs && plain(theirs.value) !== plain(seen(form).value)) tell(form, "draftOvertaken", true);
});

function failed(event) {
  const form = event.detail.elt?.closest?.("form[data-draft]");
  if (form) tell(form, "draftFailed", true);
}
document.addEventListener("htmx:sendError", failed);
document.addEventListener("htmx:timeout", failed);
document.addEventListener("htmx:responseError", failed);

document.addEventListener("submit", (event) => {
  if (!event.target.closest("form[data-forget]")) return;
  for (const key of Object.keys(sessionStorage)) if (key.startsWith(KEY)) sessionStorage.removeItem(key);
});

forms(document).forEach(bringBack);
