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

  // What is wrong with a meter: bands of time behind the curve, and a dot for each reading that does not count. A dot
  // beyond the values of the curve stands at its edge, so that it does not press the curve to a line.
  const marked = (bands, dots) => {
    const tints = { gap: colour("--note"), doubt: colour("--error") };
    const dotColour = colour("--error");
    return {
      drawClear: [(plot) => {
        const { ctx, bbox } = plot;
        ctx.save();
        ctx.globalAlpha = 0.22;
        bands.forEach(([kind, from, to]) => {
          const [left, right] = [from, to].map((at) => Math.min(Math.max(plot.valToPos(at, "x", true), bbox.left), bbox.left + bbox.width));
          ctx.fillStyle = tints[kind];
          if (right > left) ctx.fillRect(left, bbox.top, Math.max(right - left, 2), bbox.height);
        });
        ctx.restore();
      }],
      draw: [(plot) => {
        const { ctx, bbox } = plot;
        ctx.save();
        ctx.fillStyle = dotColour;
        dots.forEach(([at, value]) => {
          const x = plot.valToPos(at, "x", true);
          if (x < bbox.left || x > bbox.left + bbox.width) return;
          const wanted = value === null ? bbox.top : plot.valToPos(value, "y", true);
          const y = Math.min(Math.max(wanted, bbox.top + 6), bbox.top + bbox.height - 6);
          ctx.beginPath();
          ctx.arc(x, y, 5 * devicePixelRatio, 0, 2 * Math.PI);
          ctx.fill();
        });
        ctx.restore();
      }],
    };
  };

  const draw = async (figure) => {
    const answer = await fetch(figure.dataset.plot);
    if (!answer.ok) return;
    const { unit, labels, x, series, bands = [], dots = [] } = await answer.json();
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
      hooks: marked(bands, dots),
    };
    const plot = new uPlot(options, [x, ...series], place);
    new ResizeObserver(() => plot.setSize({ width: place.clientWidth, height: 240 })).observe(place);
  };

  const drawAll = (root) => root.querySelectorAll("[data-plot]").forEach(draw);
  drawAll(document);
  document.addEventListener("htmx:afterSettle", (event) => drawAll(event.target));
})();
