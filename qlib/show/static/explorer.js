// A drawing with controls. What was recorded beforehand is drawn at once, without a kernel; the rest is asked of Python.
import { element } from "./dom.js";
import { makeControls } from "./controls.js";
import { makeCanvas } from "./marks.js";

async function unpacked(view) {
  if (!view || !view.byteLength) return {};
  const stream = new Blob([view]).stream().pipeThrough(new DecompressionStream("deflate"));
  return JSON.parse(await new Response(stream).text());
}

export function explore({ model, el }) {
  el.classList.add("qlib", "qlib-explorer");
  const set = makeControls(el, model.get("specs"), chosen);
  const image = element(el, "div"), canvas = makeCanvas(el), words = element(el, "p", { role: "status", "aria-live": "polite", class: "readout" });
  let recorded = {}, waiting = false, next = null;

  function show(shown) {
    if (!shown) return;
    if (shown.html) image.innerHTML = shown.html;
    else canvas.show(shown.drawing);
    words.textContent = shown.words;
    el.classList.remove("old");
  }
  function chosen(places) {
    const known = recorded[places.join()];
    if (known) show(known);
    ask(places, !known);
  }
  // One question at a time: while Python draws, only the latest place is kept.
  function ask(places, wanted) {
    if (waiting && wanted) { next = places; return; }
    model.set("places", places);
    if (wanted) {
      waiting = true;
      setTimeout(() => { if (waiting) el.classList.add("old"); }, 400);
    }
    model.save_changes();
  }
  function answered() {
    waiting = false;
    const shown = model.get("shown");
    if (next) { const places = next; next = null; chosen(places); return; }
    if (shown.places.join() === model.get("places").join()) show(shown);
  }
  function moved() { set(model.get("places")); }

  model.on("change:shown", answered);
  model.on("change:places", moved);
  moved();
  show(model.get("shown"));
  unpacked(model.get("recorded")).then((found) => {
    recorded = found;
    show(recorded[model.get("places").join()]);
  });
  return () => {
    canvas.end();
    model.off("change:shown", answered);
    model.off("change:places", moved);
  };
}

export default { render: explore };
