// The live picture: the cart on the left, the curves on the right. Python sends numbers, this file draws them.

const SVG = "http://www.w3.org/2000/svg";
const COLUMNS = ["number", "steps", "mean", "epsilon", "loss", "value"];
const STEPS_PER_SECOND = 50;
const still = window.matchMedia("(prefers-reduced-motion: reduce)");

const PLOTS = {
  steps: { title: "steps in the episode", line: "mean", dots: "steps", colour: "--blue", dash: "" },
  epsilon: { title: "epsilon (random actions)", line: "epsilon", colour: "--vermilion", dash: "6 3", top: 1 },
  loss: { title: "mean loss of the episode", line: "loss", colour: "--green", dash: "2 2" },
  value: { title: "highest value in a start state", line: "value", colour: "--purple", dash: "8 2 2 2" },
};

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
  return view && view.byteLength
    ? new Float32Array(view.buffer.slice(view.byteOffset, view.byteOffset + view.byteLength)) : new Float32Array(0);
}

function columns(view) {
  const data = floats(view);
  const table = Object.fromEntries(COLUMNS.map((name) => [name, []]));
  data.forEach((x, i) => table[COLUMNS[i % COLUMNS.length]].push(x));
  return table;
}

function tidy(x) {
  return Math.abs(x) >= 1000 ? x.toLocaleString("en", { maximumFractionDigits: 0 }) : String(+x.toPrecision(3));
}

// The smallest of 1, 2, 5 times a power of ten that is not below x.
function roundUp(x) {
  if (!(x > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(x));
  return [1, 2, 5, 10].find((m) => m * power >= x * 0.999999) * power;
}

function drawPlot(svg, name, table, status, height) {
  const { title, line, dots, colour, dash, top } = PLOTS[name];
  const width = svg.clientWidth || 400;
  const left = 38, right = 78, above = 20, below = 30;
  svg.setAttribute("height", height);
  svg.replaceChildren();
  const xs = table.number;
  const first = xs.length ? xs[0] : 1;
  const last = Math.max(first + 19, xs.length ? xs[xs.length - 1] + 1 : 0);
  const shown = (dots ? table[dots] : []).concat(table[line]).filter(Number.isFinite);
  if (dots && status.steps_now) shown.push(status.steps_now);
  if (name === "value" && status.ceiling) shown.push(status.ceiling.value);
  const high = top || roundUp(Math.max(...shown, shown.length ? 0.0001 : 1));
  const low = Math.min(0, ...shown) < 0 ? -roundUp(-Math.min(...shown)) : 0;
  const x = (v) => left + ((v - first) / (last - first)) * (width - left - right);
  const y = (v) => above + ((high - v) / (high - low)) * (height - above - below);

  element(svg, "text", { x: left, y: 12 }, title);
  for (const v of low < 0 ? [low, 0, high] : [0, high / 2, high]) {
    element(svg, "line", { x1: left, x2: width - right, y1: y(v), y2: y(v), class: "rule" });
    element(svg, "text", { x: left - 5, y: y(v) + 4, "text-anchor": "end", class: "faint" }, tidy(v));
  }
  element(svg, "text", { x: left, y: height - 14, "text-anchor": "middle", class: "faint" }, tidy(first));
  element(svg, "text", { x: width - right, y: height - 14, "text-anchor": "middle", class: "faint" }, tidy(last));
  element(svg, "text", { x: (left + width - right) / 2, y: height - 14, "text-anchor": "middle", class: "faint" }, "episode");

  if (dots) {
    const marks = xs.map((v, i) => `M${x(v).toFixed(1)} ${y(table[dots][i]).toFixed(1)}h0`).join("");
    element(svg, "path", { d: marks, class: "dot" });  // one path is quicker than a circle for each episode
    if (status.steps_now && status.state !== "finished") {
      element(svg, "circle", { cx: x(last), cy: y(status.steps_now), r: 3.5, class: "now" });
      element(svg, "text", { x: x(last) + 8, y: y(status.steps_now) + 4 }, "now");
    }
  }
  if (name === "value" && status.ceiling) {
    const at = y(status.ceiling.value);
    element(svg, "line", { x1: left, x2: width - right, y1: at, y2: at, class: "edge" });
    element(svg, "text", { x: left + 4, y: at + 12 }, status.ceiling.label);
  }
  const points = xs.map((v, i) => [x(v), y(table[line][i])]).filter((p) => p.every(Number.isFinite));
  if (!points.length) return;
  const path = points.map((p) => p.map((v) => v.toFixed(1)).join(",")).join(" ");
  element(svg, "polyline", { points: path, class: "line", "stroke-dasharray": dash, style: `stroke:var(${colour})` });
  const end = points[points.length - 1];
  const label = dots ? `mean of ${status.window}` : tidy(table[line].findLast(Number.isFinite));
  const crowded = dots && status.steps_now && status.state !== "finished" && Math.abs(end[1] - y(status.steps_now)) < 14;
  const shift = crowded ? (end[1] < y(status.steps_now) ? -10 : 14) : 0;
  element(svg, "text", { x: Math.max(end[0], 0) + 8, y: end[1] + 4 + shift, style: `fill:var(${colour})` }, label);
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
  let path = floats(null), info = {}, seconds = 0, before = 0, frame = 0, waiting = false, playing = false;

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
    if (model.get("status").state !== "paused") seconds += Math.min((now - before) / 1000, 0.1);
    before = now;
    playing = !show();
    const training = model.get("status").state === "running";
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
    path = floats(model.get("trajectory"));
    info = model.get("demo");
    waiting = false;
    if (!path.length) return rest();
    about.textContent = `The greedy policy after ${info.after.toLocaleString("en")} training steps`;
    seconds = still.matches ? Infinity : 0;
    playing = true;
    before = performance.now();
    if (!frame) frame = requestAnimationFrame(tick);
  }
  function arrived() {
    waiting = true;
    if (!playing || !model.get("trajectory").byteLength) begin();  // after Reset there is nothing to play to its end
  }
  again.addEventListener("click", begin);
  model.on("change:demo", arrived);
  const settled = () => { if (!playing && path.length) again.hidden = model.get("status").state === "running"; };
  model.on("change:status", settled);
  begin();
  return () => {
    cancelAnimationFrame(frame);
    model.off("change:demo", arrived);
    model.off("change:status", settled);
  };
}

function render({ model, el }) {
  el.classList.add("qlib-live");
  const image = (parent, name) => element(parent, "div", { class: name, role: "img" });
  let end = () => {};
  if (model.get("cart")) end = makePlayer(model, element(el, "div", { class: "scene" }));
  else el.classList.add("no-cart");
  const names = model.get("plots");
  const box = image(el, names.length > 2 ? "plots two" : "plots");
  const svgs = names.map((name) => [name, element(box, "svg", { "aria-hidden": "true" })]);
  function draw() {
    const table = columns(model.get("series")), status = model.get("status");
    box.setAttribute("aria-label", model.get("label"));
    for (const [name, svg] of svgs) drawPlot(svg, name, table, status, names.length > 2 ? 138 : name === "steps" ? 175 : 112);
  }
  const watcher = new ResizeObserver(draw);
  watcher.observe(box);
  model.on("change:status", draw);
  draw();
  return () => {
    watcher.disconnect();
    model.off("change:status", draw);
    end();
  };
}

export default { render };
