"""Typical mistakes."""

from mutant import Mutant

MUTANTS = {
    "half-forgotten": Mutant("arrays", "loss += 0.5 *", "loss += 1.0 *", ("gradient-is-a-slope",)),
    "no-pull-from-later-times": Mutant("arrays", "(u @ B + below)", "(u @ B)",
        ("gradient-is-a-slope", "long-sequences")),
    "matrix-transposed-backward": Mutant(
        "arrays", "below = delta @ W\n", "below = delta @ W.T\n",
        ("gradient-is-a-slope",),
    ),
    "one-time-back-only": Mutant(
        "arrays", "below = delta @ W\n", "below = (u @ B) @ W\n",
        ("gradient-is-a-slope", "long-sequences"),
    ),
    "state-of-the-same-time": Mutant(
        "arrays", "slope += delta.T @ h[time - 1]", "slope += delta.T @ h[time]",
        ("gradient-is-a-slope",),
    ),
    "first-time-counts": Mutant(
        "arrays", "x.shape[1], 1, -1):\n        u", "x.shape[1], 0, -1):\n        u",
        ("first-time-does-not-count", "long-sequences"),
    ),
    "mean-over-sequences": Mutant(
        "arrays", "return loss, slope", "return loss / len(x), slope / len(x)",
        ("gradient-is-a-slope",),
    ),
    "gates-left-out": Mutant("arrays", "below) * (h[time] > 0)", "below)", ("gradient-is-a-slope",)),
    "angle-for-its-complement": Mutant(
        "arrays", "return product, (np.pi - angle)", "return product, angle",
        ("means-at-known-cosines",),
    ),
    "twice-the-means": Mutant(
        "plain", "both = (math.pi - angle) / (2 * math.pi)", "both = (math.pi - angle) / math.pi",
        ("means-at-known-cosines", "means-are-integrals", "kernels-keep-their-symmetries"),
    ),
    "cosine-beyond-one": Mutant("plain", "max(-1.0, min(1.0, c))", "c", ("means-are-integrals",)),
    "size-of-one-token": Mutant(
        "arrays", "np.cumsum(np.sum(x**2, -1), -1)", "np.sum(x**2, -1)",
        ("kernels-of-one-sequence", "kernels-keep-their-symmetries"),
    ),
    "weights-of-each-time-their-own": Mutant(
        "arrays", "if a and b else (0, 0)", "if a and a == b else (0, 0)",
        ("kernels-of-all-pairs",),
    ),
    "kernel-not-halved": Mutant(
        "arrays", "both * (q / 2 + k)", "both * (q + k)",
        ("kernels-of-one-sequence",),
    ),
    "path-through-the-past-forgotten": Mutant(
        "arrays", "both * (q / 2 + k)", "both * (q / 2)",
        ("kernels-of-one-sequence",),
    ),
    "looks-back-along-the-row": Mutant(
        "arrays", "K[:, a - 1, :, b - 1]) if", "K[:, a - 1, :, b]) if",
        ("kernels-of-one-sequence",),
    ),
    "readout-twice": Mutant(
        "arrays", "delta = B[None] *", "delta = 2 * B[None] *",
        ("kernel-of-this-network", "kernel-tells-one-step"),
    ),
    "kernel-of-the-last-state-alone": Mutant(
        "arrays", "delta = delta @ W * (h[time - 1] > 0)[:, None]", "delta = 0 * delta",
        ("kernel-of-this-network",),
    ),
    "gate-forgotten-in-the-kernel": Mutant(
        "arrays", "delta @ W * (h[time - 1] > 0)[:, None]", "delta @ W",
        ("kernel-of-this-network",),
    ),
    "root-of-the-kernel": Mutant(
        "arrays", "return J @ J.T", "return np.sqrt(np.abs(J @ J.T))",
        ("kernel-of-this-network",),
    ),
    "square-forgotten": Mutant(
        "arrays", "(1 - lr * values) ** t * along) ** 2, 1)", "(1 - lr * values) ** t * along**2), 1)",
        ("curve-of-separate-modes", "curve-before-training"),
    ),
    "exponential-for-power": Mutant(
        "arrays", "(1 - lr * values) ** t", "np.exp(-lr * values * t)",
        ("curve-of-separate-modes",),
    ),
    "one-step-late": Mutant(
        "arrays", "np.arange(steps + 1)[:, None]", "np.arange(1, steps + 2)[:, None]",
        ("curve-of-separate-modes", "curve-before-training"),
    ),
    "not-turned-to-modes": Mutant("arrays", "along = vectors.T @ u0", "along = u0", ("curve-of-any-kernel",)),
    "vectors-transposed": Mutant(
        "arrays", "along = vectors.T @ u0", "along = vectors @ u0",
        ("curve-of-any-kernel",),
    ),
    "rate-cut-off": Mutant(
        "plain", "u, found = list(u0), []",
        "lr = min(lr, 2 / max(sum(map(abs, row)) for row in kernel))\n    u, found = list(u0), []",
        ("curve-of-any-kernel",),
    ),
}  # fmt: skip
