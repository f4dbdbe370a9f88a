"use strict";
// Draws the charts. Every number comes from the data in the page: nothing is computed here.
const charts = JSON.parse(document.getElementById("charts").textContent);
const palette = ["#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#b0a700", "#888888"];
const drawn = [];

function color(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

function options(chart) {
  const ink = color("--ink"), line = color("--line");
  const axis = (more) => ({ ticks: { color: ink }, grid: { color: line }, ...more });
  const bars = chart.kind === "bars", stacked = chart.kind === "stacks";
  const scales = { x: axis({ stacked }), y: axis({ stacked, beginAtZero: true }) };
  if (bars) scales.x = axis({ beginAtZero: true });
  if (bars) scales.y = axis({});
  if (chart.series.some((one) => one.right)) {
    scales.right = axis({ position: "right", beginAtZero: true, grid: { drawOnChartArea: false } });
  }
  return {
    animation: false, responsive: true, maintainAspectRatio: false, indexAxis: bars ? "y" : "x", locale: "en-US",
    scales, plugins: { legend: { labels: { color: ink } } },
  };
}

function draw(canvas) {
  const chart = charts[canvas.dataset.chart];
  const datasets = chart.series.map((one, place) => ({
    label: one.label, data: one.values, yAxisID: one.right ? "right" : undefined, pointRadius: 0, spanGaps: false,
    backgroundColor: palette[place % palette.length], borderColor: palette[place % palette.length],
  }));
  const type = chart.kind === "lines" ? "line" : "bar";
  drawn.push([new Chart(canvas, { type, data: { labels: chart.labels, datasets }, options: options(chart) }), chart]);
}

function repaint() {
  for (const [one, chart] of drawn) {
    one.options = options(chart);
    one.resize();
    one.update("none");
  }
}

document.querySelectorAll("canvas").forEach(draw);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", repaint);
matchMedia("print").addEventListener("change", repaint);
addEventListener("beforeprint", () => {
  document.querySelectorAll("details").forEach((one) => { one.open = true; });
  repaint();
});
addEventListener("afterprint", repaint);
document.body.dataset.drawn = drawn.length;
