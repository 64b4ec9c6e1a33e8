"""A million new rows without a pause: acknowledged, and entered and rolled up, beside raw loading of the same rows."""

from collections import defaultdict
from collections.abc import Callable, Iterator

from bench.baselines import raw_table
from bench.figures import Line, ratios, spread
from bench.lab import Backend, Lab
from bench.new_rows import BATCH, post_batches
from bench.rows import NDJSON, Rows, Supply
from bench.serving import service, settle
from bench.sizes import Sizes


def sustained(lab: Lab, sizes: Sizes) -> Iterator[Line]:
    """Yield rows a second in batches of 10,000, one client, NDJSON, by order of arrival."""
    orders: dict[str, Callable[[Supply, int], Rows]] = {
        "time-ordered": Supply.time_ordered,
        "meter by meter": Supply.by_meter,
    }
    for backend in Backend:
        url = lab.metered(backend)
        raw = raw_table(backend, lab.empty(backend))
        rates: dict[str, list[float]] = defaultdict(list)
        supply = Supply()
        with service(lab, url) as server:
            connection = server.connect()
            post_batches(connection, supply.time_ordered(BATCH).cut(BATCH), NDJSON)
            settle(url)
            for _ in range(sizes.rounds):
                for order, rows_of in orders.items():
                    batches = rows_of(supply, sizes.sustained_rows).cut(BATCH)
                    count = sum(len(batch) for batch in batches)
                    seconds = post_batches(connection, batches, NDJSON)
                    rates[f"{order}, acknowledged"].append(count / seconds)
                    rates[f"{order}, rolled up"].append(count / (seconds + settle(url)))
                    rates[f"{raw.name}, {order}"].append(count / raw.seconds([raw.ready(batch) for batch in batches]))
        for order in orders:
            beside = rates[f"{raw.name}, {order}"]
            for subject in (f"{order}, acknowledged", f"{order}, rolled up"):
                yield Line(subject, backend, spread(rates[subject]), "rows/s", ratios(rates[subject], beside), raw.name)
            yield Line(f"{raw.name}, {order}", backend, spread(beside), "rows/s")
        raw.close()
        lab.drop(url)
