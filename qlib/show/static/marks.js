// Draws panels of marks. Python sends numbers and words (qlib/show/drawing.py, qlib/show/marks.py).
import { tidy } from "./dom.js";
import { shade } from "./shades.js";

const DASHED = ["", "7 4", "2 3", "9 3 2 3", "5 3", "12 4"];
const escaped = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
const safe = (words) => String(words).replace(/[&<>"]/g, (c) => escaped[c]);
const pen = document.createElement("canvas").getContext("2d");
const at = (v) => v.toFixed(1);

function widthOf(words, size = 12, weight = 400) {
  pen.font = `${weight} ${size}px system-ui, sans-serif`;
  return pen.measureText(words).width;
}

// As much of some words as there is room for.
function fitting(words, room, weight) {
  let n = words.length;
  while (n && widthOf(words.slice(0, n), 12, weight) + 12 * (n < words.length) > room) n--;
  return n < words.length ? words.slice(0, n).trimEnd() + "…" : words;
}

function text(x, y, words, { anchor = "start", colour = "ink", size = 12, bold = false, halo = false } = {}) {
  const look = `fill:var(--${colour});font-size:${size}px${bold ? ";font-weight:600" : ""}`;
  return `<text x="${at(x)}" y="${at(y + 0.35 * size)}" text-anchor="${anchor}" style="${look}"${halo ? ' class="halo"' : ""}>${safe(words)}</text>`;
}

const stroke = (colour, width, dash = 0) =>
  `fill:none;stroke:var(--${colour});stroke-width:${width}px;stroke-dasharray:${DASHED[dash % DASHED.length] || "none"}`;

// Runs of places without a gap, as the paths of an SVG.
function runs(xs, ys, x, y) {
  let path = "", on = false;
  xs.forEach((v, i) => {
    if (ys[i] === null || v === null) { on = false; return; }
    path += `${on ? "L" : "M"}${at(x(v))} ${at(y(ys[i]))}`;
    on = true;
  });
  return path;
}

function area(xs, low, high, x, y) {
  const there = xs.map((_, i) => i).filter((i) => low[i] !== null && high[i] !== null);
  const up = there.map((i) => `${at(x(xs[i]))} ${at(y(high[i]))}`);
  const down = there.map((i) => `${at(x(xs[i]))} ${at(y(low[i]))}`).reverse();
  return there.length ? `M${[...up, ...down].join("L")}Z` : "";
}

function spot(shape, x, y, size) {
  const r = size / 2;
  if (shape === "s") return `M${at(x - r)} ${at(y - r)}h${size}v${size}h${-size}Z`;
  if (shape === "^") return `M${at(x)} ${at(y - 1.15 * r)}L${at(x + 1.15 * r)} ${at(y + r)}L${at(x - 1.15 * r)} ${at(y + r)}Z`;
  if (shape === "D") return `M${at(x)} ${at(y - 1.3 * r)}l${1.3 * r} ${1.3 * r}l${-1.3 * r} ${1.3 * r}l${-1.3 * r} ${-1.3 * r}Z`;
  return `M${at(x - r)} ${at(y)}a${r} ${r} 0 1 0 ${size} 0a${r} ${r} 0 1 0 ${-size} 0Z`;
}

const rgb = (hex) => [1, 3, 5].map((i) => parseInt(hex.trim().slice(i, i + 2), 16));

function heatImage(mark, named) {
  const rows = mark.values.length, columns = mark.values[0].length;
  const canvas = Object.assign(document.createElement("canvas"), { width: columns, height: rows });
  const image = new ImageData(columns, rows);
  const stops = mark.scale === "differences" ? ["blue", "paper", "vermilion"].map(named) : undefined;
  mark.values.forEach((row, r) => row.forEach((v, c) => {
    if (v === null) return;
    const colour = mark.colours ? named(mark.colours[v]) : shade((v - mark.low) / (mark.high - mark.low || 1), stops);
    image.data.set([...colour, 255], 4 * ((rows - 1 - r) * columns + c));
  }));
  canvas.getContext("2d").putImageData(image, 0, 0);
  return canvas.toDataURL();
}

const DRAW = {
  line(mark, { x, y, zero }) {
    const low = mark.filled ? mark.x.map(() => zero) : mark.low, high = mark.filled ? mark.y : mark.high;
    const band = low ? `<path d="${area(mark.x, low, high, x, y)}" style="fill:var(--${mark.colour});opacity:.2"/>` : "";
    return `${band}<path d="${runs(mark.x, mark.y, x, y)}" style="${stroke(mark.colour, mark.width, mark.dash)};stroke-linejoin:round"/>`;
  },
  dots(mark, { x, y }) {
    const d = mark.x.map((v, i) => mark.y[i] === null ? "" : spot(mark.shape, x(v), y(mark.y[i]), mark.size)).join("");
    return `<path d="${d}" style="${mark.hollow ? stroke(mark.colour, 1.5) : `fill:var(--${mark.colour})`}"/>`;
  },
  interval(mark, { x, y }) {
    let path = "", dots = "";
    mark.x.forEach((v, i) => {
      if (v === null || mark.y[i] === null) return;
      const [a, b] = [x(v), y(mark.y[i])];
      dots += spot(mark.shape, a, b, 8);
      if (mark.low[i] === null || mark.high[i] === null) return;
      const to = mark.along === "x" ? x : y, [p, q] = [to(mark.low[i]), to(mark.high[i])];
      path += mark.along === "x" ? `M${at(p)} ${at(b)}H${at(q)}M${at(p)} ${at(b - 4)}v8M${at(q)} ${at(b - 4)}v8`
        : `M${at(a)} ${at(p)}V${at(q)}M${at(a - 4)} ${at(p)}h8M${at(a - 4)} ${at(q)}h8`;
    });
    return `<path d="${path}" style="${stroke(mark.colour, 1.6)}"/><path d="${dots}" style="fill:var(--${mark.colour})"/>`;
  },
  bars(mark, { x, y, id }) {
    const level = mark.along === "x", [across, along] = level ? [y, x] : [x, y];
    return mark.x.map((_, i) => {
      const colour = Array.isArray(mark.colour) ? mark.colour[i] : mark.colour;
      const base = Array.isArray(mark.base) ? mark.base[i] : mark.base, [middle, end] = level ? [mark.y[i], mark.x[i]] : [mark.x[i], mark.y[i]], sides = [across(middle - mark.width / 2), across(middle + mark.width / 2)], ends = [along(base), along(end)];
      const fill = mark.hatched ? `url(#${id}-${colour})` : `var(--${colour})`, thick = Math.max(Math.abs(sides[1] - sides[0]), 1);
      const near = Math.min(...sides), low = Math.min(...ends), long = Math.abs(ends[1] - ends[0]), place = level ? [low, near, long, thick] : [near, low, thick, long];
      const words = !mark.words ? "" : level ? text(low + long + 6, across(middle), mark.words[i]) : text(across(middle), low - 9, mark.words[i], { anchor: "middle" });
      return `<rect ${["x", "y", "width", "height"].map((name, k) => `${name}="${at(place[k])}"`).join(" ")} style="fill:${fill}"/>${words}`;
    }).join("");
  },
  heat(mark, { x, y, named }) {
    const [a, b, p, q] = [x(mark.left), x(mark.right), y(mark.top), y(mark.bottom)];
    return `<image href="${heatImage(mark, named)}" x="${at(a)}" y="${at(p)}" width="${at(b - a)}" height="${at(q - p)}" preserveAspectRatio="none"${mark.smooth ? "" : ' style="image-rendering:pixelated"'}/>`;
  },
  box(mark, { x, y }) {
    const [a, b] = [x(mark.x), y(mark.y)], w = Math.abs(x(mark.width) - x(0)), h = Math.abs(y(mark.height) - y(0));
    const edge = mark.edge ? `stroke:var(--${mark.colour});stroke-width:${mark.edge}px;stroke-dasharray:${DASHED[mark.dash] || "none"}` : "";
    const fill = mark.fill ? `fill:var(--${mark.fill});fill-opacity:.25` : "fill:none", under = mark.solid ? `<rect x="${at(a - w / 2)}" y="${at(b - h / 2)}" width="${at(w)}" height="${at(h)}" style="fill:var(--paper)"/>` : "";
    const shape = mark.round ? `<ellipse cx="${at(a)}" cy="${at(b)}" rx="${at(w / 2)}" ry="${at(h / 2)}" style="${fill};${edge}"/>`
      : `<rect x="${at(a - w / 2)}" y="${at(b - h / 2)}" width="${at(w)}" height="${at(h)}" style="${fill};${edge}"/>`;
    return under + (mark.edge || mark.fill ? shape : "") + (mark.words ? text(a, b, mark.words, { anchor: "middle", size: mark.size, bold: mark.bold }) : "");
  },
  arrow(mark, { x, y }) {
    const [a, b, c, d] = [x(mark.x), y(mark.y), x(mark.to_x), y(mark.to_y)];
    const [m, n] = [(a + c) / 2 - mark.bend * (d - b), (b + d) / 2 + mark.bend * (c - a)];  // where the bow pulls
    const long = Math.hypot(c - m, d - n) || 1, [u, v] = [(c - m) / long, (d - n) / long], size = mark.head ? 10 : 0;
    const head = mark.head ? `<path d="M${at(c)} ${at(d)}L${at(c - size * u + 4 * v)} ${at(d - size * v - 4 * u)}L${at(c - size * u - 4 * v)} ${at(d - size * v + 4 * u)}Z" style="fill:var(--${mark.colour})"/>` : "";
    return `<path d="M${at(a)} ${at(b)}Q${at(m)} ${at(n)} ${at(c - 0.8 * size * u)} ${at(d - 0.8 * size * v)}" style="${stroke(mark.colour, mark.width)}"/>${head}`;
  },
  rule(mark, { x, y, left, right, top, bottom }) {
    const level = mark.along === "x", place = (level ? y : x)(mark.at);
    if (!(level ? place >= top - 1 && place <= bottom + 1 : place >= left - 1 && place <= right + 1)) return "";
    const path = level ? `M${left} ${at(place)}H${at(right)}` : `M${at(place)} ${top}V${bottom}`;
    const flip = !level && place + 8 + widthOf(mark.label || "") > right;  // no room to the right of it
    const above = place - 9 < top ? place + 9 : place - 9;
    const words = !mark.label ? "" : level ? text(left + 5, above, mark.label, { colour: mark.colour, halo: true })
      : text(place + (flip ? -5 : 5), top + 7, mark.label, { colour: mark.colour, halo: true, anchor: flip ? "end" : "start" });
    return `<path d="${path}" style="${stroke(mark.colour, mark.width, mark.dash)}"/>${words}`;
  },
  words(mark, { x, y }) {
    const [a, b] = [x(mark.x) + mark.right, y(mark.y) - mark.up], said = text(a, b, mark.words, { ...mark, halo: true });
    return mark.turned ? `<g transform="rotate(-90 ${at(a)} ${at(b)})">${said}</g>` : said;
  },
  joins(mark, { x, y }) {
    const paths = {}, a = at(x(mark.x)), b = at(x(mark.to_x));  // by strength, so that thousands of lines are a few paths
    mark.to_y.forEach((to, i) => mark.y.forEach((from, k) => {
      const level = mark.strength ? mark.strength[i][k] : null;
      if (level !== 0) paths[level] = `${paths[level] || ""}M${a} ${at(y(from))}L${b} ${at(y(to))}`;
    }));
    return Object.entries(paths).map(([level, d]) => `<path d="${d}" style="opacity:.6;${mark.strength ? stroke(level > 0 ? "blue" : "vermilion", 0.25 * Math.abs(level), level > 0 ? 0 : 1) : stroke("faint", 0.4)}"/>`).join("");
  },
};

function scale(axis, from, to) {
  const f = axis.log ? Math.log10 : (v) => v, [low, high] = [f(axis.low), f(axis.high)];
  return (v) => from + ((f(v) - low) / (high - low)) * (to - from);
}

// Names at the ends of lines, moved apart where they would overlap.
function ends(marks, { x, y, top, bottom, right }) {
  const found = [];
  for (const mark of marks) {
    if (!["line", "dots", "interval"].includes(mark.kind) || !mark.label) continue;
    const i = mark.y.findLastIndex((v, k) => v !== null && mark.x[k] !== null);
    if (i >= 0) found.push({ x: x(mark.x[i]), y: Math.min(Math.max(y(mark.y[i]), top), bottom), mark });
  }
  found.sort((a, b) => a.y - b.y);
  for (let i = 1; i < found.length; i++) found[i].y = Math.max(found[i].y, found[i - 1].y + 15);
  if (found.length) found.at(-1).y = Math.min(found.at(-1).y, bottom);
  for (let i = found.length - 2; i >= 0; i--) found[i].y = Math.min(found[i].y, found[i + 1].y - 15);
  return found.map((end) => text(Math.min(end.x, right) + 8, end.y, end.mark.label, { colour: end.mark.colour, halo: true })).join("");
}

// What the colours of a map measure: a bar with both its ends named.
function colourBar(map, [high, low], x, top, bottom, named) {
  const steps = { ...map, values: Array.from({ length: 64 }, (_, i) => [map.low + (i / 63) * (map.high - map.low)]) };
  const across = 22 + widthOf(high.length > low.length ? high : low);
  return `<image href="${heatImage(steps, named)}" x="${at(x)}" y="${top}" width="12" height="${at(bottom - top)}" preserveAspectRatio="none"/>` +
    text(x + 18, top + 5, high, { colour: "faint" }) + text(x + 18, bottom - 5, low, { colour: "faint" }) +
    `<text transform="translate(${at(x + across)} ${at((top + bottom) / 2)}) rotate(-90)" text-anchor="middle" style="fill:var(--faint);font-size:12px">${safe(map.label)}</text>`;
}

// What stands at the left of a panel, and at its right, in pixels.
function margins(panel) {
  const map = panel.marks.find((m) => m.kind === "heat" && m.label);
  const scaleWords = map ? [map.high, map.low].map((v) => tidy(Number(v.toPrecision(3))).replace("-", "−")) : [];
  const labels = panel.marks.filter((m) => ["line", "dots", "interval"].includes(m.kind) && m.label).map((m) => widthOf(m.label) + 14);
  const left = Math.max(0, ...panel.y.ticks.map(([, words]) => widthOf(words))) + 8 + (panel.y.label ? 20 : 0);
  const right = Math.max(10, panel.beside || 0, ...labels) + (map ? 46 + Math.max(...scaleWords.map((w) => widthOf(w))) : 0);
  return { map, scaleWords, left, right };
}

function drawPanel(panel, wide, tall, id, named, kept) {
  const hatches = [...new Set(panel.marks.filter((m) => m.hatched).map((m) => m.colour))].map((colour) =>
    `<pattern id="${id}-${colour}" width="7" height="7" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">` +
    `<rect width="4" height="7" style="fill:var(--${colour})"/></pattern>`).join("");
  const top = panel.title ? 24 : 12;
  let x, y, left, right, bottom, axes = "";
  if (panel.frame) {
    const [a, b, c, d] = panel.frame, unit = Math.min(wide / Math.abs(c - a), (tall - top) / Math.abs(d - b));
    left = (wide - unit * Math.abs(c - a)) / 2;
    [right, bottom] = [wide - left, top + unit * Math.abs(d - b)];
    x = (v) => left + ((v - a) / (c - a)) * (right - left);
    y = (v) => top + ((v - b) / (d - b)) * (bottom - top);
  } else {
    const { map, scaleWords, ...own } = margins(panel);
    left = Math.max(own.left, kept.left);
    const inside = left > wide / 2;  // no room beside the panel: long names stand in it
    if (inside) left = 8;
    right = wide - Math.max(own.right, kept.right);
    bottom = tall - (panel.x.ticks.length ? 20 : 8) - (panel.x.label ? 18 : 0);
    x = scale(panel.x, left, right);
    y = scale(panel.y, bottom, top);
    for (const [v, words] of panel.y.ticks)
      axes += `<path d="M${left} ${at(y(v))}H${right}" class="rule"/>` + (inside
        ? text(left, y(v) - 17, words, { colour: "faint", halo: true }) : text(left - 7, y(v), words, { colour: "faint", anchor: "end" }));
    let taken = -Infinity;
    for (const [v, words] of panel.x.ticks) {
      const half = widthOf(words) / 2;
      if (x(v) - half < taken + 6) continue;
      taken = x(v) + half;
      axes += `<path d="M${at(x(v))} ${bottom}v4" style="${stroke("faint", 1)}"/>` + text(Math.min(x(v), wide - half - 1), bottom + 12, words, { colour: "faint", anchor: "middle" });
    }
    if (panel.x.ticks.length || panel.x.label) axes += `<path d="M${left} ${bottom}H${right}" style="${stroke("faint", 1)}"/>`;
    if (map) axes += colourBar(map, scaleWords, right + 12, top, bottom, named);
    const name = fitting(panel.x.label, wide - 2), middle = Math.max(Math.min((left + right) / 2, wide - widthOf(name) / 2 - 1), widthOf(name) / 2 + 1);
    axes += text(middle, tall - 9, name, { colour: "faint", anchor: "middle" });
    if (panel.y.label)
      axes += `<text transform="translate(11 ${at((top + bottom) / 2)}) rotate(-90)" text-anchor="middle" style="fill:var(--faint);font-size:12px">${safe(panel.y.label)}</text>`;
  }
  const room = { x, y, left, right, top, bottom, id, named, zero: panel.y && !panel.y.log ? Math.max(panel.y.low, 0) : panel.y?.low };
  const clipped = new Set(["line", "dots", "interval", "bars", "heat"]), marks = panel.marks.map((mark) => {
    const drawn = DRAW[mark.kind](mark, room);
    return clipped.has(mark.kind) && !panel.frame && !(mark.along === "x" && mark.words) ? `<g clip-path="url(#${id}-clip)">${drawn}</g>` : drawn;
  }).join("");
  const clip = `<clipPath id="${id}-clip"><rect x="${left - 4}" y="${top - 12}" width="${right - left + 8}" height="${bottom - top + 16}"/></clipPath>`;
  const title = panel.title ? text(panel.frame ? 0 : left, 9, fitting(panel.title, wide - (panel.frame ? 0 : left) - 2, 600), { bold: true }) : "";
  const inside = `<rect class="room" x="${at(left)}" y="${at(top)}" width="${at(right - left)}" height="${at(bottom - top)}"/>`;  // where a guess is dragged
  return `<defs>${hatches}${clip}${inside}</defs>${title}${axes}${marks}${ends(panel.marks, room)}`;
}

// Makes a place for drawings; returns what draws one there, anew whenever the place's width or the theme changes.
export function makeCanvas(parent) {
  const box = parent.appendChild(document.createElement("div")), id = `qlib-${crypto.getRandomValues(new Uint32Array(1))[0]}`;  // no other widget on the page has it
  box.className = "qlib-marks";
  box.setAttribute("role", "img");
  let drawing = null, width = 0;
  function draw() {
    if (!drawing) return;
    const look = getComputedStyle(box), named = (name) => rgb(look.getPropertyValue(`--${name}`));
    const whole = Math.min(box.clientWidth || drawing.width, drawing.width), gap = 20;
    const { panels, column } = drawing, most = column ? 1 : Math.max(1, Math.floor(whole / 270));
    const across = Math.ceil(panels.length / Math.ceil(panels.length / most)), stacked = across === 1 && panels.length > 1;  // rows of equal length
    const sum = (some) => some.reduce((total, panel) => total + panel.share, 0);
    const aligned = column ? panels.filter((panel) => !panel.frame).map(margins) : [], [left, right] = ["left", "right"].map((side) => Math.max(0, ...aligned.map((m) => m[side])));
    width = box.clientWidth;
    box.setAttribute("aria-label", drawing.alt);
    box.classList.toggle("stacked", stacked);
    const key = (drawing.key || []).map(([words, colour]) => `<span><i style="background:var(--${colour})"></i>${safe(words)}</span>`).join("");
    box.innerHTML = (key ? `<div class="key">${key}</div>` : "") + panels.map((panel, i) => {
      const first = i - i % across, row = panels.slice(first, first + across);
      const wide = stacked ? whole : Math.floor((whole - gap * (across - 1)) * panel.share / (sum(row) * across / row.length));
      const [a, b, c, d] = panel.frame || [0, 0, 1, Infinity];  // a narrow canvas is less high as well
      const tall = column ? drawing.height * panel.share / sum(panels) : across === 1 ? Math.min(drawing.height, 24 + wide * Math.abs((d - b) / (c - a))) : drawing.height;
      return `<svg width="${wide}" height="${tall}" viewBox="0 0 ${wide} ${tall}" aria-hidden="true">${drawPanel(panel, wide, tall, `${id}-${i}`, named, { left, right })}</svg>`;
    }).join("");
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
