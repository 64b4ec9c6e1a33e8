"""Laying out flows as a Sankey diagram: nodes in columns as high as what goes through them, bands between them.

What goes through is laid out in floats: a picture's pixels; the numbers beside it are printed from the exact values.
No library is behind it: those that draw Sankey diagrams do so in the browser, and this one is in the page without a
script, prints, and is read by a screen reader as an image with its table.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from unicodedata import east_asian_width

from app.accounting.breakdowns.flows import Flow, Node, NodeKind

WIDTH = 960
_HEIGHT = 340
_NODE_WIDTH = 12
_SLOT = 19
"""Height of a line of letters: a node that is thinner takes so much room."""
_GAP = 9
_MOST_METERS = 14
_LETTER = 6.5
"""How wide a letter of the labels is, on an average."""
OTHERS = "others"
"""What qualifies the node that stands for the smallest sub-meters of a picture."""


@dataclass(frozen=True, slots=True)
class Box:
    """A node's rectangle and where its words stand, with how much room; `hue` is the class of its colour."""

    node: Node
    x: float
    y: float
    height: float
    text_x: float
    anchor: str
    room: float
    hue: str

    def fitting(self, words: str, number: str) -> str:
        """Return the words cut to what stands between two columns beside a number; a letter as wide as high is two."""
        room = int(self.room / _LETTER) - len(number) - 1
        kept = ""
        for letter in words:
            room -= 2 if east_asian_width(letter) in "WF" else 1
            if room < 0:
                return f"{kept[:-1].rstrip()}…"
            kept += letter
        return kept

    @property
    def text_y(self) -> float:
        """Return the height of the middle of its words."""
        return self.y + self.height / 2 + 4


@dataclass(frozen=True, slots=True)
class Band:
    """A flow's outline as the path of an SVG element."""

    flow: Flow
    path: str
    hue: str


@dataclass(frozen=True, slots=True)
class Sankey:
    """A picture of flows, `WIDTH` wide."""

    height: float
    boxes: tuple[Box, ...]
    bands: tuple[Band, ...]


def sankey(flows: Sequence[Flow], hue_of: Callable[[Node], str]) -> Sankey:
    """Return the picture of flows, which hold no circle.

    A node stands one column right of the last node that flows into it. Of 60 and 40 into a node, 70 and 30 out of it,
    the middle is 100 high, its left side is 60 below 40 and its right side 70 below 30.
    """
    columns = _columns(flows)
    size = {node: _through(node, flows) for column in columns for node in column}
    most = max((len(column) for column in columns), default=0)
    room = max(_HEIGHT, most * (_SLOT + _GAP)) - most * _GAP
    scale = room / max((sum(size[node] for node in column) for column in columns), default=1.0)
    places: dict[Node, tuple[int, float, float]] = {}
    for number, column in enumerate(columns):
        ordered = sorted(column, key=lambda each: _order(each, flows, places, size))
        heights = [max(size[node] * scale, 1.5) for node in ordered]
        slots = [max(height, _SLOT) + _GAP for height in heights]
        at, below = 2.0, sum(slots)
        for node, height, slot in zip(ordered, heights, slots, strict=True):
            # As near to what flows into it as those above and below leave room for.
            lowest = room + most * _GAP - below
            at = max(at, min(_order(node, flows, places, size)[0] - (slot - _GAP) / 2, lowest))
            places[node] = number, at + (slot - _GAP - height) / 2, height
            at, below = at + slot, below - slot
    step = (WIDTH - _NODE_WIDTH) / max(len(columns) - 1, 1)
    last = len(columns) - 1
    boxes = [_box(node, *places[node], step, is_last=0 < last == places[node][0], hue=hue_of(node)) for node in places]
    return Sankey(
        max((box.y + max(box.height, _SLOT) for box in boxes), default=0.0) + 4,
        tuple(boxes),
        tuple(_bands(flows, {box.node: box for box in boxes}, scale, hue_of)),
    )


def gathered(flows: Sequence[Flow]) -> list[Flow]:
    """Return the flows for a picture: of many sub-meters of plants the largest, the others as one, nothing below."""
    ends = {flow.target: flow.value for flow in flows if flow.source.kind is NodeKind.PLANT and _is_meter(flow.target)}
    if len(ends) <= _MOST_METERS:
        return list(flows)
    others = set(sorted(ends, key=lambda node: -ends[node])[_MOST_METERS:])
    found: dict[tuple[Node, Node], Flow] = {}
    for flow in flows:
        if _is_meter(flow.source):
            continue
        target = Node(NodeKind.METER, str(len(others)), OTHERS) if flow.target in others else flow.target
        before = found.get((flow.source, target))
        found[flow.source, target] = Flow(flow.source, target, flow.value + (before.value if before else 0))
    return list(found.values())


def _is_meter(node: Node) -> bool:
    return node.kind is NodeKind.METER and not node.of


def _columns(flows: Sequence[Flow]) -> list[list[Node]]:
    depth: dict[Node, int] = defaultdict(int)
    for _ in flows:  # each pass reaches one column further at least; there are no more columns than flows and one
        moved = False
        for flow in flows:
            if depth[flow.target] <= depth[flow.source]:
                depth[flow.target], moved = depth[flow.source] + 1, True
        if not moved:
            break
    columns: list[list[Node]] = [[] for _ in range(max(depth.values(), default=-1) + 1)]
    for node, column in depth.items():
        columns[column].append(node)
    return columns


def _through(node: Node, flows: Sequence[Flow]) -> float:
    inwards = sum(float(flow.value) for flow in flows if flow.target == node)
    return max(inwards, sum(float(flow.value) for flow in flows if flow.source == node))


def _order(
    node: Node, flows: Sequence[Flow], places: Mapping[Node, tuple[int, float, float]], size: Mapping[Node, float]
) -> tuple[float, float]:
    """Return what sorts the nodes of a column: the middle of what flows into it, then the largest first."""
    known = [(flow, places[flow.source]) for flow in flows if flow.target == node and flow.source in places]
    weight = sum(float(flow.value) for flow, _ in known)
    middle = sum(float(flow.value) * (y + height / 2) for flow, (_, y, height) in known)
    rest = node.kind is NodeKind.REST
    return (round(middle / weight) if weight else 0.0), (1.0 if rest else -size[node])


def _box(node: Node, column: int, y: float, height: float, step: float, *, is_last: bool, hue: str) -> Box:
    x = column * step
    text = (x - 6, "end") if is_last else (x + _NODE_WIDTH + 6, "start")
    return Box(
        node, round(x, 1), round(y, 1), round(height, 1), round(text[0], 1), text[1], step - _NODE_WIDTH - 8, hue
    )


def _bands(flows: Sequence[Flow], boxes: Mapping[Node, Box], scale: float, hue_of: Callable[[Node], str]) -> list[Band]:
    """Return the bands; at a node they lie in the order of what they lead to, so that none crosses another there."""
    left: dict[Flow, float] = {}
    right: dict[Flow, float] = {}
    for node, box in boxes.items():
        for offsets, own in (
            (left, sorted((f for f in flows if f.source == node), key=lambda f: boxes[f.target].y)),
            (right, sorted((f for f in flows if f.target == node), key=lambda f: boxes[f.source].y)),
        ):
            at = box.y
            for flow in own:
                offsets[flow] = at
                at += float(flow.value) * scale
    found = []
    for flow in flows:
        start, end = boxes[flow.source].x + _NODE_WIDTH, boxes[flow.target].x
        a, b, high = left[flow], right[flow], max(float(flow.value) * scale, 0.8)
        mid = (start + end) / 2
        path = (
            f"M{start:.1f} {a:.1f}C{mid:.1f} {a:.1f} {mid:.1f} {b:.1f} {end:.1f} {b:.1f}V{b + high:.1f}"
            f"C{mid:.1f} {b + high:.1f} {mid:.1f} {a + high:.1f} {start:.1f} {a + high:.1f}Z"
        )
        passes = flow.source.kind in (NodeKind.PLANT, NodeKind.ALL)
        found.append(Band(flow, path, hue_of(flow.target if passes else flow.source)))
    return found
