// A shell around the lessons in JupyterLab: previous and next, cards in the launcher, a lesson from its beginning, and a
// column for reading (shell.css). The lessons need none of it; elsewhere they are plain notebooks.

import { folds } from "./folds.js";
import { icon } from "./icons.js";
import { reset } from "./reset.js";
import { cards, folderOf, lessonsIn } from "./shelf.js";

const HOMES = ["", "notebooks"]; // where JupyterLab may have been started

export async function plugins(take) {
  const [{ INotebookTracker }, { ILauncher }, apputils, ui, { IStateDB }] = await Promise.all(
    ["notebook", "launcher", "apputils", "ui-components", "statedb"].map((name) => take(`@jupyterlab/${name}`)),
  );
  const link = document.createElement("link");
  Object.assign(link, { rel: "stylesheet", href: new URL("shell.css", import.meta.url).href });
  document.head.append(link);
  const lessons = {
    id: "qlib-lessons:plugin",
    description: "Previous and next, a column for reading, and a lesson from its beginning.",
    autoStart: true,
    requires: [INotebookTracker],
    optional: [apputils.ICommandPalette, IStateDB].filter(Boolean),
    activate: (app, tracker, palette, state) => around(app, tracker, palette, state, apputils, ui),
  };
  const launcher = {
    id: "qlib-lessons:launcher",
    description: "The lessons as cards, with minutes and progress.",
    autoStart: true,
    requires: [ILauncher],
    activate: (app, board) => shelve(app, board, ui),
  };
  return [INotebookTracker && lessons, ILauncher && launcher].filter(Boolean);
}

function around(app, tracker, palette, state, apputils, ui) {
  const { commands, serviceManager } = app;
  const contents = serviceManager.contents;
  const shelves = {}; // the lessons of each folder that was looked into
  let here = { path: "", lessons: [] };
  const step = (by) => here.lessons[here.lessons.indexOf(here.path) + by];
  const isLesson = () => here.lessons.includes(here.path);
  const words = (path) => path.match(/(\d\d_\w+)\.ipynb$/)[1].replaceAll("_", " ");

  for (const [id, by, side, short] of [
    ["qlib-lessons:previous", -1, "Previous lesson", (number) => `‹ ${number}`],
    ["qlib-lessons:next", 1, "Next lesson", (number) => `${number} ›`],
  ]) {
    commands.addCommand(id, {
      label: ({ toolbar }) => (toolbar ? short(isLesson() && step(by) ? words(step(by)).slice(0, 2) : "") : side),
      caption: () => (isLesson() && step(by) ? `${side}: ${words(step(by))}` : side),
      isEnabled: () => isLesson() && Boolean(step(by)),
      isVisible: isLesson,
      execute: () => commands.execute("docmanager:open", { path: step(by) }),
    });
    palette?.addItem({ command: id, category: "Lessons" });
  }
  commands.addCommand("qlib-lessons:reset", {
    label: "Reset This Lesson…",
    isEnabled: isLesson,
    execute: () => reset(contents, tracker.currentWidget, apputils),
  });
  palette?.addItem({ command: "qlib-lessons:reset", category: "Lessons" });

  const stand = (path) => {
    here = { path, lessons: shelves[folderOf(path)] ?? [] };
    if (here.lessons.length && !tracker.currentWidget.hasClass("qlib-lesson")) {
      tracker.currentWidget.addClass("qlib-lesson");
      folds(tracker.currentWidget.content.node);
    }
    ["previous", "next", "reset"].forEach((name) => commands.notifyCommandChanged(`qlib-lessons:${name}`));
  };
  const look = async () => {
    const path = () => tracker.currentWidget?.context.path ?? "";
    stand(path());
    const folder = folderOf(here.path);
    shelves[folder] = await lessonsIn(contents, folder);
    stand(path()); // perhaps another one than before
    if (isLesson() && app.name === "JupyterLab") await openContents(app, state, tracker.currentWidget);
  };
  tracker.currentChanged.connect(look);
  app.restored.then(look);
}

// Open the table of contents beside the first lesson; afterwards the learner's own choice stays.
async function openContents(app, state, panel) {
  await app.restored;
  if (!state || (await state.fetch("qlib-lessons:contents"))) return;
  await state.save("qlib-lessons:contents", true);
  await app.commands.execute("toc:show-panel");
  app.shell.activateById(panel.id);
}

function shelve(app, launcher, ui) {
  const open = "qlib-lessons:open";
  app.commands.addCommand(open, {
    label: ({ label }) => label ?? "Open a Lesson",
    caption: ({ caption }) => caption ?? "",
    icon: ({ name }) => icon(ui, name),
    execute: ({ path }) => app.commands.execute("docmanager:open", { path }),
  });
  let shown = [];
  let drawn = "";
  const draw = async () => {
    const shelves = await Promise.all(HOMES.map((folder) => cards(app.serviceManager.contents, folder)));
    const found = shelves.find((shelf) => shelf.length) ?? [];
    if (JSON.stringify(found) === drawn) return;
    drawn = JSON.stringify(found);
    shown.forEach((item) => item.dispose());
    shown = found.map(({ path, name, number, title, minutes, tasks, made }, rank) => {
      const done = tasks && made === tasks ? " · ✓" : made ? ` · ${made} of ${tasks}` : "";
      const caption = `${number} ${title}: ${minutes} minutes to read, ${made} of ${tasks} questions and exercises done`;
      const args = { path, name, label: `${number} ${title}\n${minutes} min${done}`, caption };
      return launcher.add({ command: open, args, category: "Lessons", categoryRank: -1, rank });
    });
  };
  app.restored.then(draw);
  app.shell.currentChanged?.connect((_, { newValue }) => newValue?.node.querySelector(".jp-Launcher") && draw());
}
