"""Claims about predictions on real data, and about values from samples: LeNet, digits, batches, probes."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import torch

from lrtheory.claims import HOLDS, HOLDS_WITHIN_LIMITS, Claim, Verdict
from lrtheory.claims.runs import run_at
from lrtheory.diagrams.diagram.diagram import Diagram
from lrtheory.diagrams.diagram.enumeration import enumerate_diagrams
from lrtheory.diagrams.experiments.order_by_order import digits_orders, lenet_orders
from lrtheory.diagrams.models.linear_models import LinearModel
from lrtheory.diagrams.models.networks import digits_softmax, small_tanh_net
from lrtheory.diagrams.values.diagram_values import derivatives_of, diagram_value, diagram_values
from lrtheory.diagrams.values.gram import gram_values
from lrtheory.diagrams.values.probes import probed_values
from lrtheory.diagrams.values.samples import sampled_values
from lrtheory.results import Store
from lrtheory.seeds import generator

_FORK = Diagram.parse("(01-2)(02-12)")
_SMALL = {"images": 20, "examples": 3, "rates": 2, "runs": 400, "lowest": 0.004, "highest": 0.008}


def _gram_is_autodiff(scale: str) -> Verdict:
    numbers = generator(0, "data")
    features = torch.randn((7, 3), generator=numbers, dtype=torch.float64)
    model = LinearModel(features, 1.0 - 2.0 * (torch.arange(7) % 2).double())
    theta = torch.tensor([0.4, -0.3, 0.2], dtype=torch.float64)
    shapes = [each for order in (1, 2, 3) for each in enumerate_diagrams(order, "train")]
    gram = gram_values(shapes, model, theta)
    other = diagram_values(shapes, _WithoutClosedForms(model), theta)
    return Verdict.at_most(float((gram - other).abs().max() / gram.abs().max()), 1e-12)


class _WithoutClosedForms:
    """A linear model whose derivatives are hidden, so that they are taken automatically."""

    def __init__(self, model: LinearModel) -> None:
        self.dim, self.probabilities = model.dim, model.probabilities
        self.loss, self.example_loss = model.loss, model.example_loss


def _probes_are_unbiased(scale: str) -> Verdict:
    digits = digits_softmax(images=50)
    exact = diagram_value(_FORK, digits, digits.start)
    draws = generator(0, "probes")
    found = probed_values([_FORK], digits, digits.start, probes=200, generator=draws)[0]
    return Verdict.near(found.value, exact, stderr=found.stderr)


def _samples_are_unbiased(scale: str) -> Verdict:
    digits = digits_softmax(images=50)
    exact = diagram_value(_FORK, digits, digits.start)
    draws = generator(0, "batches")
    found = sampled_values([_FORK], digits, digits.start, batch_size=8, repetitions=200, generator=draws)[0]
    return Verdict.near(found.value, exact, stderr=found.stderr)


def _largest_miss(run: Any, name: str, order: int) -> tuple[float, float]:
    """Largest miss in standard errors where the third term is below a tenth of the second; the last rate."""
    lrs = run["lr"]
    terms = lrs[:, None] ** np.arange(4) * run["test_series"]
    calm = np.abs(terms[:, 3]) < 0.1 * np.abs(terms[:, 2])
    value, stderr = run[name][calm].T
    miss = np.abs(terms[calm, : order + 1].sum(axis=1) - value) / stderr
    return float(miss.max()), float(lrs[calm].max())


def _lenet_agrees(scale: str) -> Verdict:
    if scale == "smoke":  # a short live run of the same kind
        worst, last = _largest_miss(digits_orders(**_SMALL), "test", 3)
    else:
        starts = [_largest_miss(Store().get(lenet_orders, seed=seed), "test", 3) for seed in (0, 1)]
        worst, last = max(miss for miss, _ in starts), min(rate for _, rate in starts)
    return Verdict.at_most(worst, 4.0, limits=f"third term below 10 % of the second: rates to {last:.3g}")


def _digits_agree(scale: str) -> Verdict:
    run = run_at(scale, digits_orders, _SMALL)
    worst, last = _largest_miss(run, "plain_test", 3)
    return Verdict.at_most(
        worst, 4.0, limits=f"runs without control; third term below 10 % of the second: rates to {last:.3g}"
    )


def _reach(order: int, share: float) -> float:
    """Largest lr T at which LeNet's prediction is within a share of the change of the test loss."""
    run = Store().get(lenet_orders)
    lrs, series, truth = run["lr"], run["test_series"], run["test"][:, 0]
    found = (lrs[:, None] ** np.arange(order + 1) * series[: order + 1]).sum(axis=1)
    good = np.abs(found - truth) <= share * np.abs(truth - series[0])
    return float(10 * lrs[: int(np.argmin(good))].max())


def _order_reaches(order: int, expected: float, scale: str) -> Verdict:
    return Verdict.inside(
        _reach(order, 0.15),
        (expected / 2, expected * 2),
        predicted=expected,
        limits="LeNet on 100 images, N = T = 10; within 15 % of the change; each rate is twice the last",
    )


def _control_has_its_mean(scale: str) -> Verdict:
    run: Any = digits_orders(**_SMALL) if scale == "smoke" else Store().get(lenet_orders)
    value, stderr = run["control"][-1]
    return Verdict.near(value, 0.0, stderr=stderr, note="the control variate at the largest rate of the runs")


def _curvature_is_hvp(scale: str) -> Verdict:
    net = small_tanh_net()
    derivatives = derivatives_of(net, net.start)
    gradients = derivatives.example([], torch.arange(6))
    kicks = gradients - gradients.mean(dim=0)
    trace = float((kicks * derivatives.mean([kicks])).sum(dim=1).mean())
    found = diagram_value(_FORK, net, net.start)
    return Verdict.inside(found, (trace - 1e-12, trace + 1e-12), predicted=trace)


_claim = partial(Claim, theory="diagrams", page="diagrams/order_by_order")
CLAIMS: tuple[Claim, ...] = (
    _claim(
        id="diagrams.gram-values",
        kind="our finding",
        states=HOLDS,
        check=_gram_is_autodiff,
        statement="On logistic regression Gram products give the values of all diagrams through order 3.",
        source="ours",
        how="Largest difference from automatic differentiation, over the largest value.",
    ),
    _claim(
        id="diagrams.fork-is-a-trace",
        kind="theorem",
        states=HOLDS,
        check=_curvature_is_hvp,
        statement="The tied fork's value is the trace of gradient covariance times Hessian.",
        source="tenka2020, table of values",
        how="Value on the tanh net against centered gradients times Hessian-vector products.",
    ),
    _claim(
        id="diagrams.probes-unbiased",
        kind="our finding",
        states=HOLDS,
        check=_probes_are_unbiased,
        statement="Random signs on all examples estimate C:H without bias.",
        source="ours",
        how="Mean of 200 probes on digits against the exact sum over the population.",
    ),
    _claim(
        id="diagrams.batches-unbiased",
        kind="theorem",
        states=HOLDS,
        check=_samples_are_unbiased,
        statement="Cumulants of batch means estimate C:H without bias.",
        source="tenka2020, unbiased estimators (in our form)",
        how="Mean of 200 repetitions with batches of 8 digits against the exact sum.",
    ),
    _claim(
        id="diagrams.orders-lenet",
        kind="experiment",
        states=HOLDS_WITHIN_LIMITS,
        check=_lenet_agrees,
        statement="Order 3 predicts the mean test loss of LeNet on Fashion-MNIST within sampling error while "
        "the third term is small.",
        source="tenka2020, figure of test losses, in the style of",
        how="Largest miss in standard errors over the rates; 3000 training sets with a control variate "
        "(scale smoke: 400 sets of 3 digits).",
    ),
    _claim(
        id="diagrams.orders-digits",
        kind="experiment",
        states=HOLDS_WITHIN_LIMITS,
        check=_digits_agree,
        statement="The same for softmax regression on digits.",
        source="tenka2020, figure of test losses, in the style of",
        how="Largest miss in standard errors over the rates; 20,000 training sets, no control variate.",
    ),
    _claim(
        id="diagrams.first-order-reach",
        kind="experiment",
        states=HOLDS_WITHIN_LIMITS,
        check=partial(_order_reaches, 1, 0.3),
        statement="Order 1 is good up to lr T of about 0.3.",
        source="tenka2020, rule of thumb",
        how="Largest lr T of the stored runs of LeNet with an error below 15 % of the change.",
    ),
    _claim(
        id="diagrams.third-order-reach",
        kind="experiment",
        states=HOLDS_WITHIN_LIMITS,
        check=partial(_order_reaches, 3, 1.0),
        statement="Order 3 is good up to lr T of about 1.",
        source="tenka2020, rule of thumb",
        how="Largest lr T of the stored runs of LeNet with an error below 15 % of the change.",
    ),
    _claim(
        id="diagrams.control-mean",
        kind="our finding",
        states=HOLDS,
        check=_control_has_its_mean,
        statement="The control variate of the runs has the mean computed from pairs of examples.",
        source="ours",
        how="Mean of the control minus the exact one at the largest rate.",
    ),
)
