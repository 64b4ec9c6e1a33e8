"""Streams of readings of every kind of meter, around every kind of clock change, and ways to deliver them."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from hypothesis import strategies as st

from app.core.calendar.periods import instant_from_ms
from app.core.inventory.meters import MeterSpec
from app.core.units.quantities import decimal_from_micro, plain
from tests.support.bodies import FORMATS, Row

QUARTER_MS = 900_000
DAY_MS = 86_400_000
LIMIT = 2**32 * 10**6
ANCHORS_MS = {
    "Europe/Berlin": [1_616_893_200_000, 1_635_642_000_000],
    "America/New_York": [1_615_705_200_000, 1_636_264_800_000],
    "Asia/Shanghai": [1_609_430_400_000],
    "Australia/Lord_Howe": [1_617_462_000_000, 1_633_188_600_000],
    "Asia/Kathmandu": [1_582_913_700_000],
    "America/St_Johns": [1_289_097_060_000],
    "Pacific/Apia": [1_325_239_200_000],
}
"""Zones with instants at which their clocks change, a year ends or a leap day begins."""

_EDGES = [None, "interval_start", "interval_end"]
_CHANGES = [
    {"valid_from": "2020-03-01", "interval": "PT1H"},
    {"valid_from": "2021-03-28", "interval": "P1D"},
    {"valid_from": "2021-10-31", "interval": "PT10M"},
]
_OTHER_REGISTERS = [
    {"register_direction": "down"},
    {"register_direction": "down", "register_modulus": "100000"},
    {"register_direction": "net", "register_modulus": "100000", "max_rate": "1000"},
    {"register_reset": "daily"},
    {"register_reset": "daily", "max_rate": "1000"},
    {"register_reset": "monthly"},
]

KINDS = ("register", "interval", "register", "event", "interval", "stock", "gauge")
"""Every kind; those whose readings touch more than their own instant more often."""


@dataclass(frozen=True, slots=True)
class Saying:
    """One reading as somebody sends it: UTC ms, micro-units."""

    at: int
    value: int
    quality: str
    start: int | None

    def row(self, meter: MeterSpec) -> Row:
        """Return the reading as it is sent for a meter, every digit written."""
        fields = {
            "meter": meter.code,
            "timestamp": instant_from_ms(self.at).isoformat(timespec="milliseconds"),
            "value": plain(decimal_from_micro(self.value)),
            "quality": self.quality,
        }
        if self.start is not None:
            fields["start"] = instant_from_ms(self.start).isoformat(timespec="milliseconds")
        return fields


@dataclass(frozen=True, slots=True)
class Stream:
    """A meter's definition and what is said of it, in the order it is said."""

    meter: Mapping[str, Any]
    fiscal_start_month: int
    sayings: Sequence[Saying]


@dataclass(frozen=True, slots=True)
class Delivery:
    """Some rows sent as one body, and whether the roller runs right after."""

    sayings: Sequence[Saying]
    form: str
    roll: bool
    fold: bool = False


@st.composite
def streams(draw: st.DrawFn, kinds: Sequence[str] = KINDS) -> Stream:
    """Draw a meter and readings of a few instants near a change of its plant's clocks."""
    kind = draw(st.sampled_from(kinds))
    zone = draw(st.sampled_from(sorted(ANCHORS_MS)))
    meter = {"kind": kind, "zone": zone, **draw(_definitions(kind))}
    anchor = draw(st.sampled_from(ANCHORS_MS[zone]))
    instants = draw(st.lists(_instants(anchor), min_size=1, max_size=8, unique=True))
    lengths = st.sampled_from([1, 999, QUARTER_MS, 3 * DAY_MS, 40 * DAY_MS, 1_100 * DAY_MS])
    starts = st.one_of(st.none(), st.none(), lengths) if kind == "interval" else st.none()
    sayings = draw(
        st.lists(
            st.builds(
                lambda at, value, quality, length: Saying(at, value, quality, None if length is None else at - length),
                st.sampled_from(instants),
                _values(),
                st.sampled_from(["measured", "measured", "estimated", "manual"]),
                starts,
            ),
            min_size=1,
            max_size=14,
        )
    )
    return Stream(meter, draw(st.sampled_from([1, 1, 4])), sayings)


def deliveries(stream: Stream, random: Random) -> Iterator[Delivery]:
    """Yield the stream in any order, batching and repetition that keeps the order of each identity's values."""
    waiting: dict[int, list[Saying]] = defaultdict(list)
    for saying in stream.sayings:
        waiting[saying.at].append(saying)
    turns = [at for at, sayings in waiting.items() for _ in sayings]
    random.shuffle(turns)
    sent: list[Saying] = []
    batch: list[Saying] = []
    for at in turns:
        batch.append(waiting[at].pop(0))
        sent.append(batch[-1])
        if random.random() < 0.3:
            batch.append(random.choice(sent))
        if random.random() < 0.4:
            yield Delivery(batch, random.choice(sorted(FORMATS)), random.random() < 0.5, random.random() < 0.4)
            batch = []
    if batch:
        yield Delivery(batch, "ndjson", roll=False)


@st.composite
def _definitions(draw: st.DrawFn, kind: str) -> dict[str, Any]:
    if kind == "interval" and draw(st.integers(0, 4)) == 0:
        return {"interval": "PT15M", "edge": draw(st.sampled_from(_EDGES)), "interval_changes": _CHANGES}
    if kind == "interval":
        return {
            "interval": draw(
                st.sampled_from(["PT15M", "PT15M", "PT1H", "PT7M", "PT10S", "PT23H", "P1D", "P1M", "P1Y"])
            ),
            "edge": draw(st.sampled_from(_EDGES)),
            "max_rate": draw(st.sampled_from([None, None, "1000"])),
        }
    if kind == "register":
        if draw(st.booleans()):
            return draw(st.sampled_from(_OTHER_REGISTERS))
        return {
            "register_modulus": draw(st.sampled_from([None, "100000"])),
            "dip_tolerance": draw(st.sampled_from([None, "5"])),
            "max_rate": draw(st.sampled_from([None, None, "1000"])),
        }
    return {}


def _instants(anchor: int) -> st.SearchStrategy[int]:
    quarters = st.integers(-200, 200).map(lambda n: anchor + n * QUARTER_MS)
    days = st.one_of(st.integers(-9, 9), st.integers(-70, 400)).map(lambda n: anchor - anchor % DAY_MS + n * DAY_MS)
    exact = st.integers(-2 * DAY_MS, 2 * DAY_MS).map(lambda n: anchor + n)
    return st.one_of(quarters, quarters, days, exact)


def _values() -> st.SearchStrategy[int]:
    usual = st.integers(0, 200).map(lambda n: n * 1_000_000)
    odd = st.sampled_from([0, 1, -1, 999_999, 99_986_000_000, 11_000_000, LIMIT, -LIMIT, LIMIT - 1])
    return st.one_of(usual, usual, odd, st.integers(-LIMIT, LIMIT))
