// The colours of maps: from a share between 0 and 1 to red, green and blue.

// Cividis in five stops: read alike by all eyes, and in grey.
const STOPS = [[0, 34, 78], [65, 77, 107], [124, 123, 120], [188, 175, 111], [254, 232, 56]];

export function shade(share, stops = STOPS) {
  const at = Math.min(Math.max(share, 0), 1) * (stops.length - 1) || 0, i = Math.min(Math.floor(at), stops.length - 2);
  return [0, 1, 2].map((k) => stops[i][k] + (at - i) * (stops[i + 1][k] - stops[i][k]));
}
