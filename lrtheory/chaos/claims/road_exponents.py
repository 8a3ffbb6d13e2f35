"""Claims about exponents along the road: two tones, and both weights of the rough Matyas function."""

from __future__ import annotations

from functools import cache, partial

from lrtheory import measure
from lrtheory.chaos.kernels.lyapunov import lyapunov_sweep
from lrtheory.chaos.models.problems import matyas, two_tones
from lrtheory.chaos.models.two_scale import TwoScale, uniform_start
from lrtheory.chaos.theory.limiting_exponents import limiting_lyapunov_exponent, limiting_lyapunov_sum
from lrtheory.claims import HOLDS, Claim, Verdict
from lrtheory.seeds import generator

_MEMBERS = {"smoke": 512, "laptop": 4096, "long": 16384}


@cache
def _exponent(loss: TwoScale, lr: float, members: int) -> measure.Estimate:
    start = uniform_start(members, generator(0, "start"), dim=loss.dim).numpy()
    found = lyapunov_sweep(loss, [lr], start, burn=300, steps=600)[0]
    return measure.mean_and_stderr(found.sum(-1))


def _two_tones(scale: str) -> Verdict:
    loss = two_tones(1e-4)
    found = _exponent(loss, 0.1, _MEMBERS[scale])
    expected = limiting_lyapunov_exponent(loss, 0.1)
    return Verdict.near(found.value, expected, stderr=found.stderr, tolerance=2e-3)


def _matyas_sum(scale: str) -> Verdict:
    loss = matyas(1e-4)
    found = _exponent(loss, 0.1, _MEMBERS[scale])
    return Verdict.near(found.value, limiting_lyapunov_sum(loss, 0.1), stderr=found.stderr, tolerance=4e-3)


_claim = partial(Claim, theory="chaos", page="chaos/road", states=HOLDS)

CLAIMS: tuple[Claim, ...] = (
    _claim(
        id="chaos.lyapunov-two-tones",
        kind="experiment",
        statement="With two incommensurate tones the exponent is ln(lr / eps) + E ln|cos + w cos|: 6.561 "
        "at rate 0.1, "
        "eps = 1e-4.",
        source="kong2020, appendix C.3, in the style of; the limit is our derivation",
        how="Mean of ln|1 - lr f''| along orbits, against the average over both phases.",
        check=_two_tones,
    ),
    _claim(
        id="chaos.lyapunov-matyas",
        kind="experiment",
        statement="On the rough Matyas function both exponents add up to 2 ln(lr A / (2 eps)): 12.429 at "
        "rate 0.1, "
        "eps = 1e-4.",
        source="kong2020, appendix C.3, in the style of; the limit is our derivation",
        how="Mean of ln|det(I - lr Hess f)| along orbits.",
        check=_matyas_sum,
    ),
)
