"""Typical mistakes."""

from mutant import Mutant

MUTANTS = {
    "signal-without-the-agreeing-noise": Mutant(
        "arrays", "y * (np.abs(along) + 1 / np.sqrt(d)) - along", "y / np.sqrt(d)",
        ("parts-of-an-example", "statistics-of-the-draw"),
    ),
    "noise-of-length-sqrt-d": Mutant(
        "arrays", "x1 = rng.normal(0, 1 / np.sqrt(d), (n, d))", "x1 = rng.normal(0, 1, (n, d))",
        ("statistics-of-the-draw",),
    ),
    "seed-not-used": Mutant(
        "plain", "random.Random(seed), len(w)", "random.Random(), len(w)", ("seed-decides",)
    ),
    "seed-fixed": Mutant(
        "plain", "random.Random(seed), len(w)", "random.Random(0), len(w)", ("seed-decides",)
    ),
    "alpha-on-one-coordinate": Mutant(
        "plain", "[alpha, alpha * side]", "[alpha, side]", ("parts-of-an-example",)
    ),
    "one-side-only": Mutant("plain", "rng.choice([-r, r])", "r", ("statistics-of-the-draw",)),
    "groups-exchanged": Mutant(
        "arrays", "p=[p_only, q_only,", "p=[q_only, p_only,", ("statistics-of-the-draw",)
    ),
    "signal-along-the-first-axis": Mutant(
        "arrays", "- along, w)", "- along, np.eye(d)[0])", ("parts-of-an-example",)
    ),
    "length-of-u-forgotten": Mutant(
        "arrays", "a = u @ w / np.linalg.norm(u)", "a = min(1.0, u @ w)", ("accuracy-of-any-direction",)
    ),
    "noise-across-not-reduced": Mutant(
        "arrays", "b = np.sqrt(max(0.0, 1 - a * a))", "b = 1.0", ("directions-at-the-limits",)
    ),
    "mean-signal-for-every-example": Mutant(
        "arrays", "a * (1 + g) / max", "a * (1 + np.sqrt(2 / np.pi)) / max", ("accuracy-of-any-direction",)
    ),
    "density-of-both-halves": Mutant(
        "arrays", "np.sqrt(2 / np.pi) * np.exp(-(g", "np.sqrt(0.5 / np.pi) * np.exp(-(g",
        ("directions-at-the-limits", "accuracy-of-any-direction"),
    ),
    "sign-of-the-pull": Mutant("arrays", "pull = -y", "pull = y", ("gradients-are-slopes",)),
    "not-divided-by-n": Mutant("arrays", "(-y * f) / len(y)", "(-y * f)", ("gradients-are-slopes",)),
    "gates-left-out": Mutant("arrays", "(two > 0) * pull", "(two > -9e9) * pull", ("gradients-are-slopes",)),
    "decay-doubled": Mutant(
        "arrays", "@ x1 + decay * W", "@ x1 + 2 * decay * W",
        ("gradients-are-slopes", "absent-parts-do-not-pull"),
    ),
    "decay-missing-in-the-loss": Mutant(
        "arrays", "loss + decay / 2 * (np.sum(W**2) + np.sum(V**2))", "loss", ("gradients-are-slopes",)
    ),
    "overflow": Mutant(
        "arrays", "np.logaddexp(0, -y * f)", "np.log(1 + np.exp(-y * f))", ("outputs-far-from-zero",)
    ),
    "noise-not-times-the-rate": Mutant(
        "arrays", "lr * (curvatures * theta + xi)", "lr * curvatures * theta - xi", ("law-of-the-noise",)
    ),
    "one-noise-for-all-members": Mutant(
        "arrays", "rng.standard_normal(theta.shape)", "rng.standard_normal(theta.shape[1])",
        ("law-of-the-noise",),
    ),
    "the-same-noise-every-step": Mutant(
        "arrays", "xi = noise * rng.standard",
        "rng = np.random.default_rng(seed)\n        xi = noise * rng.standard",
        ("law-of-the-noise",),
    ),
    "rates-backward": Mutant("arrays", "in rates:", "in rates[::-1]:", ("law-of-the-noise",)),
    "first-rate-forgotten": Mutant(
        "plain", "for lr in rates:\n            for", "for lr in rates[1:]:\n            for",
        ("descent-without-noise",),
    ),
    "flips-without-the-half-turn": Mutant(
        "arrays", "/ np.sqrt(variance))) / np.pi", "/ np.sqrt(variance))) / (np.pi / 2)",
        ("flips-at-the-holding-noise", "flips-under-any-schedule"),
    ),
    "size-taken-as-held": Mutant(
        "arrays", "kept / np.sqrt(variance)", "kept / tau", ("flips-under-any-schedule",)
    ),
    "old-noise-does-not-decay": Mutant(
        "plain", "(1 - lr * decay) ** 2 * variance", "variance",
        ("flips-at-the-holding-noise", "flips-under-any-schedule"),
    ),
    "always-large": Mutant("plain", "if step < 0.55 * budget else 0.05", "",
        ("learns-both", "learns-both-on-other-data")),
    "always-small": Mutant("plain", "0.4 if step < 0.55 * budget else 0.05", "0.012", ("learns-both",)),
    "always-between": Mutant("plain", "0.4 if step < 0.55 * budget else 0.05", "0.12", ("learns-both",)),
    "small-first": Mutant("plain", "step < 0.55 * budget", "step > 0.45 * budget",
        ("learns-both", "learns-both-on-other-data")),
    "budget-ignored": Mutant(
        "plain", "for step in range(budget):", "budget = 1500\n    for step in range(budget):",
        ("learns-both-under-another-budget",),
    ),
}  # fmt: skip
