"""Matplotlib's drawings as SVG inside a page: its colours follow the page, light or dark, and its letters are the page's."""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from xml.etree import ElementTree

from matplotlib import rc_context
from matplotlib.figure import Figure
from matplotlib.typing import RcKeyType

# Matplotlib needs colours with a value; the page's stylesheet decides what each of these is.
INK = "#000001"
QUIET = "#000002"
LINE = "#000003"
SCORE = "#000004"
LABEL = "#000005"
_VARIABLES = {INK: "--ink", QUIET: "--quiet", LINE: "--line", SCORE: "--score", LABEL: "--label"}
_COLOUR = re.compile("|".join(_VARIABLES))
_LONG = re.compile(r"(\d\.\d\d)\d+")

WIDTH = 4.2  # inches; so that letters of 9 points are readable on a phone, where a figure is as wide as the screen
_STYLE: dict[RcKeyType, object] = {
    "axes.edgecolor": LINE,
    "axes.facecolor": "none",
    "axes.grid": True,
    "axes.labelcolor": QUIET,
    "axes.labelsize": 9,
    "axes.linewidth": 0.8,
    "axes.axisbelow": True,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "figure.facecolor": "none",
    "font.family": "DejaVu Sans",  # measured with what Matplotlib brings, shown with what the page has
    "font.size": 9,
    "grid.color": LINE,
    "grid.linewidth": 0.5,
    "legend.edgecolor": "none",
    "legend.facecolor": "none",
    "legend.fontsize": 8.5,
    "legend.frameon": False,
    "legend.labelcolor": INK,
    "savefig.facecolor": "none",
    "svg.fonttype": "none",
    "text.color": INK,
    "text.parse_math": False,
    "xtick.color": LINE,
    "xtick.major.size": 0,
    "xtick.labelcolor": QUIET,
    "xtick.labelsize": 8.5,
    "xtick.major.pad": 5,
    "ytick.color": LINE,
    "ytick.major.size": 0,
    "ytick.labelcolor": QUIET,
    "ytick.labelsize": 8.5,
    "ytick.major.pad": 5,
}


@contextmanager
def drawing(height: float) -> Iterator[Figure]:
    """An empty figure in our style, this many inches high, to draw on and turn into SVG inside the block."""
    with rc_context(_STYLE):
        yield Figure(figsize=(WIDTH, height), layout="constrained")


def inline_svg(figure: Figure, salt: str) -> str:
    """The figure as an `<svg>` element as wide as its place. Ids in it differ from those of figures with another salt."""
    written = io.StringIO()
    nothing = dict.fromkeys(("Creator", "Date", "Format", "Type"))
    with rc_context({"svg.hashsalt": salt}), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing")  # the page's font may well have it
        figure.savefig(written, format="svg", metadata=nothing)
    root = ElementTree.fromstring(written.getvalue())
    for element in root.iter():
        _plain(element)
    _without_style(root)
    root.attrib = {"viewBox": root.attrib["viewBox"], "aria-hidden": "true"}
    return ElementTree.tostring(root, encoding="unicode")


def _plain(element: ElementTree.Element) -> None:
    """As HTML has it: no namespaces; no ids but those that something refers to, since other figures have the same; short numbers."""
    element.tag = element.tag.rpartition("}")[2]
    attributes = {name.rpartition("}")[2]: value for name, value in element.attrib.items()}
    if element.tag == "g":
        attributes.pop("id", None)
    for name, value in attributes.items():
        if name == "style":
            attributes[name] = _COLOUR.sub(lambda found: f"var({_VARIABLES[found[0]]})", value)
        elif name not in ("id", "href", "clip-path"):
            attributes[name] = _LONG.sub(r"\1", " ".join(value.split()))
    element.attrib = attributes
    element.tail = None
    if element.tag != "text":
        element.text = None


def _without_style(root: ElementTree.Element) -> None:
    """Take out Matplotlib's own stylesheet, which would hold for the whole page."""
    for parent in list(root.iter("defs")):
        for style in parent.findall("style"):
            parent.remove(style)
