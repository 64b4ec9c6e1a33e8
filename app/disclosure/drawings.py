"""What every drawing of pygal's shares: axis labels that stay short, and SVG without style, script or reference."""

from decimal import Decimal
from xml.etree.ElementTree import Element

_UNSEEN_CLASSES = frozenset({"background", "plot tooltip-overlay"})


def compact(value: Decimal) -> str:
    """Return `value` as an axis label of at most six characters or so: 12.5k, 3M, -0.25."""
    for size, suffix in ((Decimal(10**9), "bn"), (Decimal(10**6), "M"), (Decimal(10**3), "k")):
        if abs(value) >= size:
            return f"{(value / size).quantize(Decimal('0.01')).normalize():f}{suffix}"
    if abs(value) >= 1:
        return f"{value.quantize(Decimal('0.01')).normalize():f}"
    return f"{value.normalize():.2g}" if value else "0"


def bare(svg: Element) -> Element:
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
