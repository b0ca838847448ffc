// A field that takes a patient: search, choose, change one's mind. Set up anew for every panel.
import { choices } from "./choices.js";
import { say } from "./words.js";

function setUp(field) {
  const box = field.querySelector("[data-picker-box]");
  const list = field.querySelector("[role=listbox]");
  const value = field.querySelector("[data-picker-value]");
  const search = field.querySelector("[data-picker-search]");
  const newcomer = field.querySelector("[data-newcomer]");

  const form = field.closest("form");
  const popup = choices(box, list, { choose: (option) => option.click(), close: () => popup.hide() });
  field.addEventListener("picker:found", () => popup.show());

  function show(what) {
    search.hidden = what !== search;
    const picked = field.querySelector("[data-picked]");
    if (picked) picked.hidden = what !== picked;
    if (newcomer) newcomer.hidden = newcomer.disabled = what !== newcomer;
  }

  function pick(option) {
    value.value = option.dataset.pick;
    let picked = field.querySelector("[data-picked]");
    if (!picked) {
      picked = document.createElement("div");
      picked.className = "picked";
      picked.dataset.picked = "";
      search.before(picked);
    }
    const change = document.createElement("button");
    Object.assign(change, { type: "button", className: "btn-link", textContent: say("change") });
    change.dataset.unpick = "";
    const who = document.createElement("div");
    who.append(...[...option.childNodes].map((node) => node.cloneNode(true)));
    picked.replaceChildren(who, change);
    popup.hide();
    show(picked);
    (form.querySelector("[name=appointment_type]") ?? form.querySelector("[type=submit]:not(.default-button)"))?.focus();
  }

  field.addEventListener("click", (event) => {
    const option = event.target.closest("[data-pick]");
    if (option) pick(option);
    const fresh = event.target.closest("[data-pick-new]");
    if (fresh && newcomer) {
      for (const input of newcomer.querySelectorAll("input")) input.value = fresh.dataset[input.name] ?? "";
      show(newcomer);
      popup.hide();
      ([...newcomer.querySelectorAll("input")].find((input) => !input.value) ?? newcomer.querySelector("input")).focus();
    }
    if (event.target.closest("[data-unpick]")) {
      value.value = "";
      show(search);
      box.focus();
      box.select();
    }
  });
}

function scan() {
  for (const field of document.querySelectorAll("[data-picker]:not([data-ready])")) {
    field.dataset.ready = "";
    setUp(field);
  }
}

document.addEventListener("htmx:afterSwap", (event) => {
  scan();
  if (event.detail.target?.id === "picks") event.detail.target.closest("[data-picker]").dispatchEvent(new CustomEvent("picker:found"));
});
scan();
