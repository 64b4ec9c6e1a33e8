"use strict";
// Escape closes what is open, and the reader goes on from where they opened it.
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const open = [...document.querySelectorAll("details[open]:not([data-stays])")];
  const within = open.find((each) => each.contains(document.activeElement));
  for (const each of open) each.open = false;
  within?.querySelector("summary").focus();
});
