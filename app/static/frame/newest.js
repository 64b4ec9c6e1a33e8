"use strict";
// The newest reading of a meter's page: asked for again when the stream tells that readings came, once a second at most.
(() => {
  const place = document.getElementById("newest");
  if (!place) return;
  const pauseMs = 1000;
  let waits = false;

  const show = (newest) => {
    if (!newest) return;
    const parts = [...place.querySelectorAll("[data-part]")];
    const moved = parts.filter((part) => part.textContent !== newest[part.dataset.part]);
    moved.forEach((part) => { part.textContent = newest[part.dataset.part]; });
    if (!moved.length) return;
    place.classList.add("moved");
    setTimeout(() => place.classList.remove("moved"), 600);
  };

  const ask = async () => {
    const answer = await fetch(place.dataset.newest);
    if (answer.ok) show((await answer.json()).newest);
  };

  const soon = () => {
    if (waits) return;
    waits = true;
    setTimeout(() => { waits = false; ask(); }, pauseMs);
  };

  const source = new EventSource(place.dataset.stream);
  source.addEventListener("readings.accepted", soon);
  source.addEventListener("stream.gap", soon);
})();
