// What every explorable is built from: native controls with labels, a drawing, a table, and a line that is read aloud.

/** An element with its attributes and children. */
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

/** An SVG element; `text` is what it says. */
export function shape(tag, attributes = {}, text = "") {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.textContent = text;
  return made;
}

/** A drawing of width by height units; the words beside it say what it shows, so a screen reader passes over it. */
export const drawing = (width, height) =>
  shape("svg", { viewBox: `0 0 ${width} ${height}`, "aria-hidden": "true", focusable: "false" });

/** A labelled slider: the element to place, and the input. */
export function slider(label, { min, max, step, value }) {
  const input = element("input", { type: "range", min, max, step, value });
  return [element("label", {}, `${label} `, input), input];
}

/** A labelled choice among names. */
export function choice(label, names) {
  const input = element("select", {}, ...names.map((name) => element("option", {}, name)));
  return [element("label", {}, `${label} `, input), input];
}

/** The line that says in words what the drawing shows; changes are read aloud. */
export const spoken = () => element("output", { "aria-live": "polite" });

/** A table of numbers under a caption; `lit(i, j)` says which cells stand out, null is a cell not yet filled. */
export function grid(caption, rows, lit = () => false) {
  return element("table", {}, element("caption", {}, caption), element("tbody", {}, ...rows.map((row, i) =>
    element("tr", {}, ...row.map((value, j) =>
      element("td", lit(i, j) ? { class: "lit" } : {}, value === null ? "·" : number(value)))))));
}

/** A number as print has it, with a true minus. */
export const number = (value, digits) =>
  (digits === undefined ? String(value) : value.toFixed(digits)).replace("-", "−");

/** Fill every stage of that name on the page. */
export function mount(name, fill) {
  for (const stage of document.querySelectorAll(`[data-explorable="${name}"] > .stage`)) fill(stage);
}
