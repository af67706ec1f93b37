// An activation, its slope at z, and what is left of an error that passes that slope once in each layer.
import { choice, controls, dot, key, line, mount, number, plot, size, slider, spoken } from "./stage.js";

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

const PLACES = Array.from({ length: 241 }, (_, k) => k / 20 - 6);

mount("saturation", (stage) => {
  const [chosen, select] = choice("Activation", Object.keys(ACTIVATIONS));
  const [where, input] = slider("Input z", { min: -6, max: 6, step: 0.25, value: 1.5 });
  const [deep, depth] = slider("Layers", { min: 1, max: 20, step: 1, value: 5 });
  const { svg, at, draw } = plot({ from: -6, to: 6, ticks: [-6, -4, -2, 0, 2, 4, 6], label: "input z" },
    { from: -1.2, to: 2.2, ticks: [-1, 0, 1, 2], label: "activation, slope" }, 210);
  const says = spoken();
  const show = () => {
    const name = select.value, z = Number(input.value), layers = Number(depth.value), [f, slope] = ACTIVATIONS[name];
    draw(line([at(z, -2), at(z, 3)], "rule"),
      ...[[f, "path"], [slope, "slope"]].map(([g, kind]) => line(PLACES.map((u) => at(u, g(u))), kind)),
      dot(at(z, f(z)), "dot up", 5), dot(at(z, slope(z)), "dot", 5));
    says.textContent = `At z = ${number(z)} the ${name} is ${number(f(z), 3)} (solid line), its slope `
      + `${number(slope(z), 4)} (dashed). Of an error, ${layers} such layer${layers > 1 ? "s leave" : " leaves"} `
      + `${size(left(name, z, layers))}.`;
  };
  for (const control of [select, input, depth]) control.addEventListener("input", show);
  stage.append(controls(chosen, where, deep), svg, key(["path", "activation"], ["slope", "its slope"]), says);
  show();
});
