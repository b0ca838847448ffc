// The search box at the top of every page.
import { choices } from "./choices.js";

const box = document.querySelector("[data-find]");
const list = document.getElementById("found");

if (box && list) {
  // What Enter opens must be an answer to what the box says now, not to what it said a moment ago.
  let answered = null;
  let wanted = false;
  const open = (option) => {
    if (answered === box.value) window.location.assign(option.href);
    else wanted = true;
  };
  const popup = choices(box, list, { choose: open, close: () => popup.hide() });

  document.addEventListener("htmx:configRequest", (event) => {
    if (event.detail.elt === box) box.dataset.asked = box.value;
  });
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target !== list) return;
    answered = box.dataset.asked;
    if (document.activeElement !== box) return;
    popup.show();
    if (wanted && answered === box.value) list.querySelector("[role=option]")?.click();
    wanted = false;
  });
  box.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && answered !== box.value && box.value.trim().length > 1) wanted = true;
  });
  box.addEventListener("focus", () => {
    box.select();
    if (list.firstElementChild) popup.show();
  });
  document.addEventListener("click", (event) => {
    if (!event.target.closest(".find")) popup.hide();
  });
  document.addEventListener("focusin", (event) => {
    if (!event.target.closest(".find")) popup.hide();
  });
}
