"""A body that says one reading a hundred thousand times, beside one of as many readings, over HTTP."""

from collections.abc import Iterator

from bench.client import READINGS, post
from bench.figures import Goal, Line, expect, ratios, spread
from bench.lab import Backend, Lab
from bench.misbehaviour import one_identity
from bench.rows import CSV, meter_code, time_ordered
from bench.serving import service, settle
from bench.sizes import METERS, Sizes

_ROWS = 100_000
_GOAL = Goal(2.0, at_most=True)
_VALUES = {"one value": 1, "1,000 values": 1_000, "100,000 values": _ROWS}


def one_reading(lab: Lab, sizes: Sizes) -> Iterator[Line]:
    """Yield the seconds of each body until it is answered, and the ratio to that of distinct readings."""
    for backend in Backend:
        distinct: list[float] = []
        found: dict[str, list[float]] = {name: [] for name in _VALUES}
        for number in range(sizes.rounds + 1):
            url = lab.metered(backend)
            with service(lab, url) as server:
                connection = server.connect()
                body = CSV.body(time_ordered(0, _ROWS // METERS))
                seconds, _ = connection.post_all([post(READINGS, body, CSV.media_type)])
                settle(url)
                if number:
                    distinct.append(seconds)
                for place, (name, values) in enumerate(_VALUES.items()):
                    meter = meter_code(place + 1)
                    seconds, answers = connection.post_all(
                        [one_identity(_ROWS, path=READINGS, meter=meter, values=values)]
                    )
                    settle(url)
                    expect(answers[0].json["received"], _ROWS, "rows received")
                    if number:
                        found[name].append(seconds)
            lab.drop(url)
        yield Line("distinct readings", backend, spread(distinct), "s")
        for name, each in found.items():
            yield Line(f"one reading, {name}", backend, spread(each), "s", ratios(each, distinct), "distinct", _GOAL)
