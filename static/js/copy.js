// Copies what a button holds. Where a page may not write to the clipboard, what stands beside it is selected instead.
document.addEventListener("click", async (event) => {
  const button = event.target.closest?.("[data-copy]");
  if (!button) return;
  try {
    await navigator.clipboard.writeText(button.dataset.copy);
    button.textContent = button.dataset.copied;
  } catch {
    button.parentElement.querySelector("input")?.select();
  }
});
