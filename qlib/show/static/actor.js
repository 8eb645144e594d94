// Somebody who plays CartPole in the page: an agent of some moment of its training, you, or a recorded episode.
import { element, floats } from "./dom.js";
import { ending, step } from "./cartpole.js";
import { better, makeNetwork } from "./network.js";
import { makeBars, makeMap, makeScene } from "./scene.js";

const KICK = 0.6;  // rad/s: what a push adds to the pole's angular velocity
const PICTURE = 4;  // ticks that a picture of a film stays: 0.08 s

export function makeActor(parent, pushed) {
  const box = element(parent, "div", { class: "actor" });
  const scene = element(box, "div", { class: "scene" });
  const place = makeScene(scene, pushed);
  const screen = element(scene, "img", { class: "film", alt: "a film of the environment" });
  const caption = element(box, "div", { class: "caption" });
  const about = element(caption, "b"), where = element(caption, "div");
  const inside = element(box, "div", { class: "inside" });
  const bars = makeBars(inside), map = makeMap(inside);
  let choose = null, values = null, path = [], film = [], every = 1, range = [0, 1], promised = 0;
  const actor = { box, state: [0, 0, 0, 0], last: [0, 0, 0, 0], steps: 0, pushes: 0, over: true, tilt: 0, ended: "" };

  function enter(title, from) {
    about.textContent = title;
    scene.classList.toggle("filmed", film.length > 0);
    Object.assign(actor, { state: from, last: from, steps: 0, pushes: 0, over: false, ended: "" });
    inside.classList.toggle("empty", values === null);
  }
  // How long it plays undisturbed: the laws are known, so this needs no waiting.
  function foresee() {
    let state = actor.state, steps = 0;
    while (!ending(state, steps)) state = step(state, choose(state, steps++), actor.tilt);
    return steps;
  }
  actor.agent = (network, moment, from) => {
    values = makeNetwork(network, moment.weights);
    choose = (state) => better(values(state));
    [path, film] = [[], []];
    enter(`The agent after ${moment.step.toLocaleString("en")} training steps`, from);
    range = map.draw(values);
    promised = foresee();
    actor.draw(0);
  };
  actor.you = (title, action, from) => {
    [values, choose, path, film, promised] = [null, (_, steps) => action(steps), [], [], 0];
    enter(title, from);
    actor.draw(0);
  };
  actor.recording = ({ trajectory, trained_steps, ending, frames, every: between }) => {
    for (const picture of film) URL.revokeObjectURL(picture);
    film = frames.map((bytes) => URL.createObjectURL(new Blob([bytes])));
    every = between;
    const flat = floats(trajectory), steps = film.length ? PICTURE * (film.length - 1) : Math.max(flat.length / 2 - 1, 0);
    [values, choose, promised] = [null, null, film.length ? 0 : steps];
    path = Array.from({ length: steps + 1 }, (_, i) => [flat[2 * i] || 0, 0, flat[2 * i + 1] || 0, 0]);
    actor.recorded = ending;
    enter(`The agent after ${trained_steps.toLocaleString("en")} training steps`, path[0]);
    if (steps === 0) [actor.over, actor.ended] = [true, ending];  // there is nothing to see, and why
    actor.draw(0);
  };
  actor.rest = (words) => {
    [values, choose, path, film] = [null, null, [], []];
    enter("", [0, 0, 0, 0]);
    actor.over = true;
    place(actor.state);
    where.textContent = words;
  };
  actor.advance = () => {
    if (actor.over) return;
    actor.last = actor.state;
    actor.steps++;
    if (path.length) {
      actor.state = path[Math.min(actor.steps, path.length - 1)];
      actor.ended = actor.steps >= path.length - 1 ? actor.recorded : "";
    } else {
      actor.state = step(actor.state, choose(actor.state, actor.steps - 1), actor.tilt);
      actor.ended = ending(actor.state, actor.steps);
    }
    actor.over = actor.ended !== "";
  };
  actor.push = (side) => {
    if (actor.over || path.length) return;
    const [position, speed, angle, spin] = actor.state;
    actor.state = [position, speed, angle, spin + side * KICK];
    actor.pushes++;
  };
  // `part` of the way from the step before to this one, so that thirty frames a second look smooth.
  actor.draw = (part) => {
    const share = actor.over ? 1 : part;
    place(actor.last.map((v, i) => v + share * (actor.state[i] - v)), actor.tilt);
    const shown = Math.min(Math.floor(actor.steps / PICTURE), film.length - 1);
    if (film.length) screen.src = film[shown];
    if (values) {
      bars(values(actor.state), range);
      map.here(actor.state);
    }
    const disturbed = actor.pushes || actor.tilt;
    const pushes = actor.pushes ? ` · pushed ${actor.pushes === 1 ? "once" : `${actor.pushes} times`}` : "";
    const at = film.length ? shown * every : actor.steps;
    const words = promised && !disturbed ? `step ${at} of ${promised}` : `step ${at}${pushes}`;
    where.textContent = !actor.ended ? words : film.length ? actor.ended : `${words}: ${actor.ended}`;
  };
  return actor;
}
