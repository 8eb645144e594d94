// Draws panels of marks between their axes. Python sends numbers and words (qlib/show/drawing.py, qlib/show/panel.py).
import { tidy } from "./dom.js";
import { DRAW, at, fitting, heatImage, rgb, safe, stroke, text, widthOf } from "./marks.js";

const NAMED = ["line", "dots", "interval"];  // those whose label stands at their end
const CLIPPED = [...NAMED, "bars", "heat"];

function scale(axis, from, to) {
  const f = axis.log ? Math.log10 : (v) => v, [low, high] = [f(axis.low), f(axis.high)];
  return (v) => from + ((f(v) - low) / (high - low)) * (to - from);
}

// Names at the ends of lines, moved apart where they would overlap.
function ends(marks, { x, y, top, bottom, right }) {
  const found = [];
  for (const mark of marks) {
    if (!NAMED.includes(mark.kind) || !mark.label) continue;
    const i = mark.y.findLastIndex((v, k) => v !== null && mark.x[k] !== null);
    if (i < 0) continue;
    const from = Math.min(x(mark.x[i]), right) + 8, height = Math.min(Math.max(y(mark.y[i]), top), bottom);
    found.push({ from, to: from + widthOf(mark.label), height, words: mark.label, colour: mark.colour });
  }
  const besides = (one, others) => others.filter((other) => other.from < one.to && one.from < other.to).map((other) => other.height);
  found.sort((a, b) => a.height - b.height);
  found.forEach((one, i) => {
    one.height = Math.min(Math.max(one.height, ...besides(one, found.slice(0, i)).map((v) => v + 15)), bottom);
  });
  found.reverse().forEach((one, i) => {
    one.height = Math.min(one.height, ...besides(one, found.slice(0, i)).map((v) => v - 15));
  });
  return found.map(({ from, height, words, colour }) => text(from, height, words, { colour, halo: true })).join("");
}

// What the colours of a map measure: a bar with both its ends named.
function colourBar(map, [high, low], x, top, bottom, named) {
  const steps = { ...map, values: Array.from({ length: 64 }, (_, i) => [map.low + (i / 63) * (map.high - map.low)]) };
  const across = 22 + widthOf(high.length > low.length ? high : low);
  return `<image href="${heatImage(steps, named)}" x="${at(x)}" y="${top}" width="12" height="${at(bottom - top)}" preserveAspectRatio="none"/>` +
    text(x + 18, top + 5, high, { colour: "faint" }) + text(x + 18, bottom - 5, low, { colour: "faint" }) +
    `<text transform="translate(${at(x + across)} ${at((top + bottom) / 2)}) rotate(-90)" text-anchor="middle" style="fill:var(--faint);font-size:12px">${safe(map.label)}</text>`;
}

const mapOf = (panel) => panel.marks.find((mark) => mark.kind === "heat" && mark.label);
const scaleWords = (map) => [map.high, map.low].map((v) => tidy(Number(v.toPrecision(3))));

// What stands at the left of a panel, and at its right, in pixels.
function margins(panel) {
  const map = mapOf(panel), names = panel.marks.filter((mark) => NAMED.includes(mark.kind) && mark.label);
  const left = Math.max(0, ...panel.y.ticks.map(([, words]) => widthOf(words))) + 8 + (panel.y.label ? 20 : 0);
  const right = Math.max(10, panel.beside || 0, ...names.map((mark) => widthOf(mark.label) + 14));
  return { left, right: right + (map ? 46 + Math.max(...scaleWords(map).map((words) => widthOf(words))) : 0) };
}

// Where a panel's axes lie in its picture, and how its units become pixels; `kept` is free beside them at least.
function placed(panel, wide, tall, kept) {
  const top = panel.title ? 24 : 12;
  if (panel.frame) {
    const [a, b, c, d] = panel.frame, unit = Math.min(wide / Math.abs(c - a), (tall - top) / Math.abs(d - b));
    const left = (wide - unit * Math.abs(c - a)) / 2, right = wide - left, bottom = top + unit * Math.abs(d - b);
    const x = (v) => left + ((v - a) / (c - a)) * (right - left), y = (v) => top + ((v - b) / (d - b)) * (bottom - top);
    return { x, y, left, right, top, bottom };
  }
  const own = margins(panel), inside = Math.max(own.left, kept.left) > wide / 2;  // no room beside it: long names stand in it
  const left = inside ? 8 : Math.max(own.left, kept.left), right = wide - Math.max(own.right, kept.right);
  const bottom = tall - (panel.x.ticks.length ? 20 : 8) - (panel.x.label ? 18 : 0), zero = panel.y.log ? panel.y.low : Math.max(panel.y.low, 0);
  return { x: scale(panel.x, left, right), y: scale(panel.y, bottom, top), left, right, top, bottom, inside, zero };
}

function drawAxes(panel, { x, y, left, right, top, bottom, inside, named }, wide, tall) {
  let axes = "", taken = -Infinity;
  for (const [v, words] of panel.y.ticks)
    axes += `<path d="M${left} ${at(y(v))}H${right}" class="rule"/>` + (inside
      ? text(left, y(v) - 17, fitting(words, wide - left - 2), { colour: "faint", halo: true }) : text(left - 7, y(v), words, { colour: "faint", anchor: "end" }));
  for (const [v, words] of panel.x.ticks) {
    const half = widthOf(words) / 2;
    if (x(v) - half < taken + 6) continue;
    taken = x(v) + half;
    axes += `<path d="M${at(x(v))} ${bottom}v4" style="${stroke("faint", 1)}"/>`
      + text(Math.max(Math.min(x(v), wide - half - 1), half + 1), bottom + 12, words, { colour: "faint", anchor: "middle" });
  }
  if (panel.x.ticks.length || panel.x.label) axes += `<path d="M${left} ${bottom}H${right}" style="${stroke("faint", 1)}"/>`;
  const map = mapOf(panel);
  if (map) axes += colourBar(map, scaleWords(map), right + 12, top, bottom, named);
  const name = fitting(panel.x.label, wide - 2), half = widthOf(name) / 2 + 1;
  axes += text(Math.max(Math.min((left + right) / 2, wide - half), half), tall - 9, name, { colour: "faint", anchor: "middle" });
  if (panel.y.label)
    axes += `<text transform="translate(11 ${at((top + bottom) / 2)}) rotate(-90)" text-anchor="middle" style="fill:var(--faint);font-size:12px">${safe(panel.y.label)}</text>`;
  return axes;
}

function drawPanel(panel, wide, tall, id, named, kept) {
  const hatches = [...new Set(panel.marks.filter((m) => m.hatched).map((m) => m.colour))].map((colour) =>
    `<pattern id="${id}-${colour}" width="7" height="7" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">` +
    `<rect width="4" height="7" style="fill:var(--${colour})"/></pattern>`).join("");
  const room = { ...placed(panel, wide, tall, kept), id, named }, { left, right, top, bottom } = room;
  let marks = "", within = false;  // neighbours are clipped together: a group for each takes long to paint
  for (const mark of panel.marks) {
    const clipped = CLIPPED.includes(mark.kind) && !panel.frame && !(mark.along === "x" && mark.words);
    if (clipped !== within) marks += clipped ? `<g clip-path="url(#${id}-clip)">` : "</g>";
    marks += DRAW[mark.kind](mark, room);
    within = clipped;
  }
  if (within) marks += "</g>";
  const clip = `<clipPath id="${id}-clip"><rect x="${left - 4}" y="${top - 12}" width="${right - left + 8}" height="${bottom - top + 16}"/></clipPath>`;
  const inside = `<rect class="room" x="${at(left)}" y="${at(top)}" width="${at(right - left)}" height="${at(bottom - top)}"/>`;  // where a guess is dragged
  const from = panel.frame ? 0 : left, title = panel.title ? text(from, 9, fitting(panel.title, wide - from - 2, 600), { bold: true }) : "";
  const axes = panel.frame ? "" : drawAxes(panel, room, wide, tall);
  return `<svg width="${wide}" height="${tall}" viewBox="0 0 ${wide} ${tall}" aria-hidden="true"><defs>${hatches}${clip}${inside}</defs>` +
    `${title}${axes}${marks}${ends(panel.marks, room)}</svg>`;
}

const sum = (panels) => panels.reduce((total, panel) => total + panel.share, 0);

// Panels side by side in rows of equal length, or in columns whose sides are in line.
function drawPanels({ panels, height, column }, whole, across, id, named) {
  const gap = 20, aligned = column ? panels.filter((panel) => !panel.frame).map(margins) : [];
  const [left, right] = ["left", "right"].map((side) => Math.max(0, ...aligned.map((own) => own[side])));
  const heights = sum(panels.filter((_, i) => i % column === 0));
  return panels.map((panel, i) => {
    const first = i - i % across, row = panels.slice(first, first + across), most = whole - gap * (across - 1);
    const wide = Math.floor(column || across === 1 ? most / across : most * panel.share / (sum(row) * across / row.length));
    const [a, b, c, d] = panel.frame || [0, 0, 1, Infinity];  // a narrow canvas is less high as well
    const low = across === 1 ? Math.min(height, 24 + wide * Math.abs((d - b) / (c - a))) : height;
    return drawPanel(panel, wide, column ? height * panel.share / heights : low, `${id}-${i}`, named, { left, right });
  }).join("");
}

// Makes a place for drawings; returns what draws one there, anew whenever the place's width or the theme changes.
export function makeCanvas(parent) {
  const box = parent.appendChild(document.createElement("div"));
  const id = `qlib-${crypto.getRandomValues(new Uint32Array(1))[0]}`;  // no other widget on the page has it
  box.className = "qlib-marks";
  let drawing = null, width = 0;
  function draw() {
    if (!drawing?.panels) return;
    const look = getComputedStyle(box), named = (name) => rgb(look.getPropertyValue(`--${name}`));
    const { panels, column, least = 0 } = drawing;
    const whole = Math.max(least, Math.min(Math.floor(box.getBoundingClientRect().width) || drawing.width, drawing.width));
    const most = Math.max(1, Math.floor(whole / 270));
    const across = column ? Math.min(column, most) : Math.ceil(panels.length / Math.ceil(panels.length / most));  // rows of equal length
    box.style.minHeight = panels.length ? "" : `${box.offsetHeight}px`;  // a sentence in its place moves nothing below
    width = box.clientWidth;
    if (width && whole > width) box.tabIndex = 0;  // so that the arrow keys scroll it
    else box.removeAttribute("tabindex");
    for (const [name, words] of [["role", "img"], ["aria-label", drawing.alt]]) box.setAttribute(name, words);
    box.classList.toggle("stacked", across === 1 && panels.length > 1);
    box.classList.toggle("column", Boolean(column));
    const key = (drawing.key || []).map(([words, colour]) => `<span><i style="background:var(--${colour})"></i>${safe(words)}</span>`).join("");
    box.innerHTML = (key ? `<div class="key">${key}</div>` : "") + drawPanels(drawing, whole, across, id, named);
  }
  const sizes = new ResizeObserver(() => { if (box.clientWidth !== width) draw(); });
  const themes = new MutationObserver(draw);
  sizes.observe(box);
  themes.observe(document.body, { attributeFilter: ["data-jp-theme-light"] });
  return {
    show: (next) => { drawing = next; draw(); },
    end: () => { sizes.disconnect(); themes.disconnect(); },
  };
}
