// A drawing with controls. What was recorded beforehand is drawn at once, without a kernel; the rest is asked of Python.
// Where no Python is, the nearest that was recorded stands for it, and says so.
import { element } from "./dom.js";
import { makeControls, nameOf } from "./controls.js";
import { makeCanvas } from "./panel.js";

async function unpacked(view) {
  if (!view || !view.byteLength) return {};
  const stream = new Blob([view]).stream().pipeThrough(new DecompressionStream("deflate"));
  return JSON.parse(await new Response(stream).text());
}

// Of those with the fewest controls elsewhere, the one whose sliders are least far away; null where nothing is recorded.
function nearest(recorded, places, specs) {
  let found = null, least = Infinity;
  for (const key of Object.keys(recorded)) {
    const others = key.split(","), far = specs.reduce((sum, spec, i) => {
      const by = Math.abs(others[i] - places[i]);
      return sum + (spec.kind === "slider" ? by / spec.places : Math.sign(by));
    }, 0);
    if (far < least) [found, least] = [others.map(Number), far];
  }
  return found;
}

export function explore({ model, el }) {
  el.classList.add("qlib", "qlib-explorer");
  const specs = model.get("specs"), set = makeControls(el, specs, chosen);
  const canvas = makeCanvas(el), said = element(el, "div", { class: "said" });
  const words = element(said, "p", { role: "status", "aria-live": "polite", class: "readout" });
  const longest = element(said, "p", { "aria-hidden": "true", class: "longest" });  // keeps room, so that nothing below moves
  let recorded = {}, waiting = false, next = null;

  function keepRoomFor(all) {
    for (const { words } of all) if (words.length > longest.textContent.length) longest.textContent = words;
  }
  function show(shown) {
    if (!shown) return;
    canvas.show(shown.drawing);
    words.textContent = shown.words;
    keepRoomFor([shown]);
    el.classList.remove("old");
  }
  function chosen(places) {
    const known = recorded[places.join()];
    if (known) show(known);
    const near = !known && model.alone && nearest(recorded, places, specs);
    if (near) {
      const shown = recorded[near.join()], named = specs.map((spec, i) => `${spec.label} ${nameOf(spec, near[i])}`);
      show({ ...shown, words: `Recorded nearest to this: ${named.join(", ")}. ${shown.words}` });
    }
    const dumb = model.alone && !known && !near;
    if (dumb) words.textContent = "Each answer here is computed when it is asked for: open the lesson in JupyterLab.";
    ask(places, !known && !near && !dumb);
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
    keepRoomFor(Object.values(found));
    show(recorded[model.get("places").join()]);
  });
  return () => {
    canvas.end();
    model.off("change:shown", answered);
    model.off("change:places", moved);
  };
}

export default { render: explore };
