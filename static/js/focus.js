// What has the focus may be gone once an answer has put a list anew: the focus goes on to what took its place in the
// list, and where nothing is left to press, to the heading that `data-focus-kept` names.
let lost = null;

document.addEventListener("htmx:beforeSwap", () => {
  const at = document.activeElement;
  const region = at?.closest("[data-focus-kept]");
  const list = at?.closest("ul");
  if (!region || !list) return;
  const buttons = [...list.querySelectorAll("button")];
  lost = { at, region: region.id, heading: region.dataset.focusKept, list: list.className, place: buttons.indexOf(at) };
});

document.addEventListener("htmx:afterSettle", () => {
  if (!lost || (lost.at.isConnected && lost.at === document.activeElement)) return;
  const { at, region, heading, list, place } = lost;
  lost = null;
  if (document.activeElement && document.activeElement !== document.body) return;
  const there = document.getElementById(region);
  const again = at.id && document.getElementById(at.id);
  const left = [...(there?.getElementsByClassName(list)[0]?.querySelectorAll("button") ?? [])];
  (again || left[Math.min(place, left.length - 1)] || document.getElementById(heading))?.focus();
});
