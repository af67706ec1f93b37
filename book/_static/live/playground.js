/* The bench of the playground page: a setting, then derivations, each checked on its own; the examples below it to start
   from; everything as one link, or as a notebook. */
import { Cell } from "./cell.js";
import { Editor, about, make, notice } from "./editor.js";
import { linkTo, shared } from "./share.js";

const NEW = "%%derive\nx &= x";
const MAGIC = /^%%(given( also)?|(derive|refute|exercise)( [\w-]+)?)[ \t]*(\n|$)/;      // of a link: no other word of its first line
const bench = make("div", { className: "live-bench" });
const place = make("div", { className: "live-cells" });
const say = make("p", { className: "live-say", role: "status" });
const link = make("input", { className: "live-link", readOnly: true, hidden: true });
link.setAttribute("aria-label", "Link to this bench");
let cells = [], editors = [];

bench.append(place, make("div", { className: "live-tools" }, button("Check all", checkAll, "live-check"),
  button("Add a derivation", () => add(NEW).field.focus()), button("Add a setting", () => add("%%given also\nc \\in \\mathbb{R}").field.focus()),
  button("Share", share), button("Export as a notebook", save)), say, link, about());

for (const example of document.querySelectorAll(".live-example")) {
  const title = example.getAttribute("aria-label");
  const opener = button("Open in the playground", () => { fill(sources(example)); bench.scrollIntoView(); editors[0].field.focus({ preventScroll: true }); });
  opener.className = "live-edit";
  opener.setAttribute("aria-label", `Open in the playground: ${title}`);
  example.querySelector("details.source").before(opener);
}
addEventListener("hashchange", openShared);
await openShared();
await Promise.allSettled(editors.map((editor) => editor.shown));      // all at once, so that nothing jumps
document.getElementById("bench").replaceChildren(bench);
bench.dispatchEvent(new Event("toggle"));      // what is wide takes the focus: see book.js

function button(words, act, name = "") {
  const made = make("button", { type: "button", className: `live-button ${name}` }, words);
  made.addEventListener("click", act);
  return made;
}

function sources(example) {
  return example.querySelector(".example-source").textContent.split(/\n(?=%%)/);
}

/* Puts these cells on the bench, in place of what was there. */
function fill(texts) {
  place.replaceChildren();
  cells.length = editors.length = 0;
  texts.forEach(add);
}

function add(source) {
  const cell = new Cell(source, make("div", { className: "cell record" }));
  cells.push(cell);
  place.append(cell.element);
  const editor = new Editor(cell, cells, { permanent: true });
  editors.push(editor);
  editor.buttons.append(button("Remove", () => remove(editor)));
  return editor;
}

function remove(editor) {
  const at = editors.indexOf(editor);
  cells.splice(at, 1);
  editors.splice(at, 1);
  editor.cell.element.remove();
  (editors[at] ?? editors[at - 1])?.field.focus();
}

async function checkAll() {
  for (const editor of [...editors]) { await editor.check(); }
}

async function share() {
  try {
    link.value = await linkTo({ bench: cells.map((cell) => cell.source) });
  } catch (error) {
    say.textContent = `There is no link: ${error.message}.`;
    return;
  }
  link.hidden = false;
  link.select();
  const copied = await navigator.clipboard?.writeText(link.value).then(() => true, () => false);
  say.textContent = copied ? "The link is copied. It holds all cells." : "This link holds all cells.";
}

async function openShared() {
  try {
    const found = await shared(location.hash);
    if (!found) { fill(sources(document.querySelector(".live-example"))); return; }
    const { bench: texts } = found;
    if (!Array.isArray(texts) || !texts.length || !texts.every((text) => typeof text === "string" && MAGIC.test(text))) {
      throw new Error("it is not a playground's");
    }
    fill(texts);
    checkAll();
  } catch (error) {
    notice(`The link holds lines that cannot be shown here: ${error.message}.`);
    if (!cells.length) { fill(sources(document.querySelector(".live-example"))); }
  }
}

/* A notebook that runs wherever nblib is installed, and installs it where it is not. */
function notebook() {
  const setup = ["import importlib.util", "", "if importlib.util.find_spec(\"nblib\") is None:",
    "    %pip install --quiet git+https://github.com/executable-derivations/book", "%load_ext nblib"].join("\n");
  const code = (source, k) => ({ cell_type: "code", execution_count: null, id: `cell-${k}`, metadata: {}, outputs: [], source });
  return {
    cells: [{ cell_type: "markdown", id: "title", metadata: {}, source: "# Derivation" }, ...[setup, ...cells.map((cell) => cell.source)].map(code)],
    metadata: { kernelspec: { display_name: "Python 3 (ipykernel)", language: "python", name: "python3" }, language_info: { name: "python" } },
    nbformat: 4,
    nbformat_minor: 5,
  };
}

function save() {
  const address = URL.createObjectURL(new Blob([JSON.stringify(notebook(), null, 1) + "\n"], { type: "application/x-ipynb+json" }));
  make("a", { href: address, download: "derivation.ipynb" }).click();
  setTimeout(() => URL.revokeObjectURL(address), 1000);
  say.textContent = "Saved as derivation.ipynb.";
}
