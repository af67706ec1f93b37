"""A dense 784–64–10 network on MNIST digits: this book's layers against scikit-learn's MLPClassifier; and 8 × 8 digits.

Same architecture (ReLU, softmax), same examples to learn from, same 1,000 held out, same optimizer: gradient descent
with mini-batches of 32, no momentum, no penalty. In the first task, that of the chapter on networks, each mini-batch is
moved by a pixel or none, and the step falls from 0.2 to 0; both ways are handed the same moved images, which are made
before. In the others the step is 0.1. Accuracy and time are medians over five seeds, which draw first weights, order
and moves; the ways take turns. One thread:

    OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 .venv/bin/python benchmarks/training.py
"""

import time

import numpy as np
from sklearn.datasets import load_digits
from sklearn.neural_network import MLPClassifier

from nblib.data import digits, split
from nblib.layers import LAYERS
from nblib.layers.losses import softmax_on_logits_backward

SEEDS, BATCH = range(5), 32


def epochs_of(X, y, count, first_step, moved, rng):
    """For each epoch its images (n, m), its labels, and its step."""
    for epoch in range(count):
        order = rng.permutation(len(y))
        images, step = X[:, order], first_step
        if moved:
            step = first_step * (1 - epoch / count)
            images = images.reshape(28, 28, -1).copy()
            for start in range(0, len(y), BATCH):
                part = images[..., start : start + BATCH]
                part[...] = np.roll(part, tuple(rng.integers(-1, 2, 2)), (0, 1))
        yield images.reshape(len(X), -1), y[order], step


class Ours:
    """The network of the book, in a precision."""

    def __init__(self, sizes, seed, kind):
        rng, self.kind, self.classes = np.random.default_rng(seed), kind, np.eye(sizes[-1], dtype=kind)
        names = ("dense", "relu") * (len(sizes) - 2) + ("dense",)
        self.net, self.params = [LAYERS[name] for name in names], []
        for n, k in zip(sizes, sizes[1:], strict=False):
            self.params += [[(rng.normal(size=(k, n)) * np.sqrt(2 / n)).astype(kind), np.zeros((k, 1), kind)], []]
        self.params.pop()

    def forward(self, X):
        inputs = [X.astype(self.kind, copy=False)]
        for layer, p in zip(self.net, self.params, strict=True):
            inputs.append(layer.forward(inputs[-1], *p))
        return inputs

    def epoch(self, X, y, step):
        X, Y = X.astype(self.kind, copy=False), self.classes[y].T
        for start in range(0, len(y), BATCH):
            *inputs, Z = self.forward(X[:, start : start + BATCH])
            d = softmax_on_logits_backward(Z, Y[:, start : start + BATCH])
            for layer, p, A in zip(self.net[::-1], self.params[::-1], inputs[::-1], strict=True):
                d, *grads = layer.backward(d, A, *p)
                for array, grad in zip(p, grads, strict=True):
                    array -= self.kind(step) * grad

    def accuracy(self, X, y):
        return float((self.forward(X)[-1].argmax(axis=0) == y).mean())


class Theirs:
    """The same with scikit-learn, an epoch at a time."""

    def __init__(self, sizes, seed):
        self.net = MLPClassifier(sizes[1:-1], solver="sgd", batch_size=BATCH, alpha=0, momentum=0, shuffle=False,
                                 random_state=seed)

    def epoch(self, X, y, step):
        self.net.learning_rate_init = step
        if hasattr(self.net, "_optimizer"):
            self.net._optimizer.learning_rate = step
        self.net.partial_fit(X.T, y, classes=range(10))

    def accuracy(self, X, y):
        return float(self.net.score(X.T, y))


WAYS = {
    "nblib, float64": lambda sizes, seed: Ours(sizes, seed, np.float64),
    "nblib, float32": lambda sizes, seed: Ours(sizes, seed, np.float32),
    "scikit-learn": Theirs,
}


def run(way, test, epochs):
    """Seconds of training, and the share of the held-out digits that are read rightly."""
    begin = time.perf_counter()
    for epoch in epochs:
        way.epoch(*epoch)
    return time.perf_counter() - begin, way.accuracy(*test)


def main():
    learn, _, test = split(*digits(), sizes=(3500, 500, 1000))
    X, y = load_digits(return_X_y=True)
    small, small_test = split(X.T / 16, y, sizes=(1400, 397))
    tasks = {
        "MNIST 784–64–10, 30 epochs, moved by a pixel": (learn, test, (784, 64, 10), 30, 0.2, True),
        "MNIST 784–64–10, 20 epochs": (learn, test, (784, 64, 10), 20, 0.1, False),
        "8 × 8 digits 64–32–10, 50 epochs": (small, small_test, (64, 32, 10), 50, 0.1, False),
    }
    for task, (data, held_out, sizes, count, step, moved) in tasks.items():
        results = {name: [] for name in WAYS}
        for seed in SEEDS:
            epochs = list(epochs_of(*data, count, step, moved, np.random.default_rng(seed)))
            for name, way in WAYS.items():
                results[name].append(run(way(sizes, seed), held_out, epochs))
        print(f"\n{task}")
        medians = {name: np.median(pairs, axis=0) for name, pairs in results.items()}
        for name, (seconds, right) in medians.items():
            print(f"  {name:16} {seconds:6.2f} s   {right:.1%} of the held-out digits")
        gap = 100 * abs(medians["nblib, float64"][1] - medians["scikit-learn"][1])
        print(f"  accuracies differ by {gap:.1f} points" + (": more than one" if gap > 1 else ""))


if __name__ == "__main__":
    main()
