"use strict";
(() => {
  const page = document.getElementById("live");
  const state = document.getElementById("state");
  const readings = document.getElementById("readings");
  const events = document.getElementById("events");
  const period = page.dataset.year;
  const rows = new Map([...page.querySelectorAll("[data-figure]")].map((row) => [row.dataset.figure, row]));
  const words = JSON.parse(page.dataset.words);
  const written = (message, values) => words[message].replace(/{(\w+)}/g, (_, name) => values[name]);
  const mostLines = 30;
  let accepted = 0;

  const nameOf = (figure) =>
    [figure.kpi, figure.key, ...Object.keys(figure.dimensions).sort().map((key) => `${key}=${figure.dimensions[key]}`)].join(" ");

  const tell = (at, words) => {
    const line = document.createElement("li");
    const time = document.createElement("time");
    time.dateTime = at;
    time.textContent = new Date(at).toLocaleTimeString(document.documentElement.lang);
    line.append(time, words);
    events.prepend(line);
    while (events.children.length > mostLines) events.lastElementChild.remove();
  };

  const move = (row, old, now) => {
    row.hidden = now === null;
    row.querySelector(".now").textContent = now ?? "–";
    row.querySelector(".before").textContent = old ?? "";
    row.classList.add("moved");
    setTimeout(() => row.classList.remove("moved"), 600);
  };

  // Events tell of the organization's figures; those of a plant are asked for when days of meters were rolled up.
  const askEveryMs = 3000;
  let waits = false;
  const ask = async () => {
    const answer = await fetch(page.dataset.figures);
    if (!answer.ok) return;
    const { figures } = await answer.json();
    rows.forEach((row, name) => {
      const cell = row.querySelector(".now").textContent;
      const old = cell === "–" ? null : cell;
      if (name in figures && figures[name] !== old) move(row, old, figures[name]);
    });
  };
  const askSoon = () => {
    if (waits) return;
    waits = true;
    setTimeout(() => { waits = false; ask(); }, askEveryMs);
  };

  const source = new EventSource(`/live/stream?organization=${encodeURIComponent(page.dataset.organization)}`);
  source.onopen = () => { state.textContent = words.live; };
  source.onerror = () => { state.textContent = words.again; };
  const on = (kind, handle) => source.addEventListener(kind, (event) => handle(JSON.parse(event.data)));
  on("readings.accepted", ({ at, payload }) => {
    accepted += payload.inserted + payload.replaced;
    readings.textContent = accepted;
    tell(at, written("accepted", payload));
  });
  on("rollups.changed", ({ at, payload }) => {
    tell(at, written("rolled", payload));
    if (page.dataset.figures) askSoon();
  });
  on("figures.changed", ({ at, payload }) => {
    if (payload.period !== period || payload.framework !== page.dataset.framework) return;
    if (page.dataset.figures) return;
    payload.figures.forEach((figure) => {
      const row = rows.get(nameOf(figure));
      if (row) move(row, figure.old, figure.new);
    });
    tell(at, written("moved", { figures: payload.figures.length, period: payload.period }));
  });
  on("stream.gap", () => location.reload());
})();
