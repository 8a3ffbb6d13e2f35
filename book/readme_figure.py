"""Draws the README's figure, book/_static/coin_toss.png, from the stored run of the first experiment.

Run it from the repository: ``python book/readme_figure.py``.
"""

from pathlib import Path

import matplotlib as mpl
from matplotlib.figure import Figure

from lrtheory import Store, chaos
from lrtheory.chaos.experiments.laws import invariant_law
from lrtheory.plotting import book_style

with mpl.rc_context(book_style()):
    run, loss = Store().get(invariant_law), chaos.periodic(eps=1e-5)
    figure = Figure(figsize=(7.2, 3.0), layout="constrained", facecolor="white")
    ax = figure.subplots()
    chaos.plots.histogram_counts(ax, run["edges"], run["descent_counts"], label="gradient descent, no noise")
    chaos.plots.law(ax, chaos.stationary_law(loss, 0.1), label="predicted law")
    ax.set(xlim=(-0.7, 0.7), ylim=(0, None))
    ax.legend(loc="upper right")
    figure.savefig(Path(__file__).parent / "_static" / "coin_toss.png", dpi=150)
