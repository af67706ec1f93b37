// A kernel stepped over an image: forward each window gives one number, backward each error returns through its window.
import { added, choice, controls, element, grid, mount, number, spoken, stepper } from "./stage.js";

export const IMAGE = [[2, 0, 1, 3, 5], [4, 1, 2, 0, 3], [0, 3, 5, 2, 1], [1, 2, 4, 3, 2]];
export const KERNEL = [[1, -2], [3, 2], [-1, 1]];
export const ERRORS = [[2, -1, 3, 1], [-2, 4, 1, 5]];

const zeros = (like) => like.map((row) => row.map(() => 0));

/** The map's entries in reading order, as pairs of row and column. */
export const places = (X, W) => Array.from({ length: X.length - W.length + 1 }, (_, i) =>
  Array.from({ length: X[0].length - W[0].length + 1 }, (_, j) => [i, j])).flat();

/** The products of the window at (i, j) with the kernel, in reading order: pairs of weight and pixel. */
export const pairs = (X, W, i, j) => W.flatMap((row, u) => row.map((w, v) => [w, X[i + u][j + v]]));

/** The feature map after `steps` windows, null where none has been yet. */
export function forward(X, W, steps) {
  const Y = X.slice(W.length - 1).map((row) => row.slice(W[0].length - 1).map(() => null));
  for (const [i, j] of places(X, W).slice(0, steps)) Y[i][j] = pairs(X, W, i, j).reduce((sum, [w, x]) => sum + w * x, 0);
  return Y;
}

/** The gradients by the image and by the kernel, after the first `steps` errors have flowed back. */
export function backward(X, W, G, steps) {
  const dX = zeros(X), dW = zeros(W);
  for (const [i, j] of places(X, W).slice(0, steps)) {
    W.forEach((row, u) => row.forEach((w, v) => {
      dX[i + u][j + v] += G[i][j] * w;
      dW[u][v] += G[i][j] * X[i + u][j + v];
    }));
  }
  return { dX, dW };
}

mount("convolution", (stage) => {
  const [way, select] = choice("Direction", ["forward", "backward"]);
  const tables = element("div", { class: "tables" }), says = spoken(), all = places(IMAGE, KERNEL);
  const [steps, to] = stepper(all.length, (step) => {
    const [i, j] = all[step - 1], here = (a, b) => (a === i && b === j ? "lit" : "");
    const window = (a, b) => (a >= i && a < i + KERNEL.length && b >= j && b < j + KERNEL[0].length ? "lit" : "");
    if (select.value === "forward") {
      const Y = forward(IMAGE, KERNEL, step);
      tables.replaceChildren(grid("image X", IMAGE, window), grid("kernel W", KERNEL), grid("map Y", Y, here));
      const sum = pairs(IMAGE, KERNEL, i, j).map(([w, x]) => `${number(w)}·${number(x)}`);
      says.textContent = `Step ${step} of ${all.length}: Y at (${i}, ${j}) is ${added(sum)} = ${number(Y[i][j])}.`;
    } else {
      const { dX, dW } = backward(IMAGE, KERNEL, ERRORS, step);
      tables.replaceChildren(grid("errors G", ERRORS, here), grid("gradient by W", dW),
        grid("gradient by X", dX, window));
      says.textContent = `Step ${step} of ${all.length}: the error ${number(ERRORS[i][j])} at (${i}, ${j}) adds itself `
        + `times the kernel to the lit pixels, and itself times those pixels to the weights.`;
    }
  });
  select.addEventListener("input", () => to(1));
  stage.append(controls(way, steps), tables, says);
  to(1);
});
