// JupyterLab finds a panel again, after a reload or a restart, only in a notebook that was saved with it.

// Presses the notebook's own save button, where there is one, once the panel's latest state has arrived in it.
export function saveNotebook(el) {
  const save = el.closest(".jp-NotebookPanel")?.querySelector('[data-command="docmanager:save"]');
  if (save) setTimeout(() => el.isConnected && save.click(), 500);
}
