// Elements, numbers and words: what every other file here uses.

export const SVG = "http://www.w3.org/2000/svg";
export const still = window.matchMedia("(prefers-reduced-motion: reduce)");

export function element(parent, tag, attributes = {}, text = "") {
  const node = parent.namespaceURI === SVG || tag === "svg"
    ? document.createElementNS(SVG, tag) : document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  if (text) node.textContent = text;
  parent.appendChild(node);
  return node;
}

export function button(parent, text, act, title = "") {
  const node = element(parent, "button", { type: "button", title }, text);
  node.addEventListener("click", act);
  return node;
}

// The bytes may lie at any offset, so they are copied before they are read as numbers.
export function floats(view) {
  return Array.from(view && view.byteLength
    ? new Float64Array(view.buffer.slice(view.byteOffset, view.byteOffset + view.byteLength)) : []);
}

const FOUR = new Intl.NumberFormat("en", { maximumSignificantDigits: 4 });  // made once: making it takes a while

export function tidy(v) {
  const size = Math.abs(v), text = size && (size < 1e-4 || size >= 1e7) ? v.toExponential() : FOUR.format(v);
  return text.replaceAll("-", "−");
}

// Calls back at each change of these traits; the answer ends that.
export function watch(model, traits, act) {
  for (const trait of traits) model.on(`change:${trait}`, act);
  return () => traits.forEach((trait) => model.off(`change:${trait}`, act));
}

// JupyterLab takes plain arrow keys and letters for its own commands when they come by, and Notebook 7 before they
// arrive, but where this attribute stands. Control, Command, Alt and Escape stay with both.
export function keepKeys(node) {
  const plain = (event) => !event.ctrlKey && !event.metaKey && !event.altKey && event.key !== "Escape";
  const keep = (event) => event.target.toggleAttribute("data-lm-suppress-shortcuts", plain(event));
  node.addEventListener("focusin", () => window.addEventListener("keydown", keep, true));
  node.addEventListener("focusout", () => window.removeEventListener("keydown", keep, true));
  node.addEventListener("keydown", (event) => { if (plain(event)) event.stopPropagation(); });
}
