// CartPole-v1, step for step as gymnasium plays it, in float64. The track can tilt as well.

const GRAVITY = 9.8, POLE = 0.1, TOTAL = 1.1, LENGTH = 0.5, POLE_LENGTH = 0.05;  // m/s², kg, kg, m (half the pole), kg m
const FORCE = 10, TAU = 0.02;  // N, s
const TRACK = 2.4, FALL = (12 * 2 * Math.PI) / 360;  // m, rad
export const LIMIT = 500, STEPS_PER_SECOND = 50;

// [position (m), speed (m/s), angle (rad), spin (rad/s)] after 0.02 s. With a tilt (rad, right end up) the same laws hold
// in the track's frame: gravity across it is smaller, and what is left of gravity pulls everything down the track.
export function step([position, speed, angle, spin], action, tilt = 0) {
  const sin = Math.sin(angle), cos = Math.cos(angle);
  const push = ((action === 1 ? FORCE : -FORCE) + POLE_LENGTH * (spin * spin) * sin) / TOTAL;
  const spinUp = (GRAVITY * Math.cos(tilt) * sin - cos * push) / (LENGTH * (4 / 3 - (POLE * (cos * cos)) / TOTAL));
  const speedUp = push - (POLE_LENGTH * spinUp * cos) / TOTAL - GRAVITY * Math.sin(tilt);
  return [position + TAU * speed, speed + TAU * speedUp, angle + TAU * spin, spin + TAU * spinUp];
}

export function ending([position, , angle], steps) {
  if (Math.abs(position) > TRACK) return "left the track";
  if (Math.abs(angle) > FALL) return "the pole fell";
  return steps >= LIMIT ? "reached the time limit" : "";
}

// A start as gymnasium draws it, four numbers within 0.05, from a number of one's own (mulberry32).
export function start(seed) {
  let a = seed | 0;
  return [0, 0, 0, 0].map(() => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return (((t ^ (t >>> 14)) >>> 0) / 4294967296 - 0.5) / 10;
  });
}
