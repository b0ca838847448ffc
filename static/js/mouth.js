// The chart of the teeth in each form that has a tooth and its surfaces. What is clicked stands in the two fields, and
// what is typed there is shown on the chart: whoever types needs no chart, and the form sends nothing else.
const template = document.getElementById("mouth");
const KEPT = "mouth";
// Which of a tooth's five surfaces a letter means, in the order of the tooth's own letters: MODBL or MIDFL.
const PART = { M: 0, O: 1, I: 1, D: 2, B: 3, F: 3, V: 3, L: 4, P: 4 };
const ASIDE = { ArrowLeft: -1, ArrowRight: 1 };
const tidy = (text) => text.trim().toUpperCase();

function chart(place) {
  const form = place.closest("form");
  const tooth = form.querySelector("[name=tooth]");
  const surfaces = form.querySelector("[name=surfaces]");
  place.append(template.content.cloneNode(true));
  const find = (selector) => place.querySelector(selector);
  const all = [...place.querySelectorAll(".mouth-tooth")];
  const parts = [...place.querySelectorAll(".mouth-surface")];
  const cross = find(".mouth-surfaces");
  const milk = find(".mouth-switch");
  const setOf = (one) => one.closest(".mouth-set");
  // What is SVG has the attribute, and no property for it.
  const isShown = (one) => !setOf(one).hasAttribute("hidden");
  const shown = () => all.filter(isShown);
  const picked = () => all.find((one) => one.dataset.typed === tidy(tooth.value));
  const typed = () => new Set([...tidy(surfaces.value)].map((letter) => PART[letter]));
  let last = null;

  function write(chosen, one) {
    surfaces.value = one ? [...one.dataset.surfaces].filter((_, part) => chosen.has(part)).join("") : "";
  }

  function showSet(name) {
    for (const set of place.querySelectorAll(".mouth-set")) set.toggleAttribute("hidden", set.dataset.set !== name);
    milk.setAttribute("aria-checked", String(name === "deciduous"));
  }

  // The cross lies as the tooth does: its outer side away from the middle of the mouth, mesial towards the midline.
  function showSurfaces(one) {
    cross.hidden = !one;
    if (!one) return;
    const quadrant = Number(one.dataset.tooth[0]);
    cross.classList.toggle("is-lower", [3, 4, 7, 8].includes(quadrant));
    cross.classList.toggle("is-left", [2, 3, 6, 7].includes(quadrant));
    cross.setAttribute("aria-label", one.getAttribute("aria-label"));
    const chosen = typed();
    for (const part of parts) {
      part.hidden = !one.dataset.surfaces.includes(part.dataset.surface);
      part.setAttribute("aria-checked", String(chosen.has(PART[part.dataset.surface])));
    }
  }

  function show() {
    const one = picked();
    if (one && one !== last) showSet(setOf(one).dataset.set);
    last = one;
    const first = one && isShown(one) ? one : shown()[0];
    for (const each of all) {
      each.setAttribute("aria-checked", String(each === one));
      each.setAttribute("tabindex", each === first ? "0" : "-1");
    }
    showSurfaces(one && isShown(one) ? one : null);
    const says = one ? one.getAttribute("aria-label") : "";
    if (find("[data-mouth-says]").textContent !== says) find("[data-mouth-says]").textContent = says;
    find("[data-mouth-hint]").hidden = Boolean(one);
  }

  function pick(one) {
    const chosen = typed();
    tooth.value = one ? one.dataset.typed : "";
    write(chosen, one);
    show();
  }

  function toggle(part) {
    const chosen = typed();
    if (!chosen.delete(part)) chosen.add(part);
    write(chosen, picked());
    show();
  }

  // Along the arch, or over to the tooth that bites on this one.
  function beside(one, key) {
    const now = shown();
    const [half, at] = [now.length / 2, now.indexOf(one)];
    if (key === "Home" || key === "End") return now[(at < half ? 0 : half) + (key === "Home" ? 0 : half - 1)];
    if (key === "ArrowUp") return now[at % half];
    if (key === "ArrowDown") return now[half + (at % half)];
    const row = at < half ? 0 : half;
    return key in ASIDE ? now[row + ((at - row + ASIDE[key] + half) % half)] : null;
  }

  function press(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("summary")) return;
    const one = event.target.closest(".mouth-tooth");
    const part = PART[tidy(event.key)];
    const next = one && beside(one, event.key);
    if (next) {
      pick(next);
      next.focus();
    } else if (one && [" ", "Enter"].includes(event.key)) pick(one === picked() ? null : one);
    else if (one && ["Delete", "Backspace"].includes(event.key)) pick(null);
    else if (event.key.length === 1 && part !== undefined && picked()) toggle(part);
    else return;
    event.preventDefault();
  }

  place.addEventListener("click", (event) => {
    const one = event.target.closest(".mouth-tooth");
    const part = event.target.closest(".mouth-surface");
    if (one) pick(one === picked() ? null : one);
    else if (part) toggle(PART[part.dataset.surface]);
    else if (event.target.closest(".mouth-switch")) {
      showSet(milk.getAttribute("aria-checked") === "true" ? "permanent" : "deciduous");
      show();
    } else if (event.target.closest("summary")) localStorage.setItem(KEPT, find("details").open ? "closed" : "open");
  });
  place.addEventListener("keydown", press);
  for (const field of [tooth, surfaces]) field.addEventListener("input", show);
  form.addEventListener("reset", () => setTimeout(show));
  find("details").open = isOpen(form);
  show();
  mark(place);
}

// As it was left; at first where there is room for it. Of several forms of a page, the one that is being filled in.
function isOpen(form) {
  const kept = localStorage.getItem(KEPT);
  const forms = [...document.querySelectorAll("form:has([data-mouth])")];
  const main = forms.find((one) => one.querySelector("[autofocus], .has-error")) ?? forms[0];
  return form === main && (kept ? kept === "open" : window.matchMedia("(min-width: 900px)").matches);
}

function mark(root) {
  const marks = document.querySelector("[data-teeth-marks]")?.dataset;
  if (!marks) return;
  for (const one of root.querySelectorAll(".mouth-tooth")) {
    one.dataset.named ??= one.getAttribute("aria-label");
    const held = ["done", "planned"].filter((kind) => marks[kind].split(" ").includes(one.dataset.tooth));
    for (const kind of ["done", "planned"]) one.classList.toggle(`is-${kind}`, held.includes(kind));
    const said = [one.dataset.named, ...held.map((kind) => template.dataset[kind])];
    one.setAttribute("aria-label", said.join(template.dataset.comma));
  }
}

function settle(root) {
  for (const place of root.querySelectorAll("[data-mouth]:empty")) chart(place);
}

if (template) {
  settle(document);
  document.addEventListener("htmx:load", (event) => settle(event.target.parentElement ?? document));
  document.addEventListener("htmx:afterSettle", () => {
    for (const place of document.querySelectorAll("[data-mouth]")) mark(place);
  });
}
