"""Places of the book as they are pictured: alone on their page, with text and figures that never change."""

import base64
import io
from pathlib import Path

from PIL import Image, ImageDraw

# The faces of fonts-liberation, so that type is set alike everywhere; nothing moves or fades.
ALIKE = """
html[data-theme] {
  --pst-font-family-base: "Liberation Serif" !important;
  --pst-font-family-heading: "Liberation Sans" !important;
  --pst-font-family-monospace: "Liberation Mono" !important;
}
*, *::before, *::after { animation: none !important; transition: none !important; }
[data-away] { display: none !important; }
[data-alone] :is(.bd-sidebar-primary, .bd-sidebar-secondary) { opacity: 0; }
"""
STAGE = Path(__file__).with_name("stage.js").read_text(encoding="utf-8")

FORMULA = r'<span class="math notranslate nohighlight">\(x_{t+1} = x_t - \eta f_0\)</span>'
PROSE = (
    "Words with a <a class='reference' href='#'>link</a>, <em>stress</em>, <code>code</code> and "
    f"{FORMULA} that are so long that they fill more than one line of a page on a desk."
)
DISPLAY = r"\[v = \frac{\eta\,\sigma^2}{a\,(2-\eta a)}, \qquad \sigma = \sqrt{\textstyle\sum_t \zeta_t^2}.\]"
TOKENS = [
    ("kn", "import"), ("", " "), ("nn", "math"), ("", "\n"),
    ("k", "def"), ("", " "), ("nf", "step"), ("p", "("), ("n", "x"), ("p", "):"), ("", "\n    "),
    ("k", "return"), ("", " "), ("n", "x"), ("", " "), ("o", "*"), ("", " "), ("mf", "0.1"), ("", "  "),
    ("c1", "# one step of many"), ("", "\n"),
    ("nb", "print"), ("p", "("), ("s2", '"of variance"'), ("p", ")"), ("", "\n"),
]  # fmt: skip
CODE = "".join(f'<span class="{kind}">{word}</span>' if kind else word for kind, word in TOKENS)

HEADINGS = 2 * '<li class="toc-h2 nav-item toc-entry"><a class="reference nav-link" href="#">Heading</a></li>'
SIGNATURE = (
    '<span class="sig-name descname"><span class="pre">double_well</span></span><span class="sig-paren">('
    '</span><em class="sig-param"><span class="n">eps</span><span class="p">:</span> <span class="n">float'
    '</span> <span class="o">=</span> <span class="default_value">2.0</span></em>, <em class="sig-param">'
    '<span class="n">tilt</span></em><span class="sig-paren">)</span> <span class="sig-return"><span '
    'class="sig-return-icon">→</span> <a class="reference" href="#"><span class="pre">TwoScale</span></a>'
    "</span>"
)
COIN, CLAIMS, CHAOS = "book/chaos/coin_toss", "book/claims", "book/reference/chaos"
TEXT = "p:not(.admonition-title)"
TOPS = {"desk": (0, 0, 1280, 820), "phone": (0, 0, 375, 720)}
MENUS = {"desk": (780, 0, 500, 220), "phone": (0, 0, 375, 220)}


def place(page, part, *, more=0, away=(), say=None, boxes=None, first=None):
    """What to picture of a page; the selectors of `away` and `say` are looked for in the part."""
    stage = {"part": part, "more": more, "away": list(away), "say": say or {}, "first": first}
    return {"page": page, "boxes": boxes or {}, "stage": stage}


PLACES = {
    "chapter": place(
        COIN,
        "body",
        away=[
            "section section",
            ".goals",
            "article section > p ~ p",
            ".bd-sidenav ~ .bd-sidenav ~ .bd-sidenav, .caption ~ .caption",
            ".bd-sidenav > li:nth-child(n + 4)",
        ],
        say={
            "h1": "A title of a chapter",
            "article section > p": PROSE,
            ".logo__title": "What a learning rate does",
            ".bd-sidenav a": "Title of a page",
            ".section-nav": HEADINGS,
            ".bd-sidenav ~ .caption": "Part of the book",
            ".lr-title": "What the picture shows",
            ".lr-name": "learning rate",
            ".lr-value": "0.1",
            ".lr-select": "<option>0.00001",
            ".lr-numbers": "Learning rate 0.1: measured variance 0.0270.",
            ".lr-look": "<strong>Look for:</strong> what is to be seen at the end of the range.",
        },
        boxes=TOPS,
    ),
    "menu": place(
        COIN,
        "body",
        away=["article > *", ".bd-sidebar-secondary", ".prev-next-footer"],
        boxes=MENUS,
        first="menu",
    ),
    "prose": place(
        COIN,
        ".goals",
        more=1,
        away=["li ~ li ~ li", "section > p ~ p ~ p", "section > .math ~ .math", ".cell"],
        say={"li > p": PROSE, "h2": "A heading of a section", "section > p": PROSE, "div.math": DISPLAY},
    ),
    "theorem": place(
        COIN,
        "#coin-theorem",
        more=1,
        away=[".dropdown > p ~ p ~ p", ".dropdown > .math ~ .math"],
        say={
            ".theorem > p": '<span class="caption-number">Theorem 2 </span> (What it is called)',
            TEXT: PROSE,
            "div.math": DISPLAY,
        },
        first="unfold",
    ),
    "exercise": place(
        COIN,
        "#coin-predict",
        more=1,
        away=["section > .cell", "section > p ~ p"],
        say={".exercise > p": '<span class="caption-number">Exercise 15 </span>', TEXT: PROSE},
        first="unfold",
    ),
    "question": place(
        COIN,
        ".self-check-box",
        away=["label ~ label ~ label"],
        say={"legend": "What is asked of whoever reads it?", "label > span": f"An answer with {FORMULA}."},
    ),
    "answer": place(
        COIN,
        ".self-check-box",
        away=["label ~ label ~ label"],
        say={
            "legend": "What is asked of whoever reads it?",
            "label > span": f"An answer with {FORMULA}.",
            "[role=status]": "Right. This is why it is so, in a few words more than fit on one line.",
        },
        first="answer",
    ),
    "cell": place(
        COIN,
        "div.cell:not(.tag_hide-input):has(> .cell_output .stream)",
        say={".cell_input pre": CODE, ".cell_output pre": "variance 2.98589\nafter one step of many\n"},
    ),
    "figure": place(
        COIN,
        "div.cell:has(+ div.cell p.seen)",
        more=1,
        say={
            "p.seen": "Above: what is seen in the figure, in a line or two. Below: what is left of it.",
            "p.provenance": "Stored run of chaos.invariant_law (version 1), made on a day in 14.9 s.",
        },
    ),
    "ledger": place(
        CLAIMS,
        ".ledger",
        away=["tbody tr ~ tr ~ tr"],
        say={
            "caption": 'Claims of chaos, page <a href="#">chaos/page</a>',
            "td:nth-child(1)": "holds",
            "tbody th": "<strong>A sentence that can be wrong, as long as most of them.</strong><br>"
            "<code>chaos.its-name</code><br><em>theorem</em>: its source, and how it is checked.",
            "td:nth-child(3)": "0.026289",
            "td:nth-child(4)": "0.026316, in [0.026014, 0.026617]",
        },
    ),
    "entry": place(
        CHAOS,
        "dl.py.function:has(> #lrtheory\\.chaos\\.double_well)",
        away=["li ~ li ~ li", ".field-list > * ~ * ~ * ~ * ~ *"],
        say={
            "dt.sig": SIGNATURE,
            "dd > p:first-child": "What the function gives, in one sentence with a formula x^2 / 4.",
            "pre": '<span class="gp">&gt;&gt;&gt; </span><span class="n">x</span>\n<span class="go">1</span>',
            ".field-list > dt": 'Field<span class="colon">:</span>',
            "li > p": "<strong>tilt</strong>: what it says and which values it may have.",
            "dd.field-even > p": 'Author and Other [<a class="reference" href="#">2020</a>], a section.',
        },
    ),
}


def fixed_picture(ground):
    """A figure as data: dark lines, a blue and an orange field."""
    image = Image.new("RGBA", (640, 400), ground)
    draw = ImageDraw.Draw(image)
    draw.line([(60, 30), (60, 360), (610, 360)], fill="#222222", width=3)
    draw.rectangle([120, 160, 280, 360], fill="#1f77b4")
    draw.rectangle([340, 240, 500, 360], fill="#ff7f0e")
    data = io.BytesIO()
    image.save(data, "PNG")
    return "data:image/png;base64," + base64.b64encode(data.getvalue()).decode()


def stage(page, name, width):
    """Leave one place on the page and picture it, at half its size."""
    box = PLACES[name]["boxes"].get(width)
    figures = {"picture": fixed_picture("#ffffff"), "clear": fixed_picture("#ffffff00")}
    found = page.evaluate(STAGE, {**PLACES[name]["stage"], **figures, "box": box})
    taken = page.screenshot(clip=dict(zip(("x", "y", "width", "height"), found, strict=True)))
    return Image.open(io.BytesIO(taken)).convert("RGB").reduce(2)
