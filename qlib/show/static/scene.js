// What there is to see of one agent at one moment: the cart, the values of its actions, and the map of its values.
import { element, tidy } from "./dom.js";
import { shade } from "./shades.js";

const ANGLES = 0.2095, SPINS = 2, CELLS = 41;  // rad, rad/s: the map's reach to both sides, and its cells

// One unit is a centimetre; the pole is drawn one metre long, as it is.
export function makeScene(parent, pushed = () => {}) {
  const svg = element(parent, "svg", { viewBox: "-285 -150 570 232", class: "cartpole", "aria-hidden": "true" });
  const world = element(svg, "g");
  for (const edge of [-240, 240]) element(world, "line", { x1: edge, x2: edge, y1: -130, y2: 32, class: "edge" });
  element(world, "line", { x1: -280, x2: 280, y1: 32, y2: 32, class: "track" });
  for (const [at, text] of [[-240, "−2.4"], [0, "0"], [240, "2.4"]])
    element(world, "text", { x: at, y: 52, "text-anchor": "middle", class: "faint scene-text" }, text);
  element(world, "text", { x: 0, y: 74, "text-anchor": "middle", class: "faint scene-text" }, "cart position (m)");
  const cart = element(world, "g");
  element(cart, "rect", { x: -25, y: 2, width: 50, height: 30, rx: 4, class: "cart" });
  const pole = element(cart, "line", { x1: 0, y1: 0, x2: 0, y2: -100, class: "pole" });
  element(cart, "circle", { cx: 0, cy: 0, r: 4, class: "axle" });
  svg.addEventListener("pointerdown", (event) => {
    const box = cart.getBoundingClientRect();
    pushed(event.clientX < (box.left + box.right) / 2 ? 1 : -1);  // away from the finger
  });
  return ([position, , angle], tilt = 0) => {
    world.setAttribute("transform", `rotate(${(-tilt * 180) / Math.PI})`);
    cart.setAttribute("transform", `translate(${position * 100} 0)`);
    pole.setAttribute("transform", `rotate(${(angle * 180) / Math.PI})`);
  };
}

// Two bars, and the better one in full colour. The bars share the map's scale, so that both tell of the same moment.
export function makeBars(parent) {
  const box = element(parent, "div", { class: "bars" });
  element(box, "div", { class: "faint" }, "action values: push");
  const bars = ["left", "right"].map((name) => {
    const row = element(box, "div", { class: "bar" });
    element(row, "span", {}, name);
    const fill = element(element(row, "i"), "b");
    return { row, fill, number: element(row, "span", { class: "number" }) };
  });
  return (values, [low, high]) => bars.forEach(({ row, fill, number }, i) => {
    row.classList.toggle("best", values !== null && i === (values[1] > values[0] ? 1 : 0));
    const share = values === null ? 0 : (values[i] - Math.min(low, 0)) / (high - Math.min(low, 0) || 1);
    fill.style.width = `${100 * Math.min(Math.max(share, 0), 1)}%`;
    const short = (v) => Number(Math.abs(v) < 1 ? v.toFixed(3) : v.toPrecision(4));  // or it runs into the map
    number.textContent = values === null ? "" : tidy(short(values[i]));
  });
}

// The value of the better action over angle and spin, with the cart at rest in the middle of the track.
export function makeMap(parent) {
  const box = element(parent, "div", { class: "map" });
  const canvas = element(box, "canvas", { width: CELLS, height: CELLS, role: "img" });
  const cover = element(box, "svg", { viewBox: "0 0 100 100", preserveAspectRatio: "none", "aria-hidden": "true" });
  const dot = element(cover, "path", { class: "here" });
  const legend = element(parent, "div", { class: "legend faint" });
  element(legend, "div", {}, "The map: the better action's value with the cart at rest in the middle.");
  const words = element(legend, "div");
  element(legend, "div", {}, "White: here it changes its mind.");
  const place = (i) => (2 * i) / (CELLS - 1) - 1;

  function draw(values) {
    const found = [], better = [];
    for (let row = 0; row < CELLS; row++) {
      for (let column = 0; column < CELLS; column++) {
        const pair = values([0, 0, ANGLES * place(column), -SPINS * place(row)]);
        found.push(Math.max(...pair));
        better.push(pair[1] > pair[0]);
      }
    }
    const low = Math.min(...found), high = Math.max(...found);
    const image = new ImageData(CELLS, CELLS);
    found.forEach((value, i) => {
      const edge = (i % CELLS && better[i] !== better[i - 1]) || (i >= CELLS && better[i] !== better[i - CELLS]);
      image.data.set(edge ? [255, 255, 255, 255] : [...shade((value - low) / (high - low || 1)), 255], 4 * i);
    });
    canvas.getContext("2d").putImageData(image, 0, 0);
    const [worst, most] = [low, high].map((v) => tidy(Number(v.toPrecision(3))));
    words.textContent = `Dark ${worst}, light ${most}.`;
    canvas.setAttribute("aria-label", `Value of the better action over pole angle and spin, from ${worst} to ${most}.`);
    return [low, high];
  }
  function here(state) {
    const [x, y] = [state[2] / ANGLES, -state[3] / SPINS].map((v) => 50 + 50 * Math.min(Math.max(v, -1), 1));
    dot.setAttribute("d", `M${x.toFixed(1)} ${y.toFixed(1)}h0`);
  }
  element(box, "span", { class: "faint across" }, "pole angle, −12° to 12°");
  element(box, "span", { class: "faint upwards" }, "spin, ±2 rad/s");
  return { box, draw, here };
}
