// Gradient descent on the quadratic (μu² + Lv²)/2: the path, its two factors, and where it leaves for good.
import { controls, dot, key, line, mount, number, plot, shape, slider, spoken } from "./stage.js";

export const CURVATURES = [1, 4], START = [2.6, 1.1];

/** What one step of length alpha multiplies the error by, along a direction of that curvature. */
export const factor = (alpha, curvature) => 1 - alpha * curvature;

/** The start and the points after each of `steps` steps. */
export function path(alpha, curvatures, start, steps) {
  const points = [start];
  for (let k = 0; k < steps; k++) points.push(points[k].map((w, i) => w - alpha * curvatures[i] * w));
  return points;
}

/** The sentence for a step length. */
export function verdict(alpha, curvatures) {
  const factors = curvatures.map((curvature) => factor(alpha, curvature));
  const worst = Math.max(...factors.map(Math.abs));
  const end = worst > 1 + 1e-9 ? "it diverges" : worst > 1 - 1e-9 ? "it never settles" : "it converges";
  return `α = ${number(alpha, 2)}. Each step multiplies the error by ${number(factors[0], 2)} along the valley and by `
    + `${number(factors[1], 2)} across it: ${end}.`;
}

mount("learning-rate", (stage) => {
  const [label, input] = slider("Learning rate α", { min: 0.02, max: 0.56, step: 0.02, value: 0.1,
    read: (alpha) => number(alpha, 2), marks: [[0.4, "fastest"], [0.5, "limit"]] });
  const { svg, at, draw } = plot({ from: -3.2, to: 3.2, ticks: [-3, -2, -1, 0, 1, 2, 3], label: "along the valley" },
    { from: -1.5, to: 1.5, ticks: [-1, 0, 1], label: "across the valley" });
  const says = spoken(), [cx, cy] = at(0, 0);
  const rings = [0.25, 1, 2.25, 4, 6.25].map((height) => {
    const [rx, ry] = CURVATURES.map((curvature) => Math.sqrt(2 * height / curvature));
    return shape("ellipse", { cx, cy, rx: at(rx, 0)[0] - cx, ry: cy - at(0, ry)[1], class: "ring" });
  });
  const show = () => {
    const alpha = Number(input.value), points = path(alpha, CURVATURES, START, 20).map(([u, v]) => at(u, v));
    draw(...rings, line(points, "path"), ...points.map((point) => dot(point)), dot([cx, cy], "goal"));
    says.textContent = verdict(alpha, CURVATURES);
  };
  input.addEventListener("input", show);
  stage.append(controls(label), svg, key(["path", "the path"], ["dot", "a step"], ["ring", "equal loss"]), says);
  show();
});
