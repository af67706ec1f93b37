// Gradient descent on the quadratic (μu² + Lv²)/2: the path, its two factors, and where it leaves for good.
import { drawing, mount, number, shape, slider, spoken } from "./stage.js";

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
  const [label, input] = slider("Learning rate α", { min: 0.02, max: 0.56, step: 0.02, value: 0.1 });
  const svg = drawing(480, 240), says = spoken();
  const place = ([u, v]) => [240 + 75 * u, 120 - 75 * v];
  const draw = () => {
    const alpha = Number(input.value), points = path(alpha, CURVATURES, START, 20).map(place);
    const rings = [0.25, 1, 2.25, 4, 6.25].map((height) => shape("ellipse", { cx: 240, cy: 120, class: "ring",
      rx: 75 * Math.sqrt(2 * height / CURVATURES[0]), ry: 75 * Math.sqrt(2 * height / CURVATURES[1]) }));
    svg.replaceChildren(...rings, shape("polyline", { points: points.map(String).join(" "), class: "path" }),
      ...points.map(([cx, cy]) => shape("circle", { cx, cy, r: 4, class: "dot" })));
    says.textContent = verdict(alpha, CURVATURES);
  };
  input.addEventListener("input", draw);
  stage.append(label, svg, says);
  draw();
});
