"""Draws the README's figure, and the card that a link to the book shows, from one stored run.

Run it from the repository: ``python book/pictures.py``. It writes book/_static/coin_toss.png and card.png.
"""

from pathlib import Path

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lrtheory import Store, chaos
from lrtheory.chaos.experiments.laws import invariant_law
from lrtheory.plotting import book_style

STATIC = Path(__file__).parent / "_static"
TITLE, WORDS = "What a learning rate does", "An executable textbook: every claim is checked, every knob turns"


def draw(ax: Axes) -> None:
    """The histogram of deterministic descents on the predicted law."""
    run, loss = Store().get(invariant_law), chaos.periodic(eps=1e-5)
    chaos.plots.histogram_counts(ax, run["edges"], run["descent_counts"], label="gradient descent, no noise")
    chaos.plots.law(ax, chaos.stationary_law(loss, 0.1), label="predicted law")
    ax.set(xlim=(-0.7, 0.7), ylim=(0, None))


with mpl.rc_context(book_style()):
    figure = Figure(figsize=(7.2, 3.0), layout="constrained", facecolor="white")
    draw(ax := figure.subplots())
    ax.legend(loc="upper right")
    figure.savefig(STATIC / "coin_toss.png", dpi=150)

    card = Figure(figsize=(12, 6.3), facecolor="#fdfcf9", layout="none")  # as wide as cards are
    draw(ax := card.add_axes((0.07, 0.06, 0.86, 0.56), facecolor="none"))
    ax.set(xticks=[], yticks=[], xlabel="", ylabel="")
    ax.spines[:].set_visible(False)
    card.text(0.07, 0.81, TITLE, fontsize=46, weight="bold", color="#22262b")
    card.text(0.07, 0.71, WORDS, fontsize=22, color="#5a6068")
    card.savefig(STATIC / "card.png", dpi=100)
