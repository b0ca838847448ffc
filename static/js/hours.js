// The week of somebody: a day takes over what the day above it says.
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-like-above]");
  if (!button) return;
  const days = [...document.querySelectorAll("[data-week] input")];
  const mine = document.getElementById(button.dataset.likeAbove);
  mine.value = days[days.indexOf(mine) - 1].value;
  mine.focus();
});
