"""An answer by other algorithms: torch, placing one node after the other, raw moments of visits."""

import itertools
import math

import numpy as np
import torch


def powers(table, theta):
    return theta[..., None] ** torch.arange(table.shape[-1]) * table


def derivatives(table, theta):
    at = torch.full((len(table),), float(theta), dtype=torch.float64, requires_grad=True)
    losses = powers(torch.as_tensor(np.asarray(table)), at).sum(-1)
    (g,) = torch.autograd.grad(losses.sum(), at, create_graph=True)
    (h,) = torch.autograd.grad(g.sum(), at)
    return losses.detach(), g.detach(), h


def moments(table, theta):
    losses, g, h = derivatives(table, theta)
    both = torch.cov(torch.stack((g, h)), correction=0)
    return {"loss": losses.mean(), "G": g.mean(), "H": h.mean(), "C": both[0, 0], "J": both[0, 1]}


def exact(table, theta, schedule, examples, lr):
    table = torch.as_tensor(np.asarray(table))
    drawn = torch.cartesian_prod(*[torch.arange(len(table))] * examples).reshape(-1, examples)
    weight = torch.full((len(drawn),), theta, dtype=torch.float64)
    for batch in schedule:
        at = weight.clone().requires_grad_()
        loss = sum(powers(table[drawn[:, row]], at).sum() for row in batch) / len(batch)
        weight = weight - lr * torch.autograd.grad(loss, at)[0]
    return powers(table.mean(0), weight).sum(-1).mean()


def count(parents, ties, schedule):
    """From the last node down: parents are placed before their children."""
    tie_of = {node: tuple(tie) for tie in ties for node in tie}

    def below(node, times, rows):
        if node < 0:
            return 1
        latest, tie, total = times[parents[node]], tie_of.get(node), 0
        for t in range(latest):
            for row in schedule[t]:
                if tie is None or rows.get(tie, row) == row:
                    held = rows if tie is None else {**rows, tie: row}
                    total += below(node - 1, {**times, node: t}, held)
        return total

    return below(len(parents) - 1, {len(parents): len(schedule)}, {})


def symmetries(parents, ties):
    """The renamings found child by child, from the root."""
    root = len(parents)
    children = {up: [node for node, other in enumerate(parents) if other == up] for up in range(root + 1)}
    groups = {frozenset(tie) for tie in ties}

    def extend(queue, named):
        if not queue:
            return int({frozenset(named[node] for node in tie) for tie in groups} == groups)
        node, *rest = queue
        mine, theirs = children[node], children[named[node]]
        if len(mine) != len(theirs):
            return 0
        orders = itertools.permutations(theirs)
        return sum(extend(rest + mine, {**named, **dict(zip(mine, each, strict=True))}) for each in orders)

    return extend([root], {root: root})


def predict(table, theta, schedule):
    """Taylor series of the steps, with the mean of each product over kinds: no drawing enters."""
    losses, g, h = derivatives(table, theta)
    visits = [(row, t) for t, batch in enumerate(schedule) for row in batch]
    batch, second = len(schedule[0]), 0.0
    for (row, t), (other, later) in itertools.product(visits, visits):
        same = row == other
        pushed = (g * g).mean() if same else g.mean() ** 2
        turned = (g * h).mean() if same else g.mean() * h.mean()
        second += pushed * h.mean() / 2 + (turned * g.mean() if t < later else 0.0)
    return torch.stack((losses.mean(), -len(schedule) * g.mean() ** 2, second / math.pow(batch, 2)))


def fresh_is_better(cases, examples):
    """How the variance of the slopes, times the slope of the test loss, changes along a small move."""
    found = []
    for case in cases:
        table, theta = case["table"], case["theta"]

        def product(at, table=table):
            at = torch.tensor(at, dtype=torch.float64)
            step = 1e-5
            low, high = (moments(table, float(at + side)) for side in (-step, step))
            here = moments(table, float(at))
            return here["C"] * (high["G"] - low["G"]) + here["G"] * (high["C"] - low["C"]) / 2

        found.append(bool(product(theta) > 0))
    return found
