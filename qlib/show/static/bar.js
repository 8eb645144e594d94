// Controls, and nothing else.
import { makeControls } from "./controls.js";

function render({ model, el }) {
  el.classList.add("qlib");
  const set = makeControls(el, model.get("specs"), (places) => { model.set("places", places); model.save_changes(); });
  const moved = () => set(model.get("places"));
  model.on("change:places", moved);
  moved();
  return () => model.off("change:places", moved);
}

export default { render };
