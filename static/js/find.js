// The search box at the top of every page, and beside what it finds one patient at a glance.
import { choices } from "./choices.js";

const box = document.querySelector("[data-find]");
const list = document.getElementById("found");

if (box && list) {
  // What Enter means must be an answer to what the box says now, not to what it said a moment ago.
  let answered = null;
  let wanted = false;
  let shown = null;
  let loaded = null;
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
    if (shown === url && pane()) {
      enter ||= inside;
      if (enter && loaded === url) goIn();
      return;
    }
    enter = inside;
    shown = url;
    loaded = null;
    // Whoever was looked at before is not to be booked by mistake while the answer is under way.
    pane()?.replaceChildren();
    window.htmx.trigger(list, "htmx:abort");
    window.htmx.ajax("GET", url, { target: "#glance", swap: "innerHTML", source: list });
  }

  function choose(option) {
    if (answered === box.value) glance(option, { inside: true });
    else wanted = true;
  }
  const popup = choices(box, list, { choose, close: () => popup.hide(), moved: (option) => glance(option) });

  document.addEventListener("htmx:configRequest", (event) => {
    if (event.detail.elt === box && event.detail.target === list) box.dataset.asked = box.value;
  });
  const isGlance = (event) => event.detail.target?.id === "glance";
  document.addEventListener("htmx:beforeSwap", (event) => {
    const isLate = event.detail.elt === list && event.detail.requestConfig.path !== shown;
    if (isGlance(event) && isLate) event.detail.shouldSwap = false;
  });
  document.addEventListener("htmx:afterSwap", (event) => {
    if (isGlance(event)) {
      shown = loaded = event.detail.requestConfig.path;
      if (enter) goIn();
      return;
    }
    if (event.detail.target !== list) return;
    answered = box.dataset.asked;
    shown = loaded = null;
    if (document.activeElement !== box) return;
    const goesOn = wanted && answered === box.value;
    wanted = false;
    popup.show();
    enter = goesOn;
  });
  box.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && answered !== box.value && box.value.trim().length > 1) wanted = true;
  });
  // Another letter is another question: an Enter that came before it does not count.
  box.addEventListener("input", () => {
    wanted = enter = false;
  });
  // An Enter that is held down a moment too long chooses somebody; it does not book for them as well.
  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.repeat && event.target.closest(".find")) event.preventDefault();
  }, true);
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
    answered = shown = loaded = null;
    if (list.contains(document.activeElement) || document.activeElement === document.body) document.getElementById("main")?.focus();
  });
  document.addEventListener("click", (event) => {
    if (event.target.isConnected && !event.target.closest(".find")) popup.hide();
  });
  document.addEventListener("focusin", (event) => {
    if (!event.target.closest(".find")) popup.hide();
  });
}
