// An activation, its slope at z, and what is left of an error that passes that slope once in each layer.
import { choice, drawing, mount, number, shape, slider, spoken } from "./stage.js";

const sigmoid = (z) => 1 / (1 + Math.exp(-z));

/** name: the function and its slope. */
export const ACTIVATIONS = {
  "sigmoid": [sigmoid, (z) => sigmoid(z) * (1 - sigmoid(z))],
  "tanh": [Math.tanh, (z) => 1 - Math.tanh(z) ** 2],
  "ReLU": [(z) => Math.max(z, 0), (z) => (z > 0 ? 1 : 0)],
  "ELU": [(z) => (z > 0 ? z : Math.expm1(z)), (z) => (z > 0 ? 1 : Math.exp(z))],
};

/** What a chain of `layers` equal slopes multiplies an error by. */
export const left = (name, z, layers) => ACTIVATIONS[name][1](z) ** layers;

mount("saturation", (stage) => {
  const [chosen, select] = choice("Activation", Object.keys(ACTIVATIONS));
  const [where, input] = slider("Input z", { min: -6, max: 6, step: 0.25, value: 1.5 });
  const [deep, depth] = slider("Layers", { min: 1, max: 20, step: 1, value: 5 });
  const svg = drawing(480, 220), says = spoken();
  const place = (z, y) => [240 + 38 * z, 150 - 60 * y];
  const curve = (f, kind) => shape("polyline", { class: kind,
    points: Array.from({ length: 241 }, (_, k) => place(k / 20 - 6, f(k / 20 - 6)).join()).join(" ") });
  const draw = () => {
    const name = select.value, z = Number(input.value), layers = Number(depth.value);
    const [f, slope] = ACTIVATIONS[name], [x] = place(z, 0);
    svg.replaceChildren(shape("line", { x1: 12, x2: 468, y1: 150, y2: 150, class: "ring" }),
      shape("line", { x1: x, x2: x, y1: 6, y2: 214, class: "ring" }), curve(f, "path"), curve(slope, "slope"),
      ...[f, slope].map((g) => shape("circle", { cx: x, cy: place(z, g(z))[1], r: 5, class: "dot" })));
    says.textContent = `At z = ${number(z)} the ${name} is ${number(f(z), 3)} (solid line), its slope `
      + `${number(slope(z), 4)} (dashed). Of an error, ${layers} such layer${layers > 1 ? "s leave" : " leaves"} `
      + `${number(Number(left(name, z, layers).toPrecision(3)))}.`;
  };
  for (const control of [select, input, depth]) control.addEventListener("input", draw);
  stage.append(chosen, where, deep, svg, says);
  draw();
});
