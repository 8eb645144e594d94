// The forward pass of qlib.QNetwork: linear layers with ReLU between them, from a snapshot's float16 numbers.

function half(bits) {
  const sign = bits & 0x8000 ? -1 : 1, exponent = (bits >> 10) & 31, fraction = bits & 1023;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return exponent ? sign * (1 + fraction / 1024) * 2 ** (exponent - 15) : sign * fraction * 2 ** -24;
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
    const n = sizes[i - 1] * sizes[i];
    layers.push([numbers.subarray(at, at + n), numbers.subarray(at + n, at + n + sizes[i])]);
    at += n + sizes[i];
  }
  // The value of each action in a state, which the network sees as float32, as gymnasium's agents do.
  return (state) => {
    let x = state.map((v, i) => (scale ? Math.fround(v) / scale[i] : Math.fround(v)));
    layers.forEach(([matrix, bias], layer) => {
      const next = new Array(bias.length), n = x.length;
      for (let row = 0; row < bias.length; row++) {
        let sum = bias[row];
        for (let k = 0; k < n; k++) sum += matrix[row * n + k] * x[k];
        next[row] = layer < layers.length - 1 && sum < 0 ? 0 : sum;
      }
      x = next;
    });
    return x;
  };
}

export const better = (values) => (values[1] > values[0] ? 1 : 0);  // the first of equals, as argmax
