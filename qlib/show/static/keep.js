// JupyterLab finds a panel again, after a reload or a restart, only in a notebook that was saved with it.

let waiting = 0;

// Presses the notebook's own save button, where there is one, when the last change is a moment ago: two saves at once are
// two versions to JupyterLab, and it asks which one to keep.
export function saveNotebook(el) {
  clearTimeout(waiting);
  const save = el.closest(".jp-NotebookPanel")?.querySelector('[data-command="docmanager:save"]');
  if (save) waiting = setTimeout(() => el.isConnected && save.click(), 1_000);
}
