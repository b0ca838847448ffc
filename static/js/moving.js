// Moving visits: by dragging them, by their lower edge, or from the tray. The server decides; a refusal says why in the
// side panel, and nothing on the page has moved until it agreed.
import { say } from "./words.js";

const FAR = 6; // pixels before a press becomes a drag: a hand that shakes moves nothing
const HOLD = 350; // milliseconds that a finger rests on a visit before it comes along
const EDGE = 7; // pixels at the lower end of a visit that make it longer or shorter

let drag = null;
let press = null;

const gridOf = () => document.querySelector("[data-day-grid]");
const send = (url, values) => window.htmx.ajax("POST", url, { target: "#panel", swap: "innerHTML", values });

// What a slot stands for is in its own address.
function timeOf(slot) {
  const asked = new URL(slot.href).searchParams;
  const values = { branch: asked.get("branch"), day: asked.get("day"), at: asked.get("at"), fold: "" };
  for (const kind of ["practitioner", "chair"]) if (asked.has(kind)) values[kind] = asked.get(kind);
  // Seen by practitioners any free chair will do, its own first.
  if (!asked.has("chair")) values.chair = "";
  return values;
}

// Where slots and places to drop on stand is read once, when a visit is taken up: to ask the page at each step what lies
// under the hand takes long where thousands of visits do.
function targets() {
  const grid = gridOf();
  const boxes = (selector) => [...document.querySelectorAll(selector)].map((element) => ({ element, box: element.getBoundingClientRect() }));
  return { grid, top: grid.scrollTop, left: grid.scrollLeft, slots: boxes("[data-day-grid] .slot"), drops: boxes("[data-drop]") };
}

const within = ({ box }, x, y) => x >= box.left && x < box.right && y >= box.top && y < box.bottom;

function slotAt(x, y) {
  const { grid, top, left, slots } = drag.places;
  const corner = grid.querySelector(".day-corner").getBoundingClientRect();
  const seen = within({ box: grid.getBoundingClientRect() }, x, y) && y >= corner.bottom && (x < corner.left || x >= corner.right);
  if (!seen) return undefined;
  const at = [x + grid.scrollLeft - left, y + grid.scrollTop - top];
  return slots.find((slot) => within(slot, ...at))?.element;
}

const dropAt = (x, y) => drag.places.drops.find((drop) => within(drop, x, y))?.element;

document.addEventListener("selectstart", (event) => {
  if (drag) event.preventDefault();
});

document.addEventListener("dragstart", (event) => {
  if (event.target.closest?.(".visit, .slot")) event.preventDefault();
});

document.addEventListener("pointerdown", (event) => {
  const visit = event.target.closest?.(".visit[data-move-url]");
  if (!visit || drag || !event.isPrimary || event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey) return;
  const box = visit.getBoundingClientRect();
  press = { visit, box, x: event.clientX, y: event.clientY, id: event.pointerId, touch: event.pointerType === "touch", resize: box.bottom - event.clientY <= EDGE && box.height > 3 * EDGE };
  if (press.touch) press.timer = setTimeout(() => begin(press), HOLD);
});

function begin({ visit, box, x, y, id, resize }) {
  const ghost = visit.cloneNode(true);
  ghost.removeAttribute("id");
  ghost.classList.add("is-ghost");
  const label = document.createElement("span");
  label.className = "ghost-time num";
  ghost.append(label);
  Object.assign(ghost.style, { inlineSize: `${box.width}px`, blockSize: `${box.height}px`, left: `${box.left}px`, top: `${box.top}px` });
  document.body.append(ghost);
  drag = { visit, ghost, label, resize, id, x, y, dx: x - box.left, dy: y - box.top, height: box.height, minutes: Number(visit.dataset.minutes) };
  visit.classList.add("is-dragged");
  // The cursor is the visit's from here on: a rule for all that the page holds would be worked out for thousands.
  visit.setPointerCapture?.(id);
  for (const drops of document.querySelectorAll("[data-drops]")) drops.hidden = resize;
  drag.places = targets();
  press = null;
}

function follow(event) {
  const { ghost, label, resize } = drag;
  const box = drag.visit.getBoundingClientRect();
  if (resize) {
    const rows = Math.max(1, Math.round((event.clientY - box.top) / rowHeight()));
    drag.wanted = rows * 5;
    ghost.style.top = `${box.top}px`;
    ghost.style.blockSize = `${rows * rowHeight()}px`;
    label.textContent = say("minutes", { minutes: drag.wanted });
    return;
  }
  ghost.style.translate = `${event.clientX - drag.x}px ${event.clientY - drag.y}px`;
  drag.drop = dropAt(event.clientX, event.clientY) ?? null;
  drag.slot = drag.drop ? null : slotAt(event.clientX, event.clientY - drag.dy + 4) ?? null;
  aim(drag.drop ?? drag.slot);
  label.textContent = drag.slot ? timeOf(drag.slot).at : "";
  scrollAlong(event);
}

// Show where it would land.
function aim(target) {
  if (drag.target === target) return;
  drag.target?.classList.remove("is-target");
  target?.classList.add("is-target");
  drag.target = target;
}

// A hand moves more often than a page is painted: what it did last before each frame counts.
function keepUp(event) {
  drag.seen = event;
  drag.frame ??= requestAnimationFrame(catchUp);
}

function catchUp() {
  if (!drag?.seen) return;
  const { seen } = drag;
  cancelAnimationFrame(drag.frame);
  drag.seen = drag.frame = undefined;
  follow(seen);
}

function rowHeight() {
  const grid = gridOf();
  return parseFloat(getComputedStyle(grid).getPropertyValue("--row")) || 6;
}

function scrollAlong(event) {
  const grid = gridOf();
  const box = grid.getBoundingClientRect();
  const near = 40;
  if (event.clientY < box.top + near) grid.scrollTop -= 12;
  else if (event.clientY > box.bottom - near) grid.scrollTop += 12;
  if (event.clientX < box.left + near) grid.scrollLeft -= 12;
  else if (event.clientX > box.right - near) grid.scrollLeft += 12;
}

document.addEventListener("pointermove", (event) => {
  if (press && event.pointerId === press.id) {
    const far = Math.hypot(event.clientX - press.x, event.clientY - press.y) > FAR;
    if (far && press.touch) give();
    else if (far) begin(press);
  }
  if (drag && event.pointerId === drag.id) {
    event.preventDefault();
    // Let go where the page did not hear of it.
    if (event.pointerType === "mouse" && !event.buttons) end();
    else keepUp(event);
  }
});

// What is in hand stays where it is while the page refreshes itself; it asks again a moment later.
document.addEventListener("htmx:beforeSwap", (event) => {
  if ((drag || press) && event.detail.requestConfig?.elt?.matches?.("[data-live]")) event.detail.shouldSwap = false;
});

// A finger that rests on a link would open its menu.
document.addEventListener("contextmenu", (event) => {
  if (drag) event.preventDefault();
});

// A finger that has taken a visit along scrolls nothing.
document.addEventListener("touchmove", (event) => {
  if (drag) event.preventDefault();
}, { passive: false });

function give() {
  clearTimeout(press?.timer);
  press = null;
}

function end() {
  if (!drag) return;
  cancelAnimationFrame(drag.frame);
  drag.ghost.remove();
  drag.visit.classList.remove("is-dragged");
  aim(null);
  for (const drops of document.querySelectorAll("[data-drops]")) drops.hidden = true;
  drag = null;
}

// The click that ends a drag opens nothing; a finger makes none, and the next tap counts.
function swallowClick() {
  const swallow = (click) => { click.preventDefault(); click.stopPropagation(); };
  document.addEventListener("click", swallow, { capture: true, once: true });
  setTimeout(() => document.removeEventListener("click", swallow, { capture: true }), 100);
}

document.addEventListener("pointerup", (event) => {
  give();
  if (!drag || event.pointerId !== drag.id) return;
  catchUp();
  const { visit, resize, wanted, minutes, slot, drop } = drag;
  end();
  swallowClick();
  if (resize && wanted && wanted !== minutes) send(visit.dataset.moveUrl, { minutes: wanted });
  else if (drop?.dataset.drop === "tray") send(visit.dataset.holdUrl, {});
  else if (drop) send(visit.dataset.moveUrl, { day: later(visit.dataset.day, Number(drop.dataset.drop)), at: visit.dataset.at, chair: "" });
  else if (slot) send(visit.dataset.moveUrl, timeOf(slot));
});
document.addEventListener("pointercancel", () => { give(); end(); });
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && drag) {
    event.stopImmediatePropagation();
    end();
    document.addEventListener("pointerup", swallowClick, { once: true });
  }
}, true);

function later(day, days) {
  const date = new Date(`${day}T00:00Z`);
  date.setUTCDate(date.getUTCDate() + days);
  return date.toISOString().slice(0, 10);
}

// The tray: the visit that was chosen goes to the next slot that is chosen, with the mouse or with Enter.
let picked = null;

function pick(one) {
  picked = one?.dataset.moveUrl ?? null;
  for (const other of document.querySelectorAll("[data-tray] li")) {
    other.querySelector("[data-tray-pick]").setAttribute("aria-pressed", String(other.dataset.moveUrl === picked));
  }
  document.body.classList.toggle("is-placing", Boolean(picked));
  sessionStorage.setItem("placing", picked ?? "");
}

document.addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-tray-pick]");
  if (button) {
    const one = button.closest("li");
    pick(one.dataset.moveUrl === picked ? null : one);
    return;
  }
  const slot = event.target.closest?.(".slot");
  if (slot && picked && !event.ctrlKey && !event.metaKey) {
    event.preventDefault();
    event.stopImmediatePropagation();
    send(picked, timeOf(slot));
  }
}, true);

// Escape closes what is open first, and then lets go of what was chosen.
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && picked && !drag && !event.defaultPrevented) pick(null);
});

function restore() {
  const kept = sessionStorage.getItem("placing");
  const one = [...document.querySelectorAll("[data-tray] li")].find((other) => other.dataset.moveUrl === kept);
  if (picked || one) pick(one ?? null);
}
document.addEventListener("htmx:afterSettle", restore);
restore();

// R takes the visit that has the focus in hand: it lies on the tray, and the panel says where it could go.
document.addEventListener("keydown", (event) => {
  if (event.key.toLowerCase() !== "r" || event.ctrlKey || event.metaKey || event.altKey) return;
  const visit = event.target.closest?.(".visit[data-hold-url]");
  if (!visit) return;
  event.preventDefault();
  event.stopPropagation();
  sessionStorage.setItem("placing", visit.dataset.moveUrl);
  send(visit.dataset.holdUrl, {});
}, true);
