// A choice that says in a sentence what it means, as soon as it is made.
document.addEventListener("change", (event) => {
  const select = event.target.closest("select[data-explains]");
  if (!select) return;
  const says = document.getElementById(select.getAttribute("aria-describedby"));
  if (says) says.textContent = select.selectedOptions[0].dataset.means;
});
