// A button that copies the code of a fold, hint or solution. Elsewhere the fold is there without it.

export function folds(node) {
  const dress = () => node.querySelectorAll(".jp-RenderedMarkdown details pre:not(:has(.qlib-copy))").forEach(button);
  dress();
  new MutationObserver(dress).observe(node, { childList: true, subtree: true });
}

function button(pre) {
  const copy = document.createElement("button");
  copy.className = "qlib-copy";
  copy.textContent = "Copy";
  const text = pre.textContent;
  copy.addEventListener("click", async () => {
    const done = await navigator.clipboard.writeText(text).then(() => "Copied", () => "Not allowed here");
    copy.textContent = done;
    setTimeout(() => (copy.textContent = "Copy"), 1500);
  });
  pre.append(copy);
}
