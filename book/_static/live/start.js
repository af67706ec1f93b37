/* Every record of the page gets a button that opens it for editing. All else, the editor, the checker and Python, is
   loaded when a reader asks for it; the checker already when the pointer or the focus comes near. */
import { readCells } from "./cell.js";

const cells = readCells();

for (const cell of cells) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "live-edit";
  button.textContent = cell.kind === "exercise" ? "Answer" : "Edit";
  button.setAttribute("aria-label", `${button.textContent} ${cell.name}`);
  button.setAttribute("aria-expanded", "false");
  button.addEventListener("pointerenter", warm);
  button.addEventListener("focus", warm);
  button.addEventListener("click", () => open(cell));
  cell.element.querySelector("details.source").before(button);
  cell.button = button;
}
if (document.getElementById("bench")) {
  import("./playground.js");
} else {
  openShared();
  addEventListener("hashchange", openShared);
}

async function open(cell, check = false) {
  const { edit } = await import("./editor.js");
  return edit(cell, cells, check);
}

async function warm() {
  if (navigator.connection?.saveData) { return; }
  const { checker } = await import("./checker.js");
  checker.warm();
}

/* A link with a reader's lines: they are put in their places, and those that the link is about are checked. */
async function openShared() {
  if (!location.hash.startsWith("#live=")) { return; }
  const { shared } = await import("./share.js");
  const { notice } = await import("./editor.js");
  try {
    const { open: key, cells: texts } = await shared(location.hash);
    const found = cells.filter((cell) => typeof texts[cell.key] === "string");
    found.forEach((cell) => { cell.text = texts[cell.key]; });
    const chosen = found.find((cell) => cell.key === key);
    if (!chosen) { throw new Error("this page no longer holds what it is about"); }
    for (const cell of found) { await open(cell, cell === chosen); }
    chosen.element.closest("details.solution")?.setAttribute("open", "");
    chosen.element.scrollIntoView({ block: "center" });
  } catch (error) {
    notice(`The link holds lines that cannot be shown here: ${error.message}.`);
  }
}
