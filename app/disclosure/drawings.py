"""The bar charts that pygal draws: axis labels that stay short, and SVG without style, script or reference."""

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element

from markupsafe import Markup

if TYPE_CHECKING:
    import pygal

_LABEL_SIZE = 12
_UNSEEN_CLASSES = frozenset({"background", "plot tooltip-overlay"})


def compact(value: Decimal) -> str:
    """Return `value` as an axis label of at most six characters or so: 12.5k, 3M, -0.25."""
    for size, suffix in ((Decimal(10**9), "bn"), (Decimal(10**6), "M"), (Decimal(10**3), "k")):
        if abs(value) >= size:
            return f"{(value / size).quantize(Decimal('0.01')).normalize():f}{suffix}"
    if abs(value) >= 1:
        return f"{value.quantize(Decimal('0.01')).normalize():f}"
    return f"{value.normalize():.2g}" if value else "0"


def bar_drawing(
    *, size: tuple[int, int], steps: tuple[int, int], labels: Sequence[str], **settings: object
) -> "pygal.Bar":
    """Return a chart to add bars to; `drawn` makes the drawing of it.

    `size` is its width and height, `steps` the fewest and the most of its value axis, `labels` stand below the bars;
    `settings` are pygal's own. Sizes of letters are what pygal lays out by; every colour is in the page's own style.
    """
    import pygal
    from pygal.etree import etree
    from pygal.style import Style

    etree.to_etree()  # by lxml, which pygal takes where it is installed, the same drawing names its own references
    width, height = size
    fewest, most = steps
    return pygal.Bar(
        width=width,
        height=height,
        margin=4,
        spacing=6,
        explicit_size=False,
        disable_xml_declaration=True,
        js=[],
        css=[],
        style=Style(label_font_size=_LABEL_SIZE, major_label_font_size=_LABEL_SIZE, value_font_size=_LABEL_SIZE),
        show_legend=False,
        min_scale=fewest,
        max_scale=most,
        value_formatter=lambda value: compact(Decimal(str(value))),
        x_labels=list(labels),
        **settings,
    )


def drawn(chart: "pygal.Bar") -> Markup:
    """Return the chart as an SVG element that a page may hold as it is."""
    chart.add_xml_filter(_bare)
    return Markup(chart.render(is_unicode=True))  # noqa: S704 - pygal escapes what it writes


def _bare(svg: Element) -> Element:
    """Return pygal's drawing without its style sheet, script and tooltip, which the page's security policy refuses."""
    for part in list(svg):
        if part.tag != "g":
            svg.remove(part)
    for parent in list(svg.iter()):
        for part in list(parent):
            if part.tag == "desc" or part.get("class") in _UNSEEN_CLASSES:
                parent.remove(part)
    del svg.attrib["id"]
    return svg
