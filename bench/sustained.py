"""A million new rows without a pause: acknowledged, and entered and rolled up, beside raw loading of the same rows."""

from collections import defaultdict
from collections.abc import Callable, Iterator

from bench.baselines import raw_table
from bench.beside import Found, contenders
from bench.figures import Goal, Line, spread
from bench.lab import Backend, Lab
from bench.new_rows import BATCH, post_batches
from bench.rows import NDJSON, Rows, Supply
from bench.sizes import Sizes

_ORDERS: dict[str, Callable[[Supply, int], Rows]] = {
    "time-ordered": Supply.time_ordered,
    "meter by meter": Supply.by_meter,
}
_GOALS = {Backend.POSTGRESQL: Goal(1.0, 1.5), Backend.SQLITE: Goal(1.5)}


def sustained(lab: Lab, sizes: Sizes) -> Iterator[Line]:
    """Yield rows a second in batches of 10,000, one client, NDJSON, by order of arrival."""
    for backend in Backend:
        raw = raw_table(backend, lab.empty(backend))
        acknowledged = {order: Found(f"{order}, acknowledged", "rows/s") for order in _ORDERS}
        rolled = {order: Found(f"{order}, rolled up", "rows/s") for order in _ORDERS}
        loaded: dict[str, list[float]] = defaultdict(list)
        supply = Supply()
        with contenders(lab, backend) as builds:
            warm_up = supply.time_ordered(BATCH).cut(BATCH)
            for each in builds:
                post_batches(each.connection, warm_up, NDJSON)
                each.settle()
            for _ in range(sizes.rounds):
                for order, rows_of in _ORDERS.items():
                    batches = rows_of(supply, sizes.sustained_rows).cut(BATCH)
                    for each in builds:
                        seconds = post_batches(each.connection, batches, NDJSON)
                        acknowledged[order].builds[each.name].append(sizes.sustained_rows / seconds)
                        seconds += each.settle()
                        rolled[order].builds[each.name].append(sizes.sustained_rows / seconds)
                    raw_seconds = raw.seconds([raw.ready(batch) for batch in batches])
                    loaded[order].append(sizes.sustained_rows / raw_seconds)
        for order in _ORDERS:
            yield from acknowledged[order].lines(backend, beside=loaded[order], against=raw.name)
            yield from rolled[order].lines(backend, beside=loaded[order], against=raw.name, goal=_GOALS[backend])
            yield Line(f"{raw.name}, {order}", backend, spread(loaded[order]), "rows/s")
        raw.close()
