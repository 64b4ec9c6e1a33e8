"""New rows by batch size and by order of arrival, beside raw loading in the same batches."""

from collections import defaultdict
from collections.abc import Iterator

from bench.baselines import raw_table
from bench.figures import Line, ratios, spread
from bench.lab import Backend, Lab
from bench.new_rows import post_batches
from bench.rows import NDJSON, Rows, Supply
from bench.serving import service, settle
from bench.sizes import Sizes

_ORDERS = ("time-ordered", "meter by meter")


def batch_sizes(lab: Lab, sizes: Sizes) -> Iterator[Line]:
    """Yield rows a second of each batch size in both orders, one client, NDJSON."""
    for backend in Backend:
        url = lab.metered(backend)
        raw = raw_table(backend, lab.empty(backend))
        ours: dict[tuple[str, int], list[float]] = defaultdict(list)
        theirs: dict[tuple[str, int], list[float]] = defaultdict(list)
        supply = Supply()
        with service(lab, url) as server:
            connection = server.connect()
            post_batches(connection, supply.time_ordered(10_000).cut(10_000), NDJSON)
            settle(url)
            for _ in range(sizes.rounds):
                for order in _ORDERS:
                    for size, count in sizes.grid_rows:
                        batches = _rows(supply, order, count).cut(size)
                        ours[order, size].append(count / post_batches(connection, batches, NDJSON))
                        settle(url)
                        theirs[order, size].append(count / raw.seconds([raw.ready(batch) for batch in batches]))
        for (order, size), rates in ours.items():
            ratio = ratios(rates, theirs[order, size])
            yield Line(f"{size:,} a batch, {order}", backend, spread(rates), "rows/s", ratio, raw.name)
        raw.close()
        lab.drop(url)


def _rows(supply: Supply, order: str, count: int) -> Rows:
    return supply.time_ordered(count) if order == _ORDERS[0] else supply.by_meter(count)
