// Transposed convolution as scattering: each input sets down a copy of the kernel, times itself; copies that overlap add.
// Read as the gradient of a convolution, the inputs are the errors that arrive at its outputs, and nothing else changes.
import { added, choice, controls, element, grid, mount, number, spoken, stepper } from "./stage.js";

/** The chapter's running example. */
export const INPUT = [[2, 1], [4, 4]], KERNEL = [[1, 4, 1], [1, 4, 3], [3, 3, 1]];

const sum = (terms) => terms.reduce((all, term) => all + term, 0);

/** The input's entries in reading order, as pairs of row and column. */
export const places = (Y) => Y.flatMap((row, i) => row.map((_, j) => [i, j]));

/**
 * After the first `steps` entries: what each place of the full result has been given, a list of terms for each. Padding
 * is not yet taken off.
 */
export function scatter(Y, K, stride, steps) {
  const long = (entries, kernel) => (entries - 1) * stride + kernel;
  const terms = Array.from({ length: long(Y.length, K.length) }, () =>
    Array.from({ length: long(Y[0].length, K[0].length) }, () => []));
  for (const [i, j] of places(Y).slice(0, steps)) {
    K.forEach((row, u) => row.forEach((w, v) => terms[stride * i + u][stride * j + v].push(Y[i][j] * w)));
  }
  return terms;
}

/** The result: the sums of all terms, less `padding` rows and columns on every side. */
export function transposed(Y, K, stride, padding) {
  const inner = (list) => list.slice(padding, list.length - padding);
  return inner(scatter(Y, K, stride, Infinity)).map((row) =>
    inner(row).map(sum));
}

const READINGS = {
  "transposed convolution": ["input Y", "result Z"],
  "gradient of a convolution": ["errors Y", "gradient by X"],
};

mount("transposed-convolution", (stage) => {
  const [reads, reading] = choice("Read as", Object.keys(READINGS));
  const [far, stride] = choice("Stride", [1, 2, 3]), [around, padding] = choice("Padding", [0, 1]);
  const tables = element("div", { class: "tables roomy" }), says = spoken(), all = places(INPUT);
  const [steps, to] = stepper(all.length, (step) => {
    const [i, j] = all[step - 1], y = INPUT[i][j], s = Number(stride.value), p = Number(padding.value);
    const terms = scatter(INPUT, KERNEL, s, step), last = terms.length - 1, gradient = reading.selectedIndex === 1;
    const cut = (a, b) => Math.min(a, b, last - a, last - b) < p;
    const window = (a, b) => a >= s * i && a < s * i + KERNEL.length && b >= s * j && b < s * j + KERNEL[0].length;
    const [from, into] = READINGS[reading.value];
    tables.replaceChildren(
      grid(from, INPUT, (a, b) => (a === i && b === j ? "lit" : "")),
      grid(`copy ${number(y)} · K`, KERNEL.map((row) => row.map((w) => y * w)), () => "lit"),
      grid(into, terms.map((row) => row.map((list) => (list.length ? list : null))),
        (a, b) => `${window(a, b) ? "lit" : ""} ${cut(a, b) ? "cut" : ""}`.trim()));
    const met = places(terms).filter(([a, b]) => window(a, b) && terms[a][b].length > 1);
    const what = gradient ? "returns through the weights to the nine places that its window has read"
      : "sets down a copy of the kernel, times itself, on the lit places";
    const overlap = met.slice(0, 1).map(([a, b]) => `${met.length} of them held something already: at (${a}, ${b}), `
      + `${added(terms[a][b].map((term) => number(term)))} = ${number(sum(terms[a][b]))}.`);
    const frame = p ? [`Of the ${last + 1} × ${last + 1} places padding takes off the struck ones; `
      + `${last + 1 - 2 * p} × ${last + 1 - 2 * p} remain.`] : [];
    says.textContent = [`Step ${step} of ${all.length}: ${gradient ? "the error" : "the entry"} ${number(y)} at (${i}, ${j}) `
      + `${what}.`, ...overlap, ...frame].join(" ");
  });
  for (const control of [reading, stride, padding]) control.addEventListener("input", () => to());
  stage.append(controls(reads, far, around, steps), tables, says);
  to(1);
});
