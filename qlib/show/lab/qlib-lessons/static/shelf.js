// What stands in the lessons' folder, read through Jupyter's contents: names, minutes, and what the learner has done.

const NAME = /(?:^|\/)(\d\d)_\w+\.ipynb$/;
const TEXT = { type: "file", format: "text", content: true };
const texts = new Map(); // a lesson's own words do not change while the page is open

export const folderOf = (path) => path.split("/").slice(0, -1).join("/");
const beside = (folder, name) => (folder ? `${folder}/${name}` : name);

// List the paths of the lessons in a folder, in their order; none where lesson 00 is not among them.
export async function lessonsIn(contents, folder) {
  const { content } = await contents.get(folder).catch(() => ({ content: [] }));
  const paths = content.map((file) => file.path).filter((path) => NAME.test(path)).sort();
  return paths.some((path) => path.endsWith("00_start_here.ipynb")) ? paths : [];
}

// Give the title, the minutes and what there is to do of a lesson, from the text that mirrors it.
async function about(contents, path) {
  if (!texts.has(path)) {
    const twin = path.replace(/ipynb$/, "py");
    const { content } = await contents.get(twin, TEXT).catch(() => ({ content: "" }));
    texts.set(path, {
      title: content.match(/^# # \d\d · (.*)$/m)?.[1] ?? path.match(/\d\d_(\w+)/)[1].replaceAll("_", " "),
      minutes: Number(content.match(/^# \| Read \| (\d+) minutes/m)?.[1] ?? 0),
      tasks: (content.match(/^(checks?\.\w+|lesson\.ask\(|# \w+\.(judge|cartpole|acrobot|mountain_car)\()/gm) ?? []).length,
    });
  }
  return texts.get(path);
}

// Read the learner's own file, which qlib/lessons/progress.py writes; a learner who did nothing yet has none.
async function progress(contents, folder) {
  const own = beside(folder, "my_agent");
  try {
    const names = (await contents.get(folder)).content.map((file) => file.name);
    const kept = names.includes("my_agent") ? (await contents.get(own)).content.map((file) => file.name) : [];
    if (!kept.includes("progress.json")) return { passed: {}, guesses: {} };
    const file = await contents.get(`${own}/progress.json`, TEXT);
    return { passed: {}, guesses: {}, ...JSON.parse(file.content) };
  } catch {
    return { passed: {}, guesses: {} };
  }
}

// Give a card's words for each lesson of a folder: its number, title, minutes and progress.
export async function cards(contents, folder) {
  const paths = await lessonsIn(contents, folder);
  const done = paths.length ? await progress(contents, folder) : null;
  return Promise.all(
    paths.map(async (path) => {
      const { title, minutes, tasks } = await about(contents, path);
      const [, name, number] = path.match(/((\d\d)_\w+)\.ipynb$/);
      const passed = Object.keys(done.passed).filter((key) => key.split(".")[0].padStart(2, "0") === number).length;
      const made = Math.min(tasks, passed + Object.keys(done.guesses[name] ?? {}).length);
      return { path, name, number, title, minutes, tasks, made };
    }),
  );
}
