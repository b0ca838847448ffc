// Arrow keys through a list of options that belongs to a text box.
export function choices(box, list, { choose, close, moved = () => {} }) {
  const options = () => [...list.querySelectorAll("[role=option]")];
  const active = () => list.querySelector("[aria-selected=true]");

  function select(option) {
    active()?.setAttribute("aria-selected", "false");
    option?.setAttribute("aria-selected", "true");
    option?.scrollIntoView({ block: "nearest" });
    if (option) box.setAttribute("aria-activedescendant", option.id);
    else box.removeAttribute("aria-activedescendant");
    moved(option);
  }

  function move(by) {
    const all = options();
    if (all.length) select(all[(all.indexOf(active()) + by + all.length) % all.length]);
  }

  box.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      move(event.key === "ArrowDown" ? 1 : -1);
    } else if (event.key === "Enter" && active() && !list.hidden) {
      event.preventDefault();
      choose(active());
    } else if (event.key === "Escape" && !list.hidden) {
      event.preventDefault();
      event.stopPropagation();
      close();
    }
  });

  return {
    select,
    show() {
      list.hidden = !list.firstElementChild;
      box.setAttribute("aria-expanded", String(!list.hidden));
      select(options()[0]);
    },
    hide() {
      list.hidden = true;
      box.setAttribute("aria-expanded", "false");
      box.removeAttribute("aria-activedescendant");
    },
  };
}
