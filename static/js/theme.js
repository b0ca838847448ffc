// Runs before the page is drawn, so that no page flashes in the wrong colours.
(() => {
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const chosen = () => localStorage.getItem("theme") ?? "auto";
  const apply = () => {
    const theme = chosen() === "auto" ? (dark.matches ? "dark" : "light") : chosen();
    document.documentElement.dataset.bsTheme = theme;
  };
  apply();
  dark.addEventListener("change", apply);
  document.addEventListener("change", (event) => {
    if (!event.target.closest("[data-theme-choice]")) return;
    localStorage.setItem("theme", event.target.value);
    apply();
  });
  document.addEventListener("DOMContentLoaded", () => {
    const radio = document.querySelector(`[data-theme-choice] [value="${chosen()}"]`);
    if (radio) radio.checked = true;
  });
})();
