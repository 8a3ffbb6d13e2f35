"""Wrong answers to the assignment *Diagrams*."""

from mutant import Mutant

MOMENTS = "moments-are-those-of-all-kinds"
ONE, PASSES = "one-step-over-every-set", "passes-over-every-set"
SMALL, LARGE, NAMES = "small-trees-fit", "larger-trees-fit", "names-of-examples-do-not-matter"
FEW, MANY = "symmetries-of-small-trees", "symmetries-of-larger-trees"
PASS, BATCHES = "one-pass-is-predicted", "passes-and-batches-are-predicted"
EQUAL, LONG = "equal-examples-are-plain-descent", "long-runs-are-predicted"
SIX, MORE = "six-landscapes", "six-more-landscapes"

C = '"C": np.mean(g**2) - g.mean() ** 2'
J = '"J": np.mean(g * h) - g.mean() * h.mean()'
STEP = "weight = weight - lr * np.mean(slope, axis=0)"
RISING = "spots[node][1] < spots[up][1]"
TIED = "if rising and all(spots[a][0] == spots[tie[0]][0] for tie in ties for a in tie):"
WEIGHT = "weight = count(parents, ties, schedule) / symmetries(parents, ties)"
SIGN = "(-1 / batch) ** edges"
DECIDE = 'm["C"] * m["H"] + m["J"] * m["G"] > 0'

MUTANTS = {
    "raw second moment": Mutant("arrays", C, '"C": np.mean(g**2)', (MOMENTS, PASS, BATCHES, LONG)),
    "sample variance": Mutant("arrays", C, '"C": np.var(g, ddof=len(g) > 1)', (MOMENTS, PASS, LONG)),
    "deviation": Mutant("arrays", C, '"C": np.std(g)', (MOMENTS, PASS)),
    "raw J": Mutant("arrays", J, '"J": np.mean(g * h)', (MOMENTS, BATCHES, EQUAL, LONG)),
    "J of the other sign": Mutant(
        "arrays", J, '"J": g.mean() * h.mean() - np.mean(g * h)', (MOMENTS, BATCHES)
    ),
    "coefficients from the top": Mutant(
        "arrays",
        "g = polyval(theta, polyder(table.T))",
        "g = np.polyval(np.polyder(table[0]), theta)",
        (MOMENTS,),
    ),
    "axes exchanged": Mutant(
        "arrays", "polyval(theta, table.T).mean()", "polyval(theta, table).mean()", (MOMENTS,)
    ),
    "curvature without its factor": Mutant(
        "arrays", "polyder(table.T, 2)", "polyder(table.T, 2) / 2", (MOMENTS, PASS)
    ),
    "uphill": Mutant("arrays", STEP, STEP.replace("- lr", "+ lr"), (ONE, PASSES)),
    "sum over the batch": Mutant("arrays", STEP, STEP.replace("np.mean(s", "np.sum(s"), (ONE, PASSES)),
    "sets without repetition": Mutant(
        "plain", "product(table, repeat=examples)", "permutations(table, examples)", (ONE,)
    ),
    "training loss": Mutant(
        "plain",
        "for row in table))\n    return mean(losses)",
        "for row in drawn))\n    return mean(losses)",
        (ONE, PASSES),
    ),
    "slopes at the start": Mutant(
        "plain", "derivative(drawn[row], weight, 1)", "derivative(drawn[row], theta, 1)", (ONE, PASSES)
    ),
    "examples drawn at every step": Mutant(
        "plain",
        "    for drawn in product(table, repeat=examples):\n",
        "    schedule = [[0]] * len(schedule)\n    for drawn in product(table, repeat=examples):\n",
        (ONE, PASSES),
    ),
    "one linear loss": Mutant(
        "arrays",
        "return polyval(weight, table.mean(0)).mean()",
        "return polyval(weight.mean(), table.mean(0))",
        (ONE, PASSES),
    ),
    "not later excluded": Mutant("plain", RISING, RISING.replace("<", "<="), (SMALL, LARGE, NAMES)),
    "time backwards": Mutant("plain", RISING, RISING.replace("<", ">"), (LARGE,)),
    "ties ignored": Mutant("plain", TIED, "if rising:", (SMALL, LARGE, NAMES)),
    "ties of cells": Mutant(
        "plain", TIED, TIED.replace("[0] ==", "==").replace("tie[0]][0]", "tie[0]]"), (SMALL, NAMES)
    ),
    "untied nodes kept apart": Mutant(
        "plain", TIED, TIED[:-1] + " and (ties or len({s[0] for s in spots}) == root):", (SMALL,)
    ),
    "no cell twice": Mutant("plain", TIED, TIED[:-1] + " and len(set(spots)) == root:", (SMALL, NAMES)),
    "classes for maps": Mutant(
        "plain",
        "            total += 1\n    return total\n\n\ndef symmetries",
        "            total += 1\n    return total / symmetries(parents, ties)\n\n\ndef symmetries",
        (SMALL, NAMES),
    ),
    "full batch only": Mutant("arrays", "cells[batch, t] = 1", "cells[:, t] = 1", (SMALL, LARGE, NAMES)),
    "only the first tie": Mutant(
        "arrays", "for tie in ties:\n        for node", "for tie in ties[:1]:\n        for node", (LARGE,)
    ),
    "root tells the time": Mutant(
        "arrays",
        "np.ones((len(schedule),) * 2, dtype=int), 1)",
        "np.ones((len(schedule),) * 2, dtype=int), 2)",
        (SMALL, LARGE),
    ),
    "symmetry blind to ties": Mutant("arrays", "and moved == groups", "", (FEW, MANY)),
    "symmetry blind to edges": Mutant("arrays", "edges == set(enumerate(parents)) and", "", (FEW, MANY)),
    "leaves alone": Mutant(
        "arrays",
        "    root = len(parents)\n    groups",
        "    root = len(parents)\n    if set(parents) != {root}: return 1\n    groups",
        (MANY,),
    ),
    "symmetry forgotten": Mutant(
        "arrays", WEIGHT, "weight = count(parents, ties, schedule)", (PASS, BATCHES, EQUAL, LONG)
    ),
    "signs forgotten": Mutant("arrays", SIGN, "(1 / batch) ** edges", (PASS, BATCHES, EQUAL, LONG)),
    "batch size once": Mutant("arrays", SIGN, "(-1) ** edges / batch", (BATCHES, EQUAL, LONG)),
    "batch size forgotten": Mutant("arrays", SIGN, "(-1) ** edges", (BATCHES, EQUAL, LONG)),
    "no tied chain": Mutant("arrays", 'm["J"] * m["G"]),', "0.0),", (BATCHES, LONG)),
    "no tied leaves": Mutant("arrays", 'm["C"] * m["H"])', "0.0)", (PASS, BATCHES, LONG)),
    "stops at first order": Mutant(
        "arrays", "    return series\n", "    return series[:2]\n", (PASS, BATCHES, EQUAL, LONG)
    ),
    "change for loss": Mutant("arrays", 'np.array([m["loss"], 0.0, 0.0])', "np.zeros(3)", (PASS, EQUAL)),
    "always fresh": Mutant("arrays", DECIDE, "True", (SIX, MORE)),
    "by the noise alone": Mutant("arrays", DECIDE, 'm["C"] * m["H"] > 0', (SIX, MORE)),
    "by the tied chain alone": Mutant("arrays", DECIDE, 'm["J"] * m["G"] > 0', (SIX, MORE)),
    "difference turned": Mutant("arrays", DECIDE, 'm["C"] * m["H"] - m["J"] * m["G"] > 0', (SIX, MORE)),
    "lower for higher": Mutant("arrays", DECIDE, DECIDE.replace(">", "<"), (SIX, MORE)),
}
