// What every explorable is built from: native controls with labels, a plot, tables, and a line that is read aloud.

/** An element with its attributes and children. */
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

/** An SVG element with its attributes and children. */
export function shape(tag, attributes = {}, ...children) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

/** A number as print has it, with a true minus. */
export const number = (value, digits) =>
  (digits === undefined ? String(value) : value.toFixed(digits)).replace("-", "−");

/** A sum of terms that are words already. */
export const added = (terms) => terms.join(" + ").replaceAll("+ −", "− ");

/** A positive number in two digits; far from one, times a power of ten. */
export function size(value) {
  if (value === 0 || (value >= 1e-3 && value < 1e4)) return number(Number(value.toPrecision(2)));
  const [digits, power] = value.toExponential(1).split("e");
  return `${digits} · ${ten(Number(power))}`;
}

/** A power of ten. */
export const ten = (power) => `10${[...String(power)].map((sign) => "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"["-0123456789".indexOf(sign)]).join("")}`;

/**
 * A labelled slider: the element to place, and the input. `read` says a value in words, beside the slider and to a screen
 * reader; `marks` are pairs of a value and its name, written below the track.
 */
export function slider(label, { min, max, step, value, read = number, marks = [] }) {
  const input = element("input", { type: "range", min, max, step, value });
  const reading = element("span", { class: "reading", "aria-hidden": "true" });
  const names = marks.map(([at, name]) =>
    element("span", { style: `--at: ${(at - min) / (max - min)}` }, name));
  const say = () => {
    reading.textContent = read(Number(input.value));
    input.setAttribute("aria-valuetext", reading.textContent);
  };
  input.addEventListener("input", say);
  say();
  const track = element("span", { class: "track" }, input,
    ...(names.length ? [element("span", { class: "marks", "aria-hidden": "true" }, ...names)] : []));
  return [element("label", { class: "slider" }, element("span", {}, `${label} `), track, reading), input];
}

/** A labelled choice among names. */
export function choice(label, names) {
  const input = element("select", {}, ...names.map((name) => element("option", {}, name)));
  return [element("label", {}, `${label} `, input), input];
}

/** Two buttons that go through the steps 1 to `last`: the element to place, and `to(step)`, which draws anew. */
export function stepper(last, draw) {
  const back = element("button", { type: "button" }, "Step back"), next = element("button", { type: "button" }, "Step");
  const count = element("span", { class: "reading", "aria-hidden": "true" });
  let at = 1;
  const to = (step = at) => {
    at = Math.min(last, Math.max(1, step));
    count.textContent = `${at} of ${last}`;
    back.setAttribute("aria-disabled", at === 1);          // not `disabled`: that would throw the focus away
    next.setAttribute("aria-disabled", at === last);
    draw(at);
  };
  back.addEventListener("click", () => to(at - 1));
  next.addEventListener("click", () => to(at + 1));
  return [element("span", { class: "stepper" }, back, next, count), to];
}

/** The row of controls. */
export const controls = (...parts) => element("div", { class: "controls" }, ...parts);

/** The line that says in words what the picture shows; changes are read aloud. */
export const spoken = () => element("output", { "aria-live": "polite" });

/** What the strokes and dots of a plot mean: pairs of a class and its words. */
export const key = (...entries) => element("p", { class: "key" }, ...entries.map(([kind, words]) => {
  const stroke = kind.startsWith("dot") ? shape("circle", { cx: 14, cy: 6, r: 4, class: kind })
    : shape("line", { x1: 0, x2: 28, y1: 6, y2: 6, class: kind });
  return element("span", {}, shape("svg", { viewBox: "0 0 28 12", width: 28, height: 12, "aria-hidden": "true" }, stroke),
    ` ${words}`);
}));

/**
 * A plot with axes: its drawing; `at(u, v)`, where a point lies in it; `draw(...shapes)`, which replaces what it shows.
 * An axis is { from, to, ticks, label, name }, where `name` says a tick; without `high`, the height of the frame, both
 * have one scale. On a phone the drawing is narrower. The words beside a plot say what it shows, so a screen reader
 * passes over it.
 */
export function plot(x, y, high) {
  const width = matchMedia("(max-width: 600px)").matches ? 340 : 480, margin = 6, left = 46, right = width - 14, top = 30;
  const bottom = top + (high ?? (right - left) * (y.to - y.from) / (x.to - x.from)), height = bottom + 46;
  const at = (u, v) => [left + (right - left) * (u - x.from) / (x.to - x.from),
    bottom - (bottom - top) * (v - y.from) / (y.to - y.from)];
  const frame = { x: left - margin, y: top - margin, width: right - left + 2 * margin, height: bottom - top + 2 * margin };
  const inside = shape("svg", { ...frame, viewBox: Object.values(frame).join(" ") });     // cuts off what leaves it
  const tick = ({ name = number }, value) => name(value);
  const svg = shape("svg", { viewBox: `0 0 ${width} ${height}`, "aria-hidden": "true", focusable: "false" },
    ...y.ticks.flatMap((value) => [
      shape("line", { x1: left, x2: right, y1: at(0, value)[1], y2: at(0, value)[1], class: "rule" }),
      shape("text", { x: left - 8, y: at(0, value)[1] + 5, "text-anchor": "end" }, tick(y, value))]),
    ...x.ticks.flatMap((value) => [
      shape("line", { x1: at(value, 0)[0], x2: at(value, 0)[0], y1: bottom, y2: bottom + 5, class: "rule" }),
      shape("text", { x: at(value, 0)[0], y: bottom + 21, "text-anchor": "middle" }, tick(x, value))]),
    shape("text", { x: 2, y: 16, class: "axis" }, y.label),
    shape("text", { x: right, y: height - 6, "text-anchor": "end", class: "axis" }, x.label), inside);
  return { svg, at, draw: (...shapes) => inside.replaceChildren(...shapes) };
}

/** A line through points of a drawing. */
export const line = (points, kind) => shape("polyline", { points: points.map(String).join(" "), class: kind });

/** A point of a drawing. */
export const dot = ([cx, cy], kind = "dot", r = 4) => shape("circle", { cx, cy, r, class: kind });

/**
 * A table under a caption, its rows and columns counted from 0. A value is a number, null where none is yet, or a list
 * of terms whose sum it is; `mark(i, j)` gives a cell its class.
 */
export function grid(caption, rows, mark = () => "") {
  const head = element("tr", {}, element("td", {}), ...rows[0].map((_, j) => element("th", { scope: "col" }, String(j))));
  return element("table", {}, element("caption", {}, caption), element("thead", {}, head),
    element("tbody", {}, ...rows.map((row, i) => element("tr", {}, element("th", { scope: "row" }, String(i)),
      ...row.map((value, j) => element("td", { class: mark(i, j) }, ...said(value)))))));
}

/** What stands in a cell. */
function said(value) {
  if (value === null) return ["·"];
  if (!Array.isArray(value)) return [number(value)];
  const sum = number(value.reduce((all, term) => all + term, 0));
  return value.length > 1 ? [sum, element("small", {}, value.map((term) => number(term)).join("+").replaceAll("+−", "−"))] : [sum];
}

/** Fill every stage of that name on the page. */
export function mount(name, fill) {
  for (const stage of document.querySelectorAll(`[data-explorable="${name}"] > .stage`)) fill(stage);
}
