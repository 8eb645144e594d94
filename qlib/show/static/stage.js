// The stage: an agent plays while it learns, any moment of its training again, and whoever watches may play and push.
import { button, element, keepKeys, still, watch } from "./dom.js";
import { saveNotebook } from "./keep.js";
import { LIMIT, STEPS_PER_SECOND, start } from "./cartpole.js";
import { makeActor } from "./actor.js";
import { makeCanvas } from "./panel.js";

const FRAME = 28;  // ms: thirty pictures a second are smooth, and leave time for the training
const PATIENCE = 2;  // s: while it trains, a newer agent takes over after so long
const TRIES = 3;
const REST = "Press Train. Here you see what the agent has learned so far, without exploration.";

// The training's moments that have arrived, in order; Python sends each once and says which are still to be kept.
function makeMoments(model) {
  const weights = new Map();
  let asked = -Infinity;
  return () => {
    const { steps = [], episodes = [], fresh = [], numbers } = model.get("moments");
    const size = fresh.length ? numbers.byteLength / fresh.length : 0;
    fresh.forEach((step, i) => weights.set(step, new DataView(numbers.buffer, numbers.byteOffset + i * size, size)));
    for (const step of weights.keys()) if (!steps.includes(step)) weights.delete(step);
    const all = steps.map((step, i) => ({ step, episode: episodes[i], weights: weights.get(step) }));
    const there = all.filter((moment) => moment.weights);
    if (there.length < all.length && performance.now() - asked > 2_000) {  // this page was loaded anew
      asked = performance.now();
      model.send({ want: "moments" });
    }
    return there;
  };
}

// A drawing with what the page knows by itself: where on its horizontal axis the time machine stands, and your best.
function withMarks(drawing, at, best) {
  const here = at === null ? [] : [{ kind: "rule", at, along: "y", colour: "ink", dash: 0, width: 1 }];
  const yours = { kind: "rule", at: best, along: "x", label: `your best: ${best}`, colour: "faint", dash: 1, width: 1.4 };
  const panels = drawing.panels.map((panel, i) => ({ ...panel, marks: [...panel.marks, ...here] }));
  if (best) panels[0] = { ...panels[0], y: { ...panels[0].y, high: Math.max(panels[0].y.high, best) }, marks: [...panels[0].marks, yours] };
  return { ...drawing, panels };
}

export function perform({ model, el }) {
  el.classList.add("qlib", "qlib-stage");
  if (model.get("drawing").column > 1) el.classList.add("wide");
  const theatre = element(el, "div", { class: "theatre" });
  const charts = element(el, "div", { class: "charts" });
  const read = makeMoments(model), pushed = (side) => actors.forEach((actor) => actor.push(side));
  const actors = [makeActor(theatre, pushed)];
  let moments = read(), at = 0, follow = true, pinned = null, turn = 1;
  let you = null, held = null, frame = 0, before = 0, owed = 0, watched = 0;
  const newest = () => moments.at(-1).step;
  const index = () => Math.max(0, moments.findLastIndex((moment) => moment.step <= at));  // its own may be thinned away
  const running = () => model.get("state") === "running";
  const best = () => Math.max(0, ...model.get("yours"));
  const begins = () => start(turn);

  const canvas = makeCanvas(charts);
  let drawn = [];
  function redraw() {
    const now = [model.get("drawing"), moments.length > 1 ? moments[index()].episode : null, best()];
    if (!now[0].panels || now.every((value, i) => value === drawn[i])) return;
    drawn = now;
    canvas.show(withMarks(...now));
  }
  const machine = element(charts, "label", { class: "machine" }, "time machine");
  const scrub = element(machine, "input", { type: "range", min: 0, max: 0, value: 0 });
  const moment = element(machine, "span", { class: "faint" });

  const desk = element(charts, "div", { class: "desk" });
  const again = button(desk, "Play again", () => { turn++; begin(); }, "The same agent from another start");
  const speed = element(element(desk, "label", {}, "motion "), "select");
  for (const [value, name] of [[0.25, "¼"], [0.5, "½"], [1, "true"], [4, "4 ×"]])
    element(speed, "option", { value, ...(value === 1 ? { selected: "" } : {}) }, name);
  const beside = button(desk, "Keep beside", keep, "Keep this moment and put another one beside it");
  const play = button(desk, "Play yourself", () => (you ? leave() : sitDown()), "Arrow keys, or the two buttons");
  const pair = element(desk, "span", { class: "pair" });  // its two buttons stay side by side
  const sides = [[0, "◀ cart", "left"], [1, "cart ▶", "right"]].map(([action, sign, name]) => {
    const side = button(pair, sign, () => {}, `push the cart to the ${name}`);
    side.addEventListener("pointerdown", () => { [held, you.begun] = [action, true]; });  // seen only while you play
    for (const end of ["pointerup", "pointerleave"]) side.addEventListener(end, () => { held = null; });
    return side;
  });
  const nudges = [[-1, "↶ pole", "left"], [1, "pole ↷", "right"]].map(([side, sign, name]) =>
    button(pair, sign, () => pushed(side), `push the pole to the ${name}; a click beside it does the same`));
  const tilt = element(element(desk, "label", {}, "tilt "), "input",
    { type: "range", min: -8, max: 8, step: 1, value: 0, "aria-label": "tilt of the track, in degrees" });
  const cart = model.get("cart");  // of any other environment there is a film, and nothing to push or to play
  el.classList.toggle("game", !cart);
  for (const its of [beside, play, tilt.parentNode, machine]) its.hidden = !cart;
  const degrees = element(tilt.parentNode, "span", { class: "faint degrees" }, "0°");

  function begin() {
    [owed, watched, before] = [0, 0, performance.now()];
    const network = model.get("network"), demo = model.get("demo");
    try {
      if (you) actors[0].you(you.title(), you.action, begins());
      else if (moments.length && network.sizes) {
        at = follow ? newest() : moments[index()].step;
        actors[0].agent(network, moments[index()], begins());
        if (pinned) actors[1].agent(network, pinned, begins());
      } else if (demo.trajectory) actors[0].recording(demo);
      else actors[0].rest(REST);
    } catch (error) {
      actors[0].rest(error.message);
    }
    if (still.matches && !you) {  // whoever wants no motion sees how it ends
      for (let i = 0; i < LIMIT; i++) actors.forEach((actor) => actor.advance());
      actors.filter((actor) => actor.ended).forEach((actor) => actor.draw(1));
    }
    settle();
    if (!frame && actors.some((actor) => !actor.over)) frame = requestAnimationFrame(tick);
  }

  function tick(now) {
    frame = requestAnimationFrame(tick);
    if (now - before < FRAME) return;
    const passed = Math.min((now - before) / 1000, 0.1);
    [before, watched] = [now, watched + passed];
    if (you && !you.begun) return actors[0].draw(0);
    for (owed += passed * STEPS_PER_SECOND * Number(speed.value); owed >= 1; owed--)
      actors.forEach((actor) => actor.advance());
    actors.forEach((actor) => actor.draw(owed));
    const over = actors.every((actor) => actor.over);
    const newer = follow && !you && moments.length > 0 && at < newest();
    if (you) over && scored();
    else if (running() && newer && (over ? watched > 0.4 : watched > PATIENCE)) begin();
    else if (over && !running()) {
      cancelAnimationFrame(frame);
      frame = 0;
    }
  }

  function settle() {
    const agents = !you && Boolean(model.get("network").sizes);
    Object.assign(scrub, { max: Math.max(moments.length - 1, 0), disabled: !agents || moments.length < 2 });
    scrub.value = index();
    moment.textContent = moments.length > 1 ? `moment ${index() + 1} of ${moments.length}` : "";
    beside.disabled = !agents || !moments.length;
    beside.textContent = pinned ? "One agent only" : "Keep beside";
    play.textContent = you ? "Back to the agent" : "Play yourself";
    sides.forEach((side) => { side.hidden = !you; });  // these two pairs take turns in one place
    nudges.forEach((nudge) => { [nudge.hidden, nudge.disabled] = [Boolean(you) || !cart, !agents]; });
    tilt.disabled = !agents && !you;
    again.disabled = Boolean(you);
    redraw();
  }

  function keep() {
    if (pinned) {
      pinned = null;
      actors.pop().box.remove();
    } else {
      pinned = moments[index()];
      actors.push(makeActor(theatre, pushed));
      actors[1].tilt = actors[0].tilt;
    }
    el.classList.toggle("pair", Boolean(pinned));
    begin();
  }

  function sitDown() {
    if (pinned) keep();
    const scores = [];
    you = {
      scores,
      begun: false,
      action: (steps) => (held === null ? steps % 2 : held),  // who presses nothing pushes left and right in turn
      title: () => `You, try ${scores.length + 1} of ${TRIES}: hold ← or →`
        + (scores.length ? ` (${scores.join(", ")} so far)` : ""),
    };
    el.focus({ preventScroll: true });
    begin();
  }
  function scored() {
    you.scores.push(actors[0].steps);
    turn++;
    [held, you.begun] = [null, false];
    if (you.scores.length < TRIES) return begin();
    model.set("yours", [...model.get("yours"), ...you.scores]);
    model.save_changes();
    leave();
  }
  function leave() {
    you = held = null;
    begin();
  }

  el.tabIndex = 0;
  function key(event) {
    const action = { ArrowLeft: 0, ArrowRight: 1 }[event.key];
    if (!you || action === undefined) return;
    event.preventDefault();
    event.stopPropagation();  // JupyterLab's own keys
    if (event.type === "keydown") [held, you.begun] = [action, true];
    else if (held === action) held = null;
  }
  el.addEventListener("keydown", key);
  el.addEventListener("keyup", key);
  scrub.addEventListener("input", () => {
    at = moments[scrub.value].step;
    follow = at === newest();
    begin();
  });
  keepKeys(scrub);
  tilt.addEventListener("input", () => {
    degrees.textContent = `${tilt.value}°`;
    actors.forEach((actor) => { actor.tilt = (tilt.value * Math.PI) / 180; });
    actors.forEach((actor) => actor.draw(1));
  });

  function arrived() {
    const had = moments.length;
    moments = read();
    if (!moments.length) [at, follow] = [0, true];
    if (!moments.length && pinned) return keep();  // another training: nothing to stand beside
    const first = !had || !moments.length || !model.get("network").sizes;
    if (!you && (first || (follow && !running()) || !frame)) begin();
    else settle();
  }
  const forget = watch(model, ["moments", "demo", "state"], arrived), forgetDrawing = watch(model, ["drawing"], redraw);
  const forgetSaving = watch(model, ["state"], () => saveNotebook(el));
  begin();
  return () => {
    cancelAnimationFrame(frame);
    forget();
    forgetDrawing();
    forgetSaving();
    canvas.end();
  };
}

// Whatever this browser cannot do, a sentence stands where the stage would be.
function render(parts) {
  try {
    return perform(parts);
  } catch (error) {
    parts.el.replaceChildren();
    element(parts.el, "p", {}, `The stage cannot be shown here (${error.message}). A newer browser shows it; the training `
      + "goes on without it, and panel.picture() draws its curve.");
    return () => {};
  }
}

export default { render };
