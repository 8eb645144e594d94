// Plots that share their horizontal axis. Python sends numbers (qlib/show/chart.py), this file draws.
import { SVG, element, floats, tidy, watch } from "./dom.js";

const COLOURS = ["--blue", "--vermilion", "--green", "--purple"];
const DASHES = ["", "6 3", "2 2", "8 2 2 2"];
const LEFT = 46, ABOVE = 20, BELOW = 8, AXIS = 34;  // pixels around a plot's axis, LEFT at least

// Pixels for the longest of these numbers, and a little air.
function roomFor(ticks) {
  return 7.6 * Math.max(...ticks.map((v) => tidy(v).length)) + 8;
}

function drawPlot(svg, chart, i, columns, { at = null, edge = null } = {}) {
  const plot = { ...chart.plots[i] }, xs = floats(chart.x), n = xs.length;
  if (edge && !i) plot.edge = edge;
  const colour = `var(${COLOURS[i % COLOURS.length]})`;
  const right = (svg.clientWidth || 400) - (columns > 1 ? 88 : 108), bottom = ABOVE + plot.height;
  const left = Math.max(LEFT, roomFor(chart.plots.flatMap((one) => one.ticks)));  // one for all, so that they align
  const axis = i + columns >= chart.plots.length;  // the last row's
  const [first, last] = chart.ends, low = plot.ticks[0], high = plot.ticks.at(-1);
  const x = (v) => left + ((v - first) / (last - first)) * (right - left);
  const y = (v) => ABOVE + Math.min(Math.max((high - v) / (high - low), 0), 1) * plot.height;
  const row = (view, k) => floats(view).slice(k * n, (k + 1) * n);
  const points = (values) => xs.map((v, k) => [x(v), y(values[k])]).filter((_, k) => Number.isFinite(values[k]));
  const path = (places) => places.map(([a, b]) => `${a.toFixed(1)},${b.toFixed(1)}`).join(" ");
  const text = (a, b, words, kind = "", anchor = "start") =>
    element(svg, "text", { x: a, y: b, class: kind, "text-anchor": anchor }, words);
  svg.setAttribute("height", bottom + (axis ? AXIS : BELOW));
  svg.replaceChildren();

  text(left, 12, plot.title);
  if (plot.key) text(right, 12, plot.key, "faint", "end");
  for (const v of plot.ticks) {
    element(svg, "line", { x1: left, x2: right, y1: y(v), y2: y(v), class: "rule" });
    text(left - 6, y(v) + 4, tidy(v), "faint", "end");
  }
  if (axis) {
    const room = roomFor(chart.ticks), between = x(chart.ticks[1]) - x(chart.ticks[0]);
    const shown = chart.ticks.filter((_, k) => (chart.ticks.length - 1 - k) % Math.ceil(room / between || 1) === 0);
    for (const v of shown) text(x(v), bottom + 15, tidy(v), "faint", "middle");
    text((left + right) / 2, bottom + 29, chart.unit, "faint", "middle");
  }
  if (plot.edge) {
    const at = y(plot.edge[0]);
    element(svg, "line", { x1: left, x2: right, y1: at, y2: at, class: "edge" });
  }
  if (at !== null) element(svg, "line", { x1: x(at), x2: x(at), y1: ABOVE, y2: bottom, class: "mark" });
  if (plot.dots) {  // one path is quicker than a circle for each
    const marks = points(floats(plot.dots)).map(([a, b]) => `M${a.toFixed(1)} ${b.toFixed(1)}h0`).join("");
    element(svg, "path", { d: marks, class: "dot" });
  }
  for (let k = 0; k * n < floats(plot.seeds).length; k++)
    element(svg, "polyline", { points: path(points(row(plot.seeds, k))), class: "seed", style: `stroke:${colour}` });
  const area = [...points(row(plot.line, 1)), ...points(row(plot.line, 2)).reverse()];
  if (area.length) element(svg, "polygon", { points: path(area), class: "band", style: `fill:${colour}` });

  const ends = [];
  const before = points(row(plot.last, 0)), line = points(row(plot.line, 0));
  if (before.length) {
    element(svg, "polyline", { points: path(before), class: "line last" });
    ends.push({ at: before.at(-1), words: "last run", kind: "faint halo", style: "" });
  }
  if (line.length) {
    const look = { class: "line", "stroke-dasharray": DASHES[i % DASHES.length], style: `stroke:${colour}` };
    element(svg, "polyline", { points: path(line), ...look });
    if (plot.seeds) element(svg, "circle", { cx: line.at(-1)[0], cy: line.at(-1)[1], r: 3, style: `fill:${colour}` });
    ends.push({ at: line.at(-1), words: plot.label, kind: "halo", style: `fill:${colour}` });
  }
  if (plot.now) {
    element(svg, "circle", { cx: x(last), cy: y(plot.now), r: 3.5, class: "now" });
    ends.push({ at: [x(last), y(plot.now)], words: "now", kind: "halo", style: "" });
  }
  if (plot.edge) text(left + 4, y(plot.edge[0]) + 12, plot.edge[1], "halo");  // above the curve that crosses it
  writeEnds(svg, ends);
}

// Each label stands at its line's end; two that would overlap are moved apart.
function writeEnds(svg, ends) {
  ends.sort((a, b) => a.at[1] - b.at[1]);
  ends.forEach((end) => { end.y = end.at[1]; });
  for (let i = 1; i < ends.length; i++) {
    const lack = 14 - (ends[i].y - ends[i - 1].y);
    if (lack <= 0 || Math.abs(ends[i].at[0] - ends[i - 1].at[0]) > 70) continue;
    ends[i - 1].y -= lack / 2;
    ends[i].y += lack / 2;
  }
  for (const { at, y, words, kind, style } of ends)
    element(svg, "text", { x: at[0] + 8, y: y + 4, class: kind, style }, words);
}

// Draws the model's chart in a box, anew when it changes or the box does. `marks` adds what the page knows by itself:
// { at: a place on the horizontal axis, edge: a level in the first plot and its name }.
export function makePlots(model, box, marks = () => ({})) {
  function draw() {
    const chart = model.get("chart"), label = model.get("label"), plots = chart.plots || [];
    if (label) for (const [name, value] of [["role", "img"], ["aria-label", label]]) box.setAttribute(name, value);
    while (box.children.length < plots.length) element(box, "svg", { "aria-hidden": "true" });
    plots.forEach((_, i) => drawPlot(box.children[i], chart, i, model.get("columns"), marks()));
  }
  const watcher = new ResizeObserver(draw);
  watcher.observe(box);
  const forget = watch(model, ["chart", "label"], draw);
  draw();
  return { draw, end: () => { watcher.disconnect(); forget(); } };
}
