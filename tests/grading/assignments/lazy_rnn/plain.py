"""Loops in plain Python."""

import math


def dot(a, b):
    return sum(p * q for p, q in zip(a, b, strict=True))


def forward(W, A, tokens):
    W, A = [list(map(float, row)) for row in W], [list(map(float, row)) for row in A]
    h = [[0.0] * len(W)]
    for x in tokens:
        h.append([max(0.0, dot(row, h[-1]) + dot(a, x)) for row, a in zip(W, A, strict=True)])
    return h


def back(W, h, delta):
    m = len(W)
    found = [0.0] * m
    for i in range(m):
        if delta[i]:
            for j in range(m):
                found[j] += delta[i] * W[i][j]
    return [f if gate > 0 else 0.0 for f, gate in zip(found, h, strict=True)]


def loss_and_gradient(W, A, B, x, target):
    m, loss = len(W), 0.0
    slope = [[0.0] * m for _ in range(m)]
    for tokens, wanted in zip(x, target, strict=True):
        h = forward(W, A, tokens)
        below = [0.0] * m
        for time in range(len(tokens), 1, -1):
            u = [dot(row, h[time]) - y for row, y in zip(B, wanted[time - 1], strict=True)]
            loss += dot(u, u) / 2
            pull = [sum(u[k] * B[k][i] for k in range(len(u))) for i in range(m)]
            gated = [p if s > 0 else 0.0 for p, s in zip(pull, h[time], strict=True)]
            delta = [p + q for p, q in zip(gated, below, strict=True)]
            for i in range(m):
                for j in range(m):
                    slope[i][j] += delta[i] * h[time - 1][j]
            below = back(W, h[time - 1], delta)
    return loss, slope


def gated_means(c):
    angle = math.acos(max(-1.0, min(1.0, c)))
    both = (math.pi - angle) / (2 * math.pi)
    return [math.sin(angle) / (2 * math.pi) + math.cos(angle) * both, both]


def kernels(x):
    n, times = len(x), len(x[0])

    def empty():
        return [[[[0.0] * times for _ in range(n)] for _ in range(times)] for _ in range(n)]

    Q, K = empty(), empty()
    for i in range(n):
        for j in range(n):
            for a in range(times):
                for b in range(times):
                    q = Q[i][a - 1][j][b - 1] if a and b else 0.0
                    k = K[i][a - 1][j][b - 1] if a and b else 0.0
                    one = sum(dot(x[i][s], x[i][s]) for s in range(a + 1))
                    two = sum(dot(x[j][s], x[j][s]) for s in range(b + 1))
                    size = math.sqrt(one * two)
                    product, both = gated_means((q + dot(x[i][a], x[j][b])) / size)
                    Q[i][a][j][b] = 2 * size * product
                    K[i][a][j][b] = both * q + 2 * both * k
    return Q, K


def tangent_kernel(W, A, B, x):
    W = [list(map(float, row)) for row in W]
    rows = []  # of each output: pairs of delta and the state that it meets
    for tokens in x:
        h = forward(W, A, tokens)
        for last in range(2, len(tokens) + 1):
            for out in B:
                delta = [float(b) if s > 0 else 0.0 for b, s in zip(out, h[last], strict=True)]
                pairs = []
                for time in range(last, 1, -1):
                    pairs.append((delta, h[time - 1]))
                    if time > 2:
                        delta = back(W, h[time - 1], delta)
                rows.append(pairs)
    return [[sum(dot(d, e) * dot(g, h) for d, g in p for e, h in q) for q in rows] for p in rows]


def loss_curve(kernel, u0, lr, steps):
    u, found = list(u0), []
    for _ in range(steps + 1):
        found.append(dot(u, u) / 2)
        u = [a - lr * dot(row, u) for a, row in zip(u, kernel, strict=True)]
    return found
