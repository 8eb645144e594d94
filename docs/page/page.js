// What a static page does by itself. It stands first in the body, so that no dark page begins white.
const dark = matchMedia("(prefers-color-scheme: dark)");
function shine(light) {
  for (const node of [document.documentElement, document.body]) node.dataset.jpThemeLight = light;
}
shine(!dark.matches);
dark.addEventListener("change", () => shine(!dark.matches));

// Paper is white, and nothing on it can be opened.
let folded = [];
addEventListener("beforeprint", () => {
  shine(true);
  folded = [...document.querySelectorAll("details:not([open])")];
  for (const one of folded) one.open = true;
});
addEventListener("afterprint", () => {
  shine(!dark.matches);
  for (const one of folded) one.open = false;
});

// What is wider than the page scrolls in its own box, which the keyboard must reach.
function reach() {
  for (const box of document.querySelectorAll("pre, .wide, math[display=block]")) {
    if (box.scrollWidth > box.clientWidth + 1) box.tabIndex = 0;
    else box.removeAttribute("tabindex");
  }
}
async function copy(code) {
  try {
    await navigator.clipboard.writeText(code.textContent);
  } catch {  // a page from disk may have no clipboard
    getSelection().selectAllChildren(code);
    document.execCommand("copy");
  }
}
document.addEventListener("DOMContentLoaded", () => {
  for (const box of document.querySelectorAll("details .highlight")) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "copy";
    button.textContent = "Copy";
    button.addEventListener("click", async () => {
      await copy(box.querySelector("pre"));
      button.textContent = "Copied";
      setTimeout(() => { button.textContent = "Copy"; }, 1500);
    });
    box.append(button);
  }
  reach();
  for (const one of document.querySelectorAll("details")) one.addEventListener("toggle", reach);
});
addEventListener("resize", reach);
