// A chart that moves, and nothing else.
import { element } from "./dom.js";
import { makePlots } from "./plots.js";

function render({ model, el }) {
  el.classList.add("qlib-live", "no-cart");
  const box = element(el, "div", { class: model.get("columns") > 1 ? "plots two" : "plots" });
  return makePlots(model, box).end;
}

export default { render };
