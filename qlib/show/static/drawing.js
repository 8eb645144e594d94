// A drawing, and nothing else.
import { makeCanvas } from "./marks.js";

export function hang({ model, el }) {
  el.classList.add("qlib");
  const canvas = makeCanvas(el);
  const draw = () => canvas.show(model.get("drawing"));
  model.on("change:drawing", draw);
  draw();
  return () => { canvas.end(); model.off("change:drawing", draw); };
}

export default { render: hang };
