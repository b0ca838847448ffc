// The day: the line that shows the time, and the arrow keys through slots and visits.
const ROW_MINUTES = 5;
const opened = Date.now();

function drawNow() {
  const grid = document.querySelector("[data-day-grid][data-now]");
  const line = grid?.querySelector("[data-now-line]");
  if (!line) return;
  const minutes = Number(grid.dataset.now) + (Date.now() - opened) / 60000;
  const row = Math.floor(minutes / ROW_MINUTES);
  line.hidden = row < 0 || row >= Number(grid.dataset.rows);
  // Styles set by script through the object model are not inline styles to the content security policy.
  line.style.gridRowStart = String(row + 2);
  line.style.setProperty("--within", String(minutes / ROW_MINUTES - row));
}

function centre(rect) {
  return { x: rect.left + rect.width / 2, y: rect.top };
}

function step(from, key) {
  const here = from.getBoundingClientRect();
  const at = centre(here);
  const ahead = { ArrowDown: (p) => p.y - at.y, ArrowUp: (p) => at.y - p.y, ArrowRight: (p) => p.x - at.x, ArrowLeft: (p) => at.x - p.x }[key];
  const upright = key === "ArrowDown" || key === "ArrowUp";
  let best = null;
  let least = Infinity;
  for (const other of document.querySelectorAll("[data-day-grid] :is(.slot, .visit)")) {
    if (other === from) continue;
    const rect = other.getBoundingClientRect();
    const point = centre(rect);
    const far = ahead(point);
    // Sideways leads out of the column: what stands in it a little further left or right is above or below.
    const apart = key === "ArrowRight" ? rect.left - here.right : here.left - rect.right;
    if (!upright && apart < -4) continue;
    const aside = upright ? Math.abs(point.x - at.x) : Math.abs(point.y - at.y);
    if (far < 1 || (upright ? aside > here.width : aside > 400)) continue;
    const cost = upright ? far + aside / 10 : far + aside * 2;
    if (cost < least) [best, least] = [other, cost];
  }
  return best;
}

document.addEventListener("keydown", (event) => {
  const here = event.target.closest?.("[data-day-grid] :is(.slot, .visit)");
  if (!here || !event.key.startsWith("Arrow") || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  const next = step(here, event.key);
  if (!next) return;
  rove(next);
  next.focus();
});

// One slot is in the tab order; the arrows reach the others.
function rove(to) {
  for (const slot of document.querySelectorAll("[data-day-grid] .slot[tabindex='0']")) slot.tabIndex = -1;
  if (to?.matches(".slot")) to.tabIndex = 0;
}

function settle() {
  drawNow();
  if (!document.querySelector("[data-day-grid] .slot[tabindex='0']")) rove(document.querySelector("[data-day-grid] .slot"));
}

setInterval(drawNow, 20000);
document.addEventListener("htmx:afterSettle", settle);
settle();

// A busy day opens where the work is: at the present time, or at its first visit.
const grid = document.querySelector("[data-day-grid]");
if (grid) {
  const there = grid.querySelector("[data-now-line]:not([hidden])") ?? grid.querySelector(".visit");
  if (there) grid.scrollTop = Math.max(0, there.offsetTop - grid.clientHeight / 3);
}
