// Controls, and nothing else.
import { makeControls } from "./controls.js";

function render({ model, el }) {
  el.classList.add("qlib");
  const set = makeControls(el, model.get("specs"), (places) => { model.set("places", places); model.save_changes(); });
  const moved = () => set(model.get("places"));
  const stilled = () => { el.inert = model.get("disabled"); };
  model.on("change:places", moved);
  model.on("change:disabled", stilled);
  moved();
  stilled();
  return () => { model.off("change:places", moved); model.off("change:disabled", stilled); };
}

export default { render };
