/* The editor of one cell: its LaTeX, a preview while one types, and below the button what the checker says, where the
   book's lines stood. */
import { settingsBefore } from "./cell.js";
import { checker, Stopped } from "./checker.js";
import { linkTo } from "./share.js";
import { preview, typeset } from "./typeset.js";

const REST = 150;      // milliseconds without a key after which the preview follows
const LONG = 20_000;   // letters beyond which a preview would hold up the page
const open = new Map();

/* Opens the editor of a cell, or goes to it; `check` asks the checker at once. */
export function edit(cell, cells, check = false) {
  if (!open.has(cell)) { open.set(cell, new Editor(cell, cells)); }
  const editor = open.get(cell);
  editor.open();
  return check ? editor.check() : null;
}

/* A message about the page as a whole, above it. */
export function notice(words) {
  const place = make("p", { className: "live-notice", role: "alert" }, words);
  document.querySelector(".live-notice")?.remove();
  document.querySelector("article, main, body").prepend(place);
}

export function make(tag, properties = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

/* What does the checking, from the list of what the site carries. */
export function about() {
  const place = make("p", { className: "live-about" });
  fetch(new URL("vendor/manifest.json", import.meta.url)).then((answer) => answer.json()).then(({ versions: v }) => {
    place.textContent = `Checked in this page by nblib ${v.nblib} with SymPy ${v.SymPy}, mpmath ${v.mpmath} and lark ${v.lark}, `
      + `on Python ${v.Python} (Pyodide ${v.Pyodide}); typeset by Temml ${v.Temml}. What you type does not leave your browser.`;
  }, () => {});
  return place;
}

export class Editor {
  /* `permanent` editors, those of the playground, cannot be closed and share nothing on their own. */
  constructor(cell, cells, { permanent = false } = {}) {
    Object.assign(this, { cell, cells, permanent });
    cell.editor = this;
    const id = `live-${cells.indexOf(cell)}-${Math.random().toString(36).slice(2, 8)}`;
    this.output = cell.element.querySelector(".cell_output");
    this.stage = make("div", { className: "live-stage", hidden: true });
    this.field = make("textarea", { id, className: "live-field", spellcheck: false, value: cell.text });
    this.field.setAttribute("autocapitalize", "off");
    this.field.setAttribute("aria-describedby", `${id}-say`);
    this.say = make("p", { id: `${id}-say`, className: "live-say", role: "status" });
    this.bar = make("progress", { className: "live-bar", max: 1, hidden: true });
    this.bar.setAttribute("aria-label", "Loading the checker");
    this.hints = make("ol", { className: "live-hints", hidden: true });
    this.hints.setAttribute("aria-live", "polite");
    this.link = make("input", { className: "live-link", readOnly: true, hidden: true });
    this.link.setAttribute("aria-label", "Link to your lines");
    this.buttons = make("div", { className: "live-buttons" }, ...this.#makeButtons());
    this.panel = make("div", { className: "live-panel", role: "group" },
      make("label", { htmlFor: id }, permanent ? { given: "Setting", derive: "Derivation" }[cell.kind] : "LaTeX"),
      this.field, this.buttons, this.bar, this.say, this.link, this.hints, permanent ? "" : about());
    this.panel.setAttribute("aria-label", `Edit ${cell.name}`);
    if (this.output) { this.output.after(this.stage); } else { cell.element.append(this.stage); }
    this.stage.after(this.panel);
    this.field.addEventListener("input", () => this.#typed());
    this.panel.addEventListener("keydown", (event) => this.#key(event));
    for (const sign of ["focusin", "pointerenter"]) { this.panel.addEventListener(sign, () => checker.warm(), { once: true }); }
    this.#fit();
    this.shown = cell.changed || permanent ? this.#preview() : Promise.resolve();
  }

  open() {
    this.panel.hidden = false;
    this.cell.button?.setAttribute("aria-expanded", "true");
    if (this.field.value !== this.cell.text) { this.write(this.cell.text); }
    this.field.focus({ preventScroll: true });
  }

  close() {
    this.panel.hidden = true;
    this.cell.button?.setAttribute("aria-expanded", "false");
    this.cell.button?.focus();
  }

  /* Asks the checker, and shows what it says. */
  async check() {
    if (this.busy) { return; }
    this.#work(true);
    this.stopping = new AbortController();
    const settings = () => settingsBefore(this.cells, this.cell), sources = () => settings().map((cell) => cell.source);
    const asked = this.cell.text, before = sources(), own = settings().some((cell) => cell.changed);
    const current = () => asked === this.cell.text && String(before) === String(sources());
    const forget = checker.follow(({ share, phase }) => this.#progress(share, current() ? `${phase || "Checking"} …` : ""));
    try {
      const reply = await checker.ask(this.cell.source, before, this.stopping.signal);
      if (current()) { await this.#show(reply, own); }
    } catch (error) {
      this.#tell(error instanceof Stopped ? error.message : `The checker failed: ${error.message}.`, "failed");
    } finally {
      forget();
      this.#work(false);
    }
    if (asked !== this.cell.text) { await this.#preview(); }        // typed on in the meantime
  }

  /* A setting above has changed, so that what is shown no longer follows from what stands there. */
  outdate() {
    if (this.stage.dataset.state === "checked") { this.stage.dataset.state = "outdated"; }
    if (this.busy || this.stage.dataset.state === "outdated") { this.#tell("A setting above has changed. Check again.", "open"); }
  }

  /* Replaces what stands in the field, as if it had been typed. */
  write(text) {
    this.field.value = text;
    this.#typed();
  }

  reset() {
    this.#replace(this.cell.book);
    clearTimeout(this.pause);
    this.#stageState("book");
    this.#tell("The lines of the book are back.");
    if (location.hash.startsWith("#live=")) { history.replaceState(null, "", location.href.split("#")[0]); }
    if (this.permanent) { this.#preview(); }
  }

  async share() {
    const kept = this.cells.filter((cell) => cell.changed || cell === this.cell);
    const held = { open: this.cell.key, cells: Object.fromEntries(kept.map((cell) => [cell.key, cell.text])) };
    try {
      this.link.value = await linkTo(held);
    } catch (error) {
      this.#tell(`There is no link: ${error.message}.`, "failed");
      return;
    }
    this.link.hidden = false;
    this.link.select();
    const copied = await navigator.clipboard?.writeText(this.link.value).then(() => true, () => false);
    this.#tell(copied ? "The link is copied. It holds your lines." : "This link holds your lines.");
  }

  #makeButtons() {
    const button = (words, act, name = "") => {
      const made = make("button", { type: "button", className: `live-button ${name}` }, words);
      made.addEventListener("click", act);
      return made;
    };
    this.checkButton = button("Check", () => (this.busy ? this.stopping.abort(new Stopped("Stopped.")) : this.check()), "live-check");
    this.checkButton.title = "Ctrl + Enter";
    const made = [this.checkButton];
    if (this.cell.hints.length) {
      this.hintButton = button(this.#hintWords(0), () => this.#hint());
      made.push(this.hintButton);
    }
    made.push(button("Reset", () => this.reset()));
    if (!this.permanent) { made.push(button("Share", () => this.share()), button("Close", () => this.close())); }
    return made;
  }

  #hintWords(shown) {
    return shown < this.cell.hints.length ? `Hint ${shown + 1} of ${this.cell.hints.length}` : "No more hints";
  }

  #hint() {
    const shown = this.hints.children.length;
    if (shown === this.cell.hints.length) { return; }
    this.hints.hidden = false;
    this.hints.append(make("li", {}, this.cell.hints[shown]));
    this.hintButton.textContent = this.#hintWords(shown + 1);
  }

  #key(event) {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      this.check();
    } else if (event.key === "Escape" && !this.permanent) {
      this.close();
    }
  }

  /* As if the reader had typed it over all that is there; undo brings that back. */
  #replace(text) {
    const focused = document.activeElement;
    this.field.focus({ preventScroll: true });
    this.field.select();
    if (!document.execCommand("insertText", false, text)) { this.write(text); }
    focused.focus({ preventScroll: true });
  }

  #typed() {
    const changed = this.cell.text !== this.field.value;
    this.cell.text = this.field.value;
    this.#fit();
    this.#tell("");
    this.link.hidden = true;
    if (changed && this.cell.kind === "given") {
      this.cells.slice(this.cells.indexOf(this.cell) + 1).forEach(({ editor }) => editor?.outdate());
    }
    clearTimeout(this.pause);
    this.pause = setTimeout(() => this.#preview(), REST);
  }

  #fit() {
    this.field.rows = Math.min(16, Math.max(2, this.field.value.split("\n").length));
  }

  async #preview() {
    if (!this.cell.changed && this.output) { this.#stageState("book"); return; }
    const text = this.cell.text;
    const long = text.length > LONG, formula = long ? "" : await preview(this.cell.kind, text);
    if (text !== this.cell.text || this.busy) { return; }
    this.stage.replaceChildren(
      make("p", { className: "live-caption" }, long ? "Too long for a preview, not checked" : "Preview, not checked"),
      make("div", { className: "live-formula" }, formula));
    this.#stageState("preview");
  }

  async #show(reply, ownSetting) {
    clearTimeout(this.pause);
    const shown = make("div");
    shown.innerHTML = reply.html;            // made by nblib.page, which escapes what was typed
    await typeset(shown);
    const whose = this.permanent || !this.cell.changed ? "" : "Your lines. ";
    this.stage.replaceChildren(...shown.children);
    this.#stageState("checked");
    this.#tell(whose + reply.say + (ownSetting ? " Checked with your setting." : ""), reply.status);
  }

  /* "book": the book's lines are shown; "preview" and "checked": the reader's stand in their place, under their name. */
  #stageState(state) {
    this.stage.dataset.state = state;
    this.stage.hidden = state === "book";
    this.stage.dispatchEvent(new Event("toggle"));      // what is wide now takes the focus: see book.js
    if (!this.output) { return; }
    this.output.hidden = state !== "book";
    const derivation = this.output.querySelector(".derivation");
    this.anchor ??= derivation?.id;
    if (this.anchor) {                                  // a citation leads to what is shown
      const [from, to] = state === "book" ? [this.stage, derivation] : [derivation, this.stage];
      from.removeAttribute("id");
      to.id = this.anchor;
    }
  }

  #progress(share, words) {
    this.bar.hidden = !this.busy || share >= 1;
    if (share > 0) { this.bar.value = share; } else { this.bar.removeAttribute("value"); }
    if (words) { this.#tell(words); }
  }

  #work(busy) {
    this.busy = busy;
    this.checkButton.textContent = busy ? "Stop" : "Check";
    this.panel.toggleAttribute("aria-busy", busy);
    if (!busy) { this.bar.hidden = true; }
  }

  #tell(words, status = "") {
    if (this.say.textContent !== words) { this.say.textContent = words; }
    this.say.dataset.status = status;
  }
}
