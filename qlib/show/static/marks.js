// How each kind of mark is drawn. Python sends numbers and words (qlib/show/marks.py, qlib/show/shapes.py).
import { shade } from "./shades.js";

const DASHED = ["", "7 4", "2 3", "9 3 2 3", "5 3", "12 4"];
const escaped = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
export const safe = (words) => String(words).replace(/[&<>"]/g, (c) => escaped[c]);
const pen = document.createElement("canvas").getContext("2d");
export const at = (v) => v.toFixed(1);

export function widthOf(words, size = 12, weight = 400) {
  pen.font = `${weight} ${size}px system-ui, sans-serif`;
  return pen.measureText(words).width;
}

// As much of some words as there is room for.
export function fitting(words, room, weight) {
  let n = words.length;
  while (n && widthOf(words.slice(0, n), 12, weight) + 12 * (n < words.length) > room) n--;
  return n < words.length ? words.slice(0, n).trimEnd() + "…" : words;
}

export function text(x, y, words, { anchor = "start", colour = "ink", size = 12, bold = false, halo = false } = {}) {
  const look = `fill:var(--${colour});font-size:${size}px${bold ? ";font-weight:600" : ""}`;
  return `<text x="${at(x)}" y="${at(y + 0.35 * size)}" text-anchor="${anchor}" style="${look}"${halo ? ' class="halo"' : ""}>${safe(words)}</text>`;
}

export const stroke = (colour, width, dash = 0) =>
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

export const rgb = (hex) => [1, 3, 5].map((i) => parseInt(hex.trim().slice(i, i + 2), 16));

export function heatImage(mark, named) {
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

export const DRAW = {
  line(mark, { x, y, zero }) {
    const low = mark.filled ? mark.x.map(() => zero) : mark.low, high = mark.filled ? mark.y : mark.high;
    const band = low ? `<path d="${area(mark.x, low, high, x, y)}" style="fill:var(--${mark.colour});opacity:.2"/>` : "";
    const pale = mark.opacity ? `;opacity:${mark.opacity}` : "";
    return `${band}<path d="${runs(mark.x, mark.y, x, y)}" style="${stroke(mark.colour, mark.width, mark.dash)};stroke-linejoin:round${pale}"/>`;
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
