"""Wrong answers to the assignment *Chaos without noise*."""

from mutant import Mutant

STEP, MAP = "step-follows-the-slope", "map-takes-the-phase-it-is-given"
AVERAGE, FIRST, LAST = "kicks-average-out", "path-starts-and-repeats", "cloud-forgets-its-start"
LAW, INDEPENDENT = "kicks-have-the-law-of-a-uniform-phase", "kicks-are-independent"
EXACT, GIBBS = "variance-is-kept-by-a-step", "gibbs-variance-is-that-of-its-density"
EXCESS = "excess-comes-out"
LITTLE, MUCH = "a-little-momentum", "much-momentum"
FEW, FULL, FINE = "average-over-a-few-steps", "exponent-at-full-chaos", "exponent-of-a-fine-ripple"
TWO, EIGHT, BIRTH = "two-cycles-of-a-cubic", "eight-cycles-of-a-double-well", "birth-is-where-it-is"
SIX, MORE = "six-losses", "six-more-losses"

DRAW = "phase = rng.uniform(0, 2 * np.pi, len(start))"
NOISE = "    return float(np.sum((k * np.asarray(amplitudes)) ** 2) / 2)"
DECIDE = 'bool(exponent(case, case["lr"], case["start"], 2000, 5000) > 0)'
KICK = "np.sin(np.asarray(phase)[..., None] * k) @ (k * np.asarray(amplitudes))"
BALL = "drift = 1 + momentum - lr * curvature"
MEAN = "return float(np.mean(np.log(np.maximum(growth, 1e-300))))"
PATH = "path.append(map_step(path[-1], phase, lr, curvature, amplitudes))"

MUTANTS = {
    "ripple uphill": Mutant("arrays", "curvature * x - kick", "curvature * x + kick", (STEP,)),
    "kick of the wrong sign": Mutant("arrays", "+ lr * kick(phase", "- lr * kick(phase", (MAP,)),
    "frequency forgotten": Mutant(
        "arrays", KICK, KICK.replace("(k * np", "(1 * np"), (STEP, MAP, AVERAGE, LAW)
    ),
    "cosine for the slope": Mutant("arrays", KICK, KICK.replace("np.sin", "np.cos"), (STEP, MAP, LAW)),
    "slope over eps": Mutant(
        "arrays", "kick(x / eps, amplitudes))", "kick(x / eps, amplitudes) / eps)", (STEP,)
    ),
    "phase ignored": Mutant("arrays", "+ lr * kick(phase", "+ lr * kick(x / 0.03", (AVERAGE, FIRST)),
    "kick without rate": Mutant("arrays", "+ lr * kick", "+ kick", (MAP, AVERAGE, LAW, LAST)),
    "half a period": Mutant("arrays", DRAW, DRAW.replace("2 * np.pi", "np.pi"), (LAW,)),
    "two halves alike": Mutant(
        "arrays",
        DRAW,
        DRAW + "\n        phase = np.resize(phase[: (len(start) + 1) // 2], len(start))",
        (INDEPENDENT,),
    ),
    "degrees": Mutant("arrays", DRAW, DRAW.replace("2 * np.pi", "1"), (LAW,)),
    "normal kicks": Mutant(
        "arrays",
        PATH,
        "path.append((1 - lr * curvature) * path[-1]"
        " + lr * noise(amplitudes) ** 0.5 * rng.normal(size=len(start)))",
        (LAW,),
    ),
    "one phase for all members": Mutant("arrays", DRAW, DRAW.replace("len(start)", "1"), (INDEPENDENT, LAST)),
    "one phase for all steps": Mutant(
        "arrays", DRAW, DRAW.replace("rng", "np.random.default_rng(seed)"), (INDEPENDENT,)
    ),
    "seed ignored": Mutant("arrays", "default_rng(seed)", "default_rng()", (FIRST,)),
    "seed fixed": Mutant("arrays", "default_rng(seed)", "default_rng(0)", (FIRST,)),
    "start left out": Mutant(
        "arrays", "return np.array(path)", "return np.array(path)[1:]", (FIRST, LAW, LAST)
    ),
    "always from the start": Mutant("arrays", PATH, PATH.replace("path[-1]", "path[0]"), (LAW, LAST)),
    "members along rows": Mutant("arrays", "return np.array(path)", "return np.array(path).T", (FIRST, LAW)),
    "noise without half": Mutant("arrays", NOISE, NOISE.replace(" / 2)", ")"), (EXACT, GIBBS, LITTLE, MUCH)),
    "noise of the heights": Mutant("arrays", NOISE, NOISE.replace("k * ", ""), (EXACT, GIBBS, MUCH)),
    "square of the sum": Mutant(
        "arrays", NOISE, "    return np.sum(k * np.asarray(amplitudes)) ** 2 / 2", (EXACT, GIBBS)
    ),
    "keep not squared": Mutant(
        "arrays", "keep = (1 - lr * curvature) ** 2", "keep = 1 - lr * curvature", (EXACT,)
    ),
    "Gibbs for exact": Mutant(
        "arrays",
        "return lr**2 * noise(amplitudes) / (1 - keep)",
        "return gibbs_variance(lr, curvature, amplitudes)",
        (EXACT,),
    ),
    "temperature without half": Mutant("arrays", "/ (2 * curvature)", "/ curvature", (GIBBS,)),
    "temperature alone": Mutant("arrays", "/ (2 * curvature)", "/ 2", (GIBBS,)),
    "excess to first order": Mutant(
        "arrays", "2 * excess / ((1 + excess) * curvature)", "2 * excess / curvature", (EXCESS,)
    ),
    "excess for curvature one": Mutant("arrays", "((1 + excess) * curvature)", "(1 + excess)", (EXCESS,)),
    "momentum left out": Mutant("arrays", BALL, "momentum = 0; " + BALL, (LITTLE, MUCH)),
    "momentum as a longer step": Mutant(
        "arrays", BALL, "lr, momentum = lr / (1 - momentum), 0; " + BALL, (LITTLE, MUCH)
    ),
    "momentum without memory": Mutant("arrays", "[[drift, -momentum]", "[[drift, 0]", (LITTLE, MUCH)),
    "series too short": Mutant("plain", "> 1e-12:", "> 1e-1:", (LITTLE, MUCH)),
    "logarithm of ten": Mutant("arrays", MEAN, MEAN.replace("np.log", "np.log10"), (FEW, FULL, FINE)),
    "after the step": Mutant("arrays", "orbit[burn:]", "orbit[burn + 1:] + [x]", (FEW,)),
    "burn-in averaged too": Mutant("arrays", "orbit[burn:]", "orbit", (FEW,)),
    "one off": Mutant("plain", "if t >= burn:", "if t > burn:", (FEW,)),
    "sum for mean": Mutant("plain", "return total / steps", "return total", (FEW, FULL, FINE)),
    "no absolute value": Mutant("arrays", "np.abs(1 - lr", "(1 - lr", (FULL, FINE)),
    "curvature of the ripple forgotten": Mutant(
        "arrays", "second(x) - amplitude / eps * np.cos(x / eps)", "second(x)", (FEW, FINE, SIX, MORE)
    ),
    "one eps too few": Mutant(
        "arrays", "amplitude / eps * np.cos", "amplitude * np.cos", (FEW, FINE, SIX, MORE)
    ),
    "fixed points too": Mutant(
        "arrays", "not fixed and x <= min(cycle[1:])", "x <= min(cycle[1:]) + 1e-9", (TWO,)
    ),
    "every point a cycle": Mutant(
        "arrays", "if not fixed and x <= min(cycle[1:])", "if not fixed", (TWO, EIGHT)
    ),
    "one cycle": Mutant("arrays", "    return cycles\n", "    return cycles[:1]\n", (TWO, EIGHT)),
    "stable one only": Mutant("arrays", "    return cycles\n", "    return cycles[1:]\n", (TWO, EIGHT)),
    "coarse grid": Mutant("arrays", "np.linspace(low, high, 3001)", "np.linspace(low, high, 21)", (EIGHT,)),
    "roots not refined": Mutant(
        "arrays", "brentq(miss, grid[i], grid[i + 1], xtol=1e-15)", "grid[i]", (TWO, EIGHT)
    ),
    "period six": Mutant(
        "arrays", "return once(once(once(x))) - x", "return once(once(once(once(once(once(x)))))) - x", (TWO,)
    ),
    "birth for curvature one": Mutant("plain", "    return high\n", "    return high * root\n", (BIRTH,)),
    "the flip": Mutant("plain", "    return high\n", "    return 2 / root\n", (BIRTH,)),
    "full chaos": Mutant("plain", "    return high\n", "    return 3 / root\n", (BIRTH,)),
    "decided by the rate": Mutant("arrays", DECIDE, 'case["lr"] > 0.3', (SIX, MORE)),
    "decided by uniform phases": Mutant(
        "arrays", DECIDE, 'abs(case["amplitude"]) * case["lr"] > 2 * case["eps"]', (SIX, MORE)
    ),
    "too soon": Mutant("arrays", "2000, 5000) > 0", "0, 4) > 0", (MORE,)),
    "the other way round": Mutant("arrays", "5000) > 0", "5000) < 0", (SIX, MORE)),
    "chaos for all": Mutant("arrays", DECIDE, "True", (SIX, MORE)),
}
