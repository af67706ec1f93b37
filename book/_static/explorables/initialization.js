// Signals up and gradients down through many layers, for a variance v of the weights: the law of one layer, repeated,
// beside one network that is drawn at random. Every layer has n units, so that only the product n v matters.
import { choice, controls, dot, element, key, line, mount, number, plot, size, slider, spoken, ten } from "./stage.js";

export const UNITS = 64, EXAMPLES = 8, DEEPEST = 30;

/** name: the function, its slope, and what it leaves of a symmetric mean square; tanh leaves less than that. */
export const ACTIVATIONS = {
  "linear": [(z) => z, () => 1, 1],
  "ReLU": [(z) => Math.max(z, 0), (z) => (z > 0 ? 1 : 0), 1 / 2],
  "tanh": [(z) => Math.tanh(z), (z) => 1 - Math.tanh(z) ** 2, 1],
};

/** What one layer multiplies the root mean square by, of signals and of gradients alike; an upper limit for tanh. */
export const factor = (name, nv) => Math.sqrt(nv * ACTIVATIONS[name][2]);

/** The law: root mean squares of the signal after 0 to `layers` layers, and of the gradient by the units of each. */
export const law = (name, nv, layers) => ({
  up: Array.from({ length: layers + 1 }, (_, k) => factor(name, nv) ** k),
  down: Array.from({ length: layers }, (_, k) => factor(name, nv) ** (layers - 1 - k)),
});

/** Uniform numbers between 0 and 1, the same for the same seed: x ← 48271 x modulo the prime 2³¹ − 1. */
export function uniform(seed) {
  let state = seed;
  return () => { state = (48271 * state) % 2147483647; return state / 2147483647; };
}

/** Standard normal numbers: a point with normal coordinates has a uniform angle and an exponential squared radius. */
export function normal(seed) {
  const random = uniform(seed), ready = [];
  return () => {
    if (!ready.length) {
      const radius = Math.sqrt(-2 * Math.log(random())), angle = 2 * Math.PI * random();
      ready.push(radius * Math.sin(angle), radius * Math.cos(angle));
    }
    return ready.pop();
  };
}

/** A network of `layers` layers of n units, its weights of variance 1, with `examples` inputs and gradients at its top. */
export function network(draw, layers, n, examples) {
  const matrix = (rows) => Array.from({ length: rows }, () => Float64Array.from({ length: n }, draw));
  return { X: matrix(examples), G: matrix(examples), weights: Array.from({ length: layers }, () => matrix(n)) };
}

/** Root mean squares, as of `law`, in the first `layers` layers of one network. Examples and gradients stand in rows. */
export function measure(name, nv, { X, G, weights }, layers) {
  const [f, slope] = ACTIVATIONS[name], n = X[0].length, scale = Math.sqrt(nv / n), up = [X], Zs = [];
  for (const W of weights.slice(0, layers)) {
    Zs.push(up.at(-1).map((a) => Float64Array.from(W, (row) => scale * row.reduce((sum, w, j) => sum + w * a[j], 0))));
    up.push(Zs.at(-1).map((z) => z.map(f)));
  }
  const down = [G];
  for (let k = layers - 1; k > 0; k--) {
    down.unshift(down[0].map((g, i) => {
      const back = new Float64Array(n);
      weights[k].forEach((row, r) => row.forEach((w, j) => { back[j] += scale * w * g[r]; }));
      return back.map((value, j) => value * slope(Zs[k - 1][i][j]));
    }));
  }
  return { up: up.map(rms), down: down.map(rms) };
}

const rms = (rows) => Math.sqrt(rows.flatMap((row) => [...row]).reduce((sum, x) => sum + x * x, 0)
  / (rows.length * rows[0].length));

/** What became of a number that was 1. */
export const fate = (value) => (value < 0.1 ? "vanishes" : value > 10 ? "explodes" : "is kept");

/** A product n v, with its name where it has one. */
export function named(nv) {
  const value = Number(nv.toPrecision(3));
  return number(value) + ({ 1: ", Xavier", 2: ", He" }[value] ?? "");
}

mount("initialization", (stage) => {
  const [chosen, select] = choice("Activation", ["ReLU", "tanh", "linear"]);
  const [wide, input] = slider("Weights, n v", { min: -2, max: 2, step: 0.1, value: 0, read: (power) => named(2 ** power),
    marks: [[-2, "¼"], [-1, "½"], [0, "1 Xavier"], [1, "2 He"], [2, "4"]] });
  const [deep, depth] = slider("Layers", { min: 2, max: DEEPEST, step: 1, value: 20 });
  const again = element("button", { type: "button" }, "Draw again");
  const { svg, at, draw } = plot({ from: 0, to: DEEPEST, ticks: [0, 5, 10, 15, 20, 25, 30], label: "layer" },
    { from: -9.3, to: 9.3, ticks: [-8, -4, 0, 4, 8], label: "root mean square", name: ten }, 240);
  const says = spoken(), random = normal(2010);
  let drawn = network(random, DEEPEST, UNITS, EXAMPLES);
  const show = () => {
    const name = select.value, nv = 2 ** Number(input.value), layers = Number(depth.value);
    const rule = law(name, nv, layers), found = measure(name, nv, drawn, layers);
    const places = { up: (value, k) => at(k, Math.log10(value)), down: (value, k) => at(k + 1, Math.log10(value)) };
    draw(line([at(layers, -12), at(layers, 12)], "rule"),
      line(rule.up.map(places.up), "path"), line(rule.down.map(places.down), "slope"),
      ...found.up.map((value, k) => dot(places.up(value, k), "dot up", 3.5)),
      ...found.down.map((value, k) => dot(places.down(value, k), "dot hollow", 3.5)));
    const top = found.up.at(-1), bottom = found.down[0], less = name === "tanh" ? ", less what tanh takes" : "";
    says.textContent = `n v = ${named(nv)}. By the law a ${name} layer multiplies root mean squares by ${number(factor(name, nv), 2)}${less}. `
      + `Signal at layer ${layers}: law ${size(rule.up.at(-1))}, this network ${size(top)}; it ${fate(top)}. `
      + `Gradient at layer 1: law ${size(rule.down[0])}, this network ${size(bottom)}; it ${fate(bottom)}.`;
  };
  again.addEventListener("click", () => { drawn = network(random, DEEPEST, UNITS, EXAMPLES); show(); });
  for (const control of [select, input, depth]) control.addEventListener("input", show);
  const strokes = key(["path", "signal, by law"], ["slope", "gradient, by law"], ["dot up", "signal, drawn"],
    ["dot hollow", "gradient, drawn"]);
  stage.append(controls(chosen, deep, wide, again), svg, strokes, says);
  show();
});
