// Sliders, buttons, menus and tick boxes, each with its name; a value is a whole number, its place among those allowed.
import { element, keepKeys } from "./dom.js";

const inDigits = (number, digits) => number.toFixed(digits).replace(/^-(?=[0.]+$)/, "").replace("-", "−");

export const nameOf = (spec, place) => spec.options ? spec.options[place] : spec.kind === "tick" ? (place ? "yes" : "no")
  : inDigits(spec.low + spec.step * place, spec.digits) + (spec.unit || "");

function makeSlider(box, spec, moved) {
  const label = element(box, "label", {}, spec.label);
  const input = element(label, "input", { type: "range", min: 0, max: spec.places - 1, step: 1 });
  const number = element(label, "span", { class: "number", "aria-hidden": "true" });
  const say = (place) => {
    number.textContent = nameOf(spec, place);
    input.setAttribute("aria-valuetext", nameOf(spec, place));
  };
  input.addEventListener("input", () => { say(Number(input.value)); moved(Number(input.value)); });
  return (place) => { input.value = place; say(place); };
}

function makeMenu(box, spec, moved) {
  const menu = element(element(box, "label", {}, spec.label), "select");
  spec.options.forEach((option) => element(menu, "option", {}, option));
  menu.addEventListener("change", () => moved(menu.selectedIndex));
  return (place) => { menu.selectedIndex = place; };
}

function makeButtons(box, spec, moved) {
  const group = element(box, "div", { role: "group", "aria-label": spec.label, class: "choice" });
  element(group, "span", {}, spec.label);
  const buttons = spec.options.map((option, place) => {
    const one = element(group, "button", { type: "button" }, option);
    one.addEventListener("click", () => { press(place); moved(place); });
    return one;
  });
  const press = (place) => buttons.forEach((one, i) => one.setAttribute("aria-pressed", i === place));
  return press;
}

function makeTick(box, spec, moved) {
  const label = element(box, "label", {});
  const input = element(label, "input", { type: "checkbox" });
  label.append(spec.label);
  input.addEventListener("change", () => moved(Number(input.checked)));
  return (place) => { input.checked = Boolean(place); };
}

const MAKE = { slider: makeSlider, menu: makeMenu, buttons: makeButtons, tick: makeTick };

// Makes the controls; `moved` is called with all places when a person has changed one. Returns what sets them.
export function makeControls(parent, specs, moved) {
  const box = element(parent, "div", { class: "controls" });
  keepKeys(box);
  const places = specs.map(() => 0);
  const set = specs.map((spec, i) => MAKE[spec.kind](box, spec, (place) => {
    places[i] = place;
    moved([...places]);
  }));
  return (next) => next.forEach((place, i) => {
    if (places[i] === place && set[i].done) return;
    places[i] = place;
    set[i](place);
    set[i].done = true;
  });
}
