// On a phone the bar at the bottom has room for what one uses most; the last button unfolds the rest above it.
const button = document.querySelector("[data-nav-more]");
const nav = button?.closest("nav");

function unfold(open) {
  button.setAttribute("aria-expanded", String(open));
  nav.classList.toggle("is-unfolded", open);
}

button?.addEventListener("click", () => {
  const folded = [...nav.querySelectorAll("a")].filter((link) => !link.checkVisibility());
  unfold(button.getAttribute("aria-expanded") !== "true");
  folded[0]?.focus();
});

document.addEventListener("click", (event) => {
  if (nav && !nav.contains(event.target)) unfold(false);
});

nav?.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || !nav.classList.contains("is-unfolded")) return;
  unfold(false);
  button.focus();
  event.stopPropagation();
});
