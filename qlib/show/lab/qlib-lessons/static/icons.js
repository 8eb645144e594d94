// A small picture for each lesson's card, of lines in the page's own colours (`a` blue, `b` vermilion, `f` faint); a lesson
// without one shows its number. What is drawn stands 48 wide and 36 high.

const CART = '<path d="M4 31H44"/><path d="M17 24h14v6H17z"/><path class="b" d="M24 24L30 6"/>';
const AXES = '<path class="f" d="M6 4V32H44"/>';
const PICTURES = {
  "00_start_here": CART,
  "01_action_values": '<path class="f" d="M8 6h32v24H8zM8 18h32M24 6v24"/><path class="a" d="M12 12h6l-3-3m3 3l-3 3"/><path class="b" d="M36 24h-6l3-3m-3 3l3 3"/>',
  "02_network":
    '<path class="f" d="M10 10L24 6 38 13M10 10L24 18 38 13M10 10L24 30 38 25M10 26L24 6 38 25M10 26L24 18 38 25M10 26L24 30 38 13"/><circle cx="10" cy="10" r="3"/><circle cx="10" cy="26" r="3"/><circle class="a" cx="24" cy="6" r="3"/><circle class="a" cx="24" cy="18" r="3"/><circle class="a" cx="24" cy="30" r="3"/><circle class="b" cx="38" cy="13" r="3"/><circle class="b" cx="38" cy="25" r="3"/>',
  "03_tensor_shapes": '<path class="f" d="M18 6h24v16H18z"/><path d="M12 10h24v16H12z"/><path class="a" d="M6 14h24v16H6zM14 14v16M22 14v16M6 22h24"/>',
  "04_choosing_actions": `${AXES}<path class="a" d="M6 6L30 28H44"/>`,
  "05_replay_memory": '<circle class="f" cx="24" cy="18" r="13"/><path class="a" d="M24 5a13 13 0 0 1 12 8"/><path class="b" d="M33 9l3 4 3-4"/><circle cx="24" cy="31" r="2.5"/><circle cx="11" cy="18" r="2.5"/><circle cx="15" cy="27" r="2.5"/>',
  "06_one_update": `${AXES}<path d="M10 8Q24 46 40 8"/><circle class="b" cx="14" cy="17" r="2.5"/><path class="a" d="M17 19l6 7m-4 0h4v-4"/>`,
  "07_full_training": `${AXES}<path class="a" d="M6 30C18 29 20 24 25 16S36 8 44 7"/>`,
  "08_debugging": '<circle class="a" cx="20" cy="15" r="10"/><path d="M27 23l11 10"/><path class="b" d="M16 11l8 8m0-8l-8 8"/>',
  "09_catastrophe": `${AXES}<path class="a" d="M6 28H44"/><path class="b" d="M6 28C26 27 34 20 38 4"/>`,
  "10_carrot_and_stick": '<path class="b" d="M8 30L18 14M18 14q6-2 4 4-3 8-14 12z"/><path class="a" d="M20 12l4-8m-3 8l8-5"/><path d="M32 32L42 6"/>',
  "11_normalisation": `${AXES}<path class="b" d="M8 32Q12 30 15 20T20 20 27 32"/><path class="a" d="M20 32Q29 30 32 12T36 12 44 32"/>`,
  "12_forgetting_and_memory": `${AXES}<path class="a" d="M6 30C14 28 14 10 22 8"/><path class="b" d="M22 8l4 20 6-2"/><path class="a" d="M32 26C36 24 36 12 44 9"/>`,
  "13_sparse_rewards": '<path d="M3 10Q14 44 26 24T44 8"/><path class="b" d="M40 11V2l6 2.5-6 2.5"/><circle class="a" cx="14" cy="26" r="3"/>',
  "14_from_images": '<path class="f" d="M5 4h20v20H5zM12 4v20M18 4v20M5 11h20M5 17h20"/><path class="b" d="M12 11h13v13H12z"/><path class="a" d="M25 11l13 14M25 24l13 8M38 25h7v7h-7z"/>',
  "15_why_so_slow": '<circle cx="24" cy="20" r="13"/><path d="M20 3h8M24 3v4"/><path class="b" d="M24 20V11"/><path class="a" d="M24 20l6 4"/>',
  "16_results": '<path class="f" d="M24 4V32"/><path class="a" d="M10 10h20M10 7v6m20-6v6"/><path class="b" d="M20 19h22M20 16v6m22-6v6"/><path d="M14 28h14M14 25v6m14-6v6"/>',
  "17_on_your_own": '<path class="f" d="M8 4h24l8 8v20H8z"/><path d="M8 4h24l8 8v20H8z"/><path d="M32 4v8h8"/><path class="b" d="M15 20l6 6 12-12"/>',
};

export function icon(ui, name = "") {
  const number = `<text x="24" y="26" text-anchor="middle" font-size="22">${name.slice(0, 2) || "Q"}</text>`;
  const drawn = PICTURES[name] ?? number;
  const svgstr = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 48 36" class="qlib-icon">${drawn}</svg>`;
  return new ui.LabIcon({ name: `qlib-lessons:${name || "lesson"}`, svgstr });
}
