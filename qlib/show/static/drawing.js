// A drawing, and below it the table behind it, if there is one.
import { button, element } from "./dom.js";
import { makeCanvas } from "./panel.js";

export function hang({ model, el }) {
  el.classList.add("qlib");
  const canvas = makeCanvas(el);
  const fold = element(el, "details", { class: "fold" });
  element(fold, "summary", {}, "The same as a table");
  const table = element(fold, "pre");
  button(fold, "Copy", () => navigator.clipboard.writeText(table.textContent));
  const draw = () => {
    const drawing = model.get("drawing");
    canvas.show(drawing);
    fold.hidden = !drawing.table;
    table.textContent = drawing.table || "";
  };
  model.on("change:drawing", draw);
  draw();
  return () => { canvas.end(); model.off("change:drawing", draw); };
}

export default { render: hang };
