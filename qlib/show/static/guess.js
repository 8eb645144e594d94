// A figure that waits for a guess: a rule in it, moved by hand or by the arrow keys; then the answer is drawn over it.
import { watch } from "./dom.js";
import { makeControls, nameOf } from "./controls.js";
import { makeCanvas } from "./panel.js";

const valueAt = ({ low, high, log }, share) => log ? low * (high / low) ** share : low + share * (high - low);

export function guess({ model, el }) {
  el.classList.add("qlib", "qlib-guess", `along-${model.get("along")}`);
  const along = model.get("along"), across = along === "x" ? "y" : "x", spec = model.get("spec");
  const canvas = makeCanvas(el), figure = el.lastElementChild;
  const set = makeControls(el, [spec], ([place]) => choose(place)), slider = el.querySelector("input");

  function draw() {
    const drawing = model.get("drawing"), place = model.get("place"), said = model.get("disabled");
    const [first, ...others] = drawing.panels, value = spec.low + spec.step * place;
    const words = `${said ? "you said" : "your guess:"} ${nameOf(spec, place)}`;
    const rule = { kind: "rule", at: value, along: across, colour: "purple", dash: 1, width: 2, label: words };
    const end = valueAt(first[across], along === "x" ? 0.05 : 0.97);  // away from the rule's words
    const handle = { kind: "dots", [along]: [value], [across]: [end], size: 16, shape: "o", colour: "purple", label: "" };
    const marks = [...first.marks, rule, ...(said ? [] : [handle])];
    canvas.show({ ...drawing, alt: `${drawing.alt} ${words}.`, panels: [{ ...first, marks }, ...others] });
    set([place]);
    slider.disabled = said;
    el.classList.toggle("said", said);
  }
  function choose(place) {
    if (model.get("disabled")) return;
    model.set("place", place);
    model.save_changes();
  }
  function follow(event) {
    const svg = figure.querySelector("svg"), box = svg.getBoundingClientRect();
    const [x, y, wide, tall] = ["x", "y", "width", "height"].map((name) => Number(svg.querySelector(".room").getAttribute(name)));
    const share = along === "x" ? (event.clientX - box.left - x) / wide : (y + tall - event.clientY + box.top) / tall;
    const value = valueAt(model.get("drawing").panels[0][along], share);
    choose(Math.min(Math.max(Math.round((value - spec.low) / spec.step), 0), spec.places - 1));
  }
  figure.addEventListener("pointerdown", (event) => {
    if (model.get("disabled") || event.button || !figure.querySelector("svg").contains(event.target)) return;
    figure.setPointerCapture(event.pointerId);
    event.preventDefault();  // no text is marked on the way
    slider.focus({ preventScroll: true });  // the arrow keys go on from there
    follow(event);
  });
  figure.addEventListener("pointermove", (event) => figure.hasPointerCapture(event.pointerId) && follow(event));

  const stop = watch(model, ["drawing", "place", "disabled"], draw);
  draw();
  return () => { canvas.end(); stop(); };
}

export default { render: guess };
