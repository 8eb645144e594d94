// The door through which JupyterLab finds the shell. It is written by hand: what the shell takes from JupyterLab comes
// from the scope that all extensions share, so nothing has to be built. If anything fails here, Lab goes on without it.
(() => {
  let shared = {};

  // Give a package of this JupyterLab, or nothing where an application (Notebook 7) does not have it.
  const take = async (name) => {
    const [version] = Object.values(shared[name] ?? {});
    return version ? (await version.get())() : {};
  };

  window._JUPYTERLAB = window._JUPYTERLAB ?? {};
  window._JUPYTERLAB["qlib-lessons"] = {
    init: (scope) => {
      shared = scope;
    },
    get: async () => {
      const { plugins } = await import("./shell.js");
      const made = await plugins(take);
      return () => ({ __esModule: true, default: made });
    },
  };
})();
