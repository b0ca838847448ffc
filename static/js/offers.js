// The next free times: arrow keys through them, left and right to another practitioner.
const form = () => document.getElementById("offer");

function slots() {
  return [...(form()?.querySelectorAll(".offer-slot") ?? [])];
}

function nextPractitioner(by) {
  const select = form()?.elements.practitioner;
  if (!select) return;
  const to = (select.selectedIndex + by + select.options.length) % select.options.length;
  select.selectedIndex = to;
  select.dispatchEvent(new Event("change", { bubbles: true }));
}

// Enter in a field ends the typing. Only a time that is chosen books.
document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !event.target.matches?.("#offer input")) return;
  event.preventDefault();
  const empty = [...form().querySelectorAll("input[required]")].find((input) => !input.value.trim());
  (empty ?? slots()[0])?.focus();
});

let refocus = false;
document.addEventListener("keydown", (event) => {
  const here = event.target.closest?.(".offer-slot");
  if (!here || event.ctrlKey || event.metaKey || event.altKey) return;
  const all = slots();
  const at = all.indexOf(here);
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    all[(at + (event.key === "ArrowDown" ? 1 : -1) + all.length) % all.length].focus();
  } else if (event.key === "ArrowLeft" || event.key === "ArrowRight") {
    const forward = (event.key === "ArrowRight") === (document.dir !== "rtl");
    refocus = true;
    nextPractitioner(forward ? 1 : -1);
  } else if (/^[1-9]$/.test(event.key) && all[event.key - 1]) {
    all[event.key - 1].click();
  } else return;
  event.preventDefault();
});

// New times, or a refusal with other times, take the focus of what they replace; fields keep it by their ids.
document.addEventListener("htmx:beforeSwap", (event) => {
  if (event.detail.target?.id === "offer") refocus ||= document.activeElement.matches("#offer .offer-slot");
});
document.addEventListener("htmx:afterSettle", () => {
  if (!refocus || !form()) return;
  refocus = false;
  (slots()[0] ?? form().elements.practitioner).focus();
});
