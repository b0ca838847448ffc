// Keys that work anywhere outside a field: "/" searches; a letter presses the button that carries it.
import { close } from "./panel.js";

const typing = (element) => element.closest("input, select, textarea, [contenteditable]");

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "Escape") {
    const menu = document.querySelector("details[data-menu][open]");
    if (menu) menu.open = false;
    if (menu || close()) event.preventDefault();
    return;
  }
  if (typing(event.target)) return;
  if (event.key === "?") {
    event.preventDefault();
    document.getElementById("keys")?.showModal();
    return;
  }
  if (document.getElementById("keys")?.open) return;
  if (event.key === "/") {
    event.preventDefault();
    document.querySelector("[data-find]")?.focus();
    return;
  }
  const button = [...document.querySelectorAll(`[data-key="${CSS.escape(event.key.toLowerCase())}"]`)].at(-1);
  if (button) {
    event.preventDefault();
    button.click();
  }
});
