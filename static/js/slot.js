// The fields of a visit's time: what changing one of them means for the others.

// Another type of visit has another length. In the capture phase, so that the chairs are asked for with the new one.
document.addEventListener("change", (event) => {
  if (event.target.dataset.reslot !== "appointment_type") return;
  const minutes = event.target.form?.elements.minutes;
  if (minutes) minutes.value = event.target.selectedOptions[0]?.dataset.minutes ?? "";
}, true);

// Which chairs are free is answered a moment later: a chair chosen meanwhile stays chosen.
const isChair = (element) => element?.matches?.("select[name=chair]");

document.addEventListener("htmx:beforeRequest", (event) => {
  if (isChair(event.detail.target)) delete event.detail.target.dataset.chosen;
});
document.addEventListener("change", (event) => {
  if (isChair(event.target)) event.target.dataset.chosen = event.target.value;
});
document.addEventListener("htmx:afterSwap", (event) => {
  const chair = event.detail.target;
  if (isChair(chair) && chair.dataset.chosen !== undefined) chair.value = chair.dataset.chosen;
});
