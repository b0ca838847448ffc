// The search box at the top of every page, and beside what it finds one patient at a glance.
import { choices } from "./choices.js";

const box = document.querySelector("[data-find]");
const list = document.getElementById("found");

if (box && list) {
  // What Enter means must be an answer to what the box says now, not to what it said a moment ago.
  let answered = null;
  let wanted = false;
  let shown = null;
  let enter = false;
  const pane = () => document.getElementById("glance");

  function goIn() {
    const first = pane()?.querySelector("[data-first]") ?? pane()?.querySelector("button, input:not([type=hidden]), a");
    if (first) {
      enter = false;
      first.focus();
      if (first.matches("input")) first.select();
    }
  }

  function glance(option, { inside = false } = {}) {
    const url = option?.dataset.glance;
    if (!url) {
      if (option && inside) window.location.assign(option.href);
      return;
    }
    if (shown === url && pane()?.firstElementChild) {
      if (inside) goIn();
      return;
    }
    enter ||= inside;
    shown = url;
    window.htmx.ajax("GET", url, { target: "#glance", swap: "innerHTML", source: box });
  }

  function choose(option) {
    if (answered === box.value) glance(option, { inside: true });
    else wanted = true;
  }
  const popup = choices(box, list, { choose, close: () => popup.hide(), moved: (option) => glance(option) });

  document.addEventListener("htmx:configRequest", (event) => {
    if (event.detail.elt === box && event.detail.target === list) box.dataset.asked = box.value;
  });
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target === pane()) {
      if (event.detail.requestConfig.path === shown && enter) goIn();
      return;
    }
    if (event.detail.target !== list) return;
    answered = box.dataset.asked;
    shown = null;
    if (document.activeElement !== box) return;
    enter = wanted && answered === box.value;
    wanted = false;
    popup.show();
  });
  box.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && answered !== box.value && box.value.trim().length > 1) wanted = true;
  });
  box.addEventListener("focus", () => {
    box.select();
    if (list.firstElementChild) popup.show();
  });
  list.addEventListener("click", (event) => {
    const option = event.target.closest("[data-glance]");
    if (option && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
      event.preventDefault();
      popup.select(option);
      glance(option, { inside: true });
    } else if (event.target.closest("[data-leave], .btn-link")) popup.hide();
  });
  list.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      event.preventDefault();
      event.stopPropagation();
      box.focus();
    } else if (event.key.toLowerCase() === "o" && !event.target.closest("input, select")) {
      pane()?.querySelector("h2 a")?.click();
    }
  });
  // Booked: the box is ready for the next caller.
  document.body.addEventListener("finished", () => {
    popup.hide();
    box.value = "";
    list.replaceChildren();
    answered = shown = null;
    if (list.contains(document.activeElement) || document.activeElement === document.body) document.getElementById("main")?.focus();
  });
  document.addEventListener("click", (event) => {
    if (event.target.isConnected && !event.target.closest(".find")) popup.hide();
  });
  document.addEventListener("focusin", (event) => {
    if (!event.target.closest(".find")) popup.hide();
  });
}
