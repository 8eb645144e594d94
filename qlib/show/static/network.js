// The forward pass of qlib.QNetwork: linear layers with ReLU between them, from a snapshot's float16 numbers.

function half(bits) {
  const sign = bits & 0x8000 ? -1 : 1, exponent = (bits >> 10) & 31, fraction = bits & 1023;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return exponent ? sign * (1 + fraction / 1024) * 2 ** (exponent - 15) : sign * fraction * 2 ** -24;
}

// One linear layer, column by column: half of what a ReLU gives is 0 and need not be multiplied.
function linear({ columns, bias, out }, x) {
  const n = x.length, m = out.length;
  out.set(bias);
  for (let k = 0; k < n; k++) {
    const value = x[k];
    if (value === 0) continue;
    for (let row = 0, at = k * m; row < m; row++, at++) out[row] += columns[at] * value;
  }
  return out;
}

function forward(layers, x) {
  const last = layers.length - 1;
  for (let i = 0; i < last; i++) {
    x = linear(layers[i], x);
    for (let k = 0; k < x.length; k++) if (x[k] < 0) x[k] = 0;
  }
  return linear(layers[last], x);
}

// `sizes` are the layers' widths, `scale` what each observation is divided by, `weights` a DataView: each layer's
// matrix, row by row, and its biases.
export function makeNetwork({ sizes, scale }, weights) {
  const wanted = sizes.slice(1).reduce((sum, n, i) => sum + n * (sizes[i] + 1), 0);
  if (weights.byteLength !== 2 * wanted) {
    throw new Error(`This snapshot holds ${weights.byteLength / 2} numbers, and a network of ${sizes.join("-")} has `
      + `${wanted}. Train again, and new snapshots are taken.`);
  }
  const numbers = Float64Array.from({ length: wanted }, (_, i) => half(weights.getUint16(2 * i, true)));
  const layers = [];
  for (let i = 1, at = 0; i < sizes.length; i++) {
    const [n, m] = [sizes[i - 1], sizes[i]], columns = new Float64Array(n * m);
    for (let row = 0; row < m; row++) for (let k = 0; k < n; k++) columns[k * m + row] = numbers[at + row * n + k];
    at += n * m;
    layers.push({ columns, bias: numbers.slice(at, at + m), out: new Float64Array(m) });
    at += m;
  }
  const divisors = Float64Array.from(scale || new Array(sizes[0]).fill(1)), seen = new Float64Array(sizes[0]);
  // The value of each action in a state, which the network sees as float32, as gymnasium's agents do. What comes is
  // overwritten by the next call.
  return (state) => {
    for (let i = 0; i < seen.length; i++) seen[i] = Math.fround(state[i]) / divisors[i];
    return forward(layers, seen);
  };
}

export const better = (values) => (values[1] > values[0] ? 1 : 0);  // the first of equals, as argmax
