// Widgets without a kernel: what was recorded is played, scrubbed, pushed and explored in a page from disk.
import { hang } from "./drawing.js";
import { explore } from "./explorer.js";
import { perform } from "./stage.js";

const PLAY = { drawing: hang, explorer: explore, stage: perform };

const bytes = (x) => x?.base64 === undefined ? x
  : new DataView(Uint8Array.from(atob(x.base64), (c) => c.charCodeAt(0)).buffer);
const read = (x) => Array.isArray(x) ? x.map(read) : x?.constructor === Object && x.base64 === undefined
  ? Object.fromEntries(Object.entries(x).map(([name, value]) => [name, read(value)])) : bytes(x);

// What a widget's model does, with nobody at the other end.
function makeModel(traits) {
  const acts = {};
  return {
    alone: true,
    get: (name) => traits[name],
    set: (name, value) => {
      traits[name] = value;
      for (const act of acts[`change:${name}`] || []) act();
    },
    on: (name, act) => (acts[name] ||= []).push(act),
    off: (name, act) => { acts[name] = (acts[name] || []).filter((one) => one !== act); },
    save_changes: () => {},
    send: () => {},
  };
}

for (const el of document.querySelectorAll(".qlib-recorded")) {
  const traits = read(JSON.parse(el.querySelector("script").textContent));
  el.replaceChildren();
  PLAY[el.dataset.part]({ model: makeModel(traits), el });
}
