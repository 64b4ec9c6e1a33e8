"use strict";
// Charts of pages: each <figure data-plot> is drawn by uPlot of what its address answers, in the colours of the page.
(() => {
  // A canvas knows no light-dark(): the colour is what an element of the page would have.
  const colour = (name) => {
    const probe = document.createElement("span");
    probe.style.color = `var(${name})`;
    document.body.append(probe);
    const found = getComputedStyle(probe).color;
    probe.remove();
    return found;
  };
  const hues = ["--energy", "--water", "--waste", "--output", "--fuel", "--other"];
  const bars = uPlot.paths.bars({ size: [0.7, 60] });

  const draw = async (figure) => {
    const answer = await fetch(figure.dataset.plot);
    if (!answer.ok) return;
    const { unit, labels, x, series } = await answer.json();
    const place = figure.querySelector("[role=img]");
    const axis = { stroke: colour("--quiet"), grid: { stroke: colour("--faint"), width: 1 }, ticks: { show: false } };
    const options = {
      width: place.clientWidth,
      height: 240,
      series: [{}, ...labels.map((label, at) => ({
        label: unit ? `${label}, ${unit}` : label,
        stroke: colour(hues[at % hues.length]),
        fill: figure.dataset.kind === "bars" ? colour(hues[at % hues.length]) : undefined,
        paths: figure.dataset.kind === "bars" ? bars : undefined,
        spanGaps: false,
      }))],
      axes: [axis, { ...axis, size: 70 }],
    };
    const plot = new uPlot(options, [x, ...series], place);
    new ResizeObserver(() => plot.setSize({ width: place.clientWidth, height: 240 })).observe(place);
  };

  const drawAll = (root) => root.querySelectorAll("[data-plot]").forEach(draw);
  drawAll(document);
  document.addEventListener("htmx:afterSettle", (event) => drawAll(event.target));
})();
