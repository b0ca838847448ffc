// A signature drawn on the pad of a form: each stroke is a part of one path, which the form sends as it is shown.
const [WIDTH, HEIGHT, LONGEST, STEP] = [600, 200, 20000, 3];

function pad(place) {
  const sheet = place.querySelector(".signature-pad");
  const drawn = place.querySelector("[data-strokes]");
  const field = place.querySelector("input[name=signature]");
  const anew = place.querySelector("[data-sign-anew]");
  let [last, begun] = [null, ""];

  function at(event) {
    const box = sheet.getBoundingClientRect();
    const on = (part, size) => Math.round(Math.min(Math.max(part, 0), 1) * size);
    return [on((event.clientX - box.left) / box.width, WIDTH), on((event.clientY - box.top) / box.height, HEIGHT)];
  }

  function show(path) {
    if (path.length > LONGEST) return;
    field.value = path;
    drawn.setAttribute("d", path);
    anew.hidden = !path;
  }

  // A stroke counts from its second point on: what only touched the sheet is no line.
  sheet.addEventListener("pointerdown", (event) => {
    if (!event.isPrimary || event.button) return;
    event.preventDefault();
    sheet.setPointerCapture(event.pointerId);
    last = at(event);
    begun = `M${last.join(" ")}`;
  });
  sheet.addEventListener("pointermove", (event) => {
    if (!last || !event.isPrimary) return;
    const next = at(event);
    if (Math.hypot(next[0] - last[0], next[1] - last[1]) < STEP) return;
    show(`${field.value}${begun}L${next.join(" ")}`);
    [last, begun] = [next, ""];
  });
  for (const ends of ["pointerup", "pointercancel"]) sheet.addEventListener(ends, () => (last = null));
  anew.addEventListener("click", () => show(""));
  place.hidden = false;
}

for (const place of document.querySelectorAll("[data-sign]")) pad(place);
