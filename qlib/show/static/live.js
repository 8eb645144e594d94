// The live picture: the cart on the left, plots on the right. Python sends numbers (qlib/show/view.py), this file draws.

const SVG = "http://www.w3.org/2000/svg";
const COLOURS = ["--blue", "--vermilion", "--green", "--purple"];
const DASHES = ["", "6 3", "2 2", "8 2 2 2"];
const LEFT = 46, ABOVE = 20, BELOW = 8, AXIS = 34;  // pixels around a plot's axis, LEFT at least
const STEPS_PER_SECOND = 50;
const still = window.matchMedia("(prefers-reduced-motion: reduce)");

function element(parent, tag, attributes = {}, text = "") {
  const node = parent.namespaceURI === SVG || tag === "svg"
    ? document.createElementNS(SVG, tag) : document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  if (text) node.textContent = text;
  parent.appendChild(node);
  return node;
}

// The bytes may lie at any offset, so they are copied before they are read as numbers.
function floats(view) {
  return Array.from(view && view.byteLength
    ? new Float64Array(view.buffer.slice(view.byteOffset, view.byteOffset + view.byteLength)) : []);
}

function tidy(v) {
  const size = Math.abs(v);
  if (size && (size < 1e-4 || size >= 1e7)) return v.toExponential();
  return v.toLocaleString("en", { maximumSignificantDigits: 4 });
}

// Pixels for the longest of these numbers, and a little air.
function roomFor(ticks) {
  return 7 * Math.max(...ticks.map((v) => tidy(v).length)) + 8;
}

function drawPlot(svg, chart, i, columns) {
  const plot = chart.plots[i], xs = floats(chart.x), n = xs.length;
  const colour = `var(${COLOURS[i % COLOURS.length]})`;
  const right = (svg.clientWidth || 400) - (columns > 1 ? 82 : 100), bottom = ABOVE + plot.height;
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

// One unit is a centimetre; the pole is drawn one metre long, as it is.
function makeScene(parent) {
  const svg = element(parent, "svg", { viewBox: "-275 -140 550 222", "aria-hidden": "true" });
  for (const edge of [-240, 240]) element(svg, "line", { x1: edge, x2: edge, y1: -130, y2: 32, class: "edge" });
  element(svg, "line", { x1: -272, x2: 272, y1: 32, y2: 32, class: "track" });
  for (const [at, text] of [[-240, "−2.4"], [0, "0"], [240, "2.4"]])
    element(svg, "text", { x: at, y: 52, "text-anchor": "middle", class: "faint scene-text" }, text);
  element(svg, "text", { x: 0, y: 74, "text-anchor": "middle", class: "faint scene-text" }, "cart position (m)");
  const cart = element(svg, "g");
  element(cart, "rect", { x: -25, y: 2, width: 50, height: 30, rx: 4, class: "cart" });
  const pole = element(cart, "line", { x1: 0, y1: 0, x2: 0, y2: -100, class: "pole" });
  element(cart, "circle", { cx: 0, cy: 0, r: 4, class: "axle" });
  return (position, angle) => {
    cart.setAttribute("transform", `translate(${position * 100} 0)`);
    pole.setAttribute("transform", `rotate(${(angle * 180) / Math.PI})`);
  };
}

// Plays one demonstration after the other at the cart's own speed; the newest one waits for the end of the present.
function makePlayer(model, parent) {
  const place = makeScene(parent);
  const caption = element(parent, "div", { class: "caption" });
  const about = element(caption, "b");
  const where = element(caption, "div");
  const again = element(caption, "button", { class: "again", type: "button" }, "Play again");
  again.hidden = true;
  let path = [], info = {}, seconds = 0, before = 0, frame = 0, waiting = false, playing = false;

  const steps = () => path.length / 2 - 1;
  function show() {
    const at = Math.min(Math.max(seconds, 0) * STEPS_PER_SECOND, steps());  // a frame's time can lie before the click's
    const i = Math.min(Math.floor(at), Math.max(steps() - 1, 0)), part = at - i;
    const mix = (k) => path[2 * i + k] * (1 - part) + path[2 * Math.min(i + 1, steps()) + k] * part;
    place(mix(0), mix(1));
    const over = at >= steps();
    where.textContent = `step ${Math.floor(at)} of ${steps()}` + (over ? `: ${info.ending}` : "");
    return over;
  }
  function tick(now) {
    frame = 0;
    if (playing && now - before < 28) {  // thirty frames a second are smooth, and leave time for the training
      frame = requestAnimationFrame(tick);
      return;
    }
    if (model.get("state") !== "paused") seconds += Math.min((now - before) / 1000, 0.1);
    before = now;
    playing = !show();
    const training = model.get("state") === "running";
    again.hidden = playing || waiting || training;
    if (!playing && waiting) return begin();
    if (playing) frame = requestAnimationFrame(tick);
  }
  function rest() {
    cancelAnimationFrame(frame);
    frame = 0;
    playing = false;
    again.hidden = true;
    place(0, 0);
    about.textContent = "";
    where.textContent = "Press Train. The cart shows what the agent has learned so far, without exploration.";
  }
  function begin() {
    info = model.get("demo");
    path = floats(info.trajectory);
    waiting = false;
    if (!path.length) return rest();
    about.textContent = `The greedy policy after ${info.trained_steps.toLocaleString("en")} training steps`;
    seconds = still.matches ? Infinity : 0;
    playing = true;
    before = performance.now();
    if (!frame) frame = requestAnimationFrame(tick);
  }
  function arrived() {
    waiting = true;
    if (!playing || !model.get("demo").trajectory) begin();  // after Reset there is nothing to play to its end
  }
  again.addEventListener("click", begin);
  model.on("change:demo", arrived);
  const settled = () => { if (!playing && path.length) again.hidden = model.get("state") === "running"; };
  model.on("change:state", settled);
  begin();
  return () => {
    cancelAnimationFrame(frame);
    model.off("change:demo", arrived);
    model.off("change:state", settled);
  };
}

function render({ model, el }) {
  el.classList.add("qlib-live");
  let end = () => {};
  if (model.get("cart")) end = makePlayer(model, element(el, "div", { class: "scene" }));
  else el.classList.add("no-cart");
  const columns = model.get("columns");
  const box = element(el, "div", { class: columns > 1 ? "plots two" : "plots" });
  function draw() {
    const chart = model.get("chart"), label = model.get("label"), plots = chart.plots || [];
    if (label) for (const [name, value] of [["role", "img"], ["aria-label", label]]) box.setAttribute(name, value);
    while (box.children.length < plots.length) element(box, "svg", { "aria-hidden": "true" });
    plots.forEach((_, i) => drawPlot(box.children[i], chart, i, columns));
  }
  const watcher = new ResizeObserver(draw);
  watcher.observe(box);
  const changes = ["change:chart", "change:label"];
  for (const change of changes) model.on(change, draw);
  draw();
  return () => {
    watcher.disconnect();
    for (const change of changes) model.off(change, draw);
    end();
  };
}

export default { render };
