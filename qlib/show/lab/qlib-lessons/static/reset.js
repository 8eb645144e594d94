// Bring a lesson back as it was handed out. `make lab` keeps the originals; what the learner wrote is kept as a copy.

import { folderOf } from "./shelf.js";

export async function reset(contents, panel, { showDialog, showErrorMessage, Dialog }) {
  const { context } = panel;
  const folder = folderOf(context.path);
  const [name] = context.path.split("/").slice(-1);
  const at = (place) => [folder, place].filter(Boolean).join("/");
  const original = await contents.get(at(`originals/${name}`)).catch(() => null);
  if (!original) {
    await showErrorMessage("Reset this lesson", `There is no original of ${name}. Start JupyterLab with "make lab".`);
    return;
  }
  const { button } = await showDialog({
    title: `Reset ${name}?`,
    body: "The lesson comes back as it was handed out, and its kernel restarts. Your own version is kept as a copy in the folder my_agent. What you passed and guessed stays.",
    buttons: [Dialog.cancelButton(), Dialog.warnButton({ label: "Reset" })],
  });
  if (!button.accept) return;
  await context.save(); // what is on the screen is what is kept
  const copy = await keep(contents, context.path, at("my_agent"));
  await contents.save(context.path, { type: "notebook", format: "json", content: original.content });
  await context.revert();
  await context.sessionContext.session?.kernel?.restart();
  return copy;
}

// Copy a file into a folder that may not be there yet.
async function keep(contents, path, folder) {
  await contents.get(folder, { content: false }).catch(() => contents.save(folder, { type: "directory" }));
  return contents.copy(path, folder);
}
