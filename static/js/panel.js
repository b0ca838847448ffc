// The side panel: opens when something is put into it, closes with Escape, gives the focus back.
const panel = document.getElementById("panel");
let cameFrom = null;

export function close() {
  if (!panel?.classList.contains("is-open")) return false;
  panel.classList.remove("is-open");
  panel.replaceChildren();
  const back = cameFrom && document.getElementById(cameFrom.id) || (cameFrom?.isConnected ? cameFrom : null);
  back?.focus({ preventScroll: true });
  mark();
  return true;
}

function mark() {
  const open = panel?.querySelector("[data-visit-id]")?.dataset.visitId;
  for (const visit of document.querySelectorAll("[data-visit]")) {
    visit.classList.toggle("is-selected", visit.dataset.visit === open);
  }
}

document.addEventListener("htmx:beforeRequest", (event) => {
  if (event.detail.target?.id === "panel" && !panel.contains(event.detail.elt)) {
    cameFrom = event.detail.elt;
    panel.classList.add("is-loading");
  }
});

document.addEventListener("htmx:afterRequest", (event) => {
  if (event.detail.target?.id === "panel") panel.classList.remove("is-loading");
});

document.addEventListener("htmx:afterSettle", (event) => {
  if (event.detail.target?.id === "panel") {
    panel.classList.add("is-open");
    const first = panel.querySelector(".has-error input:not([type=hidden]), .ask input, .check input, [data-first], [autofocus], [data-focus]")
      ?? panel.querySelector("input:not([type=hidden]):not([hidden]), select, button");
    first?.focus({ preventScroll: true });
    panel.scrollTop = 0;
  }
  mark();
});

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-close-panel]")) close();
  for (const menu of document.querySelectorAll("details[data-menu][open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});
