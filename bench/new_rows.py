"""New rows over HTTP in batches of 10,000, round by round beside raw loading, the naive endpoint and InfluxDB."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack

from bench import influx
from bench.baselines import RawCopy, raw_table
from bench.client import READINGS, Answer, Connection, post
from bench.figures import Goal, Line, expect, ratios, spread
from bench.lab import Backend, Lab
from bench.rows import CSV, JSON, NDJSON, Format, Rows, Supply, line_protocol_body
from bench.serving import application, service, settle
from bench.sizes import Sizes

BATCH = 10_000
FORMATS = (JSON, CSV, NDJSON)
_NAIVE, _INFLUX = "naive", "InfluxDB /write"
_RAW_GOAL = Goal(0.8, 1.0)
_NAIVE_GOAL = {Backend.POSTGRESQL: Goal(25), Backend.SQLITE: Goal(30)}


def new_rows(lab: Lab, sizes: Sizes) -> Iterator[Line]:
    """Yield rows a second of each format and of what they are held against, on both databases."""
    for backend in Backend:
        yield from _on(backend, lab, sizes)


def post_batches(connection: Connection, batches: list[Rows], form: Format) -> float:
    """Post batches of new rows, all of which must be inserted, and return the seconds it took."""
    requests = [post(READINGS, form.body(batch), form.media_type) for batch in batches]
    seconds, answers = connection.post_all(requests)
    for answer, batch in zip(answers, batches, strict=True):
        expect_counts(answer, received=len(batch), inserted=len(batch))
    return seconds


def expect_counts(answer: Answer, **counts: int) -> None:
    """Raise WrongResult unless the receipt has these counts and zero for all others."""
    names = ("received", "inserted", "replaced", "duplicate", "suspect", "rejected")
    found = {name: answer.json[name] for name in names}
    expect(found, dict.fromkeys(names, 0) | counts, "the receipt's counts")


def _on(backend: Backend, lab: Lab, sizes: Sizes) -> Iterator[Line]:
    url = lab.metered(backend)
    raw = raw_table(backend, lab.empty(backend))
    keyless = RawCopy(lab.empty(backend), keyed=False) if backend is Backend.POSTGRESQL else None
    tables = [raw, *([keyless] if keyless else [])]
    rates: dict[str, list[float]] = defaultdict(list)
    with ExitStack() as stack:
        ours = stack.enter_context(service(lab, url)).connect()
        naive = stack.enter_context(application(lab, lab.metered(backend), "bench.naive:application")).connect()
        other = stack.enter_context(influx.influxdb(lab)) if influx.installed() else None
        supply, few_rows = Supply(), Supply()
        for round_number in range(sizes.rounds + 1):
            count = sizes.batch_rows if round_number else BATCH  # the first round warms up and is not counted
            found: dict[str, float] = {}
            loaded: list[Rows] = []
            for form in FORMATS:
                batches = supply.time_ordered(count).cut(BATCH)
                loaded += batches
                seconds = post_batches(ours, batches, form)
                found[form.name] = count / seconds
                found[f"{form.name}, until rolled up"] = count / (seconds + settle(url))
                found[f"{raw.name} beside {form.name}"] = count / raw.seconds([raw.ready(batch) for batch in batches])
            for table in tables[1:]:
                seconds = table.seconds([table.ready(batch) for batch in loaded])
                found[table.name] = len(FORMATS) * count / seconds
            if other is not None:
                lines = [post(influx.WRITE, line_protocol_body(batch), "text/plain") for batch in batches]
                found[_INFLUX] = count / other.post_all(lines, status=204)[0]
            few = few_rows.time_ordered(sizes.naive_rows if round_number else 100)
            found[_NAIVE] = len(few) / naive.post_all([post(READINGS, JSON.body(few), JSON.media_type)])[0]
            if round_number:
                for name, rate in found.items():
                    rates[name].append(rate)
    for table in tables:
        table.close()
    client = f"the client computed {ours.cpu_s / ours.busy_s:.1%} of the time"
    yield from _lines(backend, rates, raw.name, [table.name for table in tables[1:]], client)


def _lines(
    backend: Backend, rates: Mapping[str, list[float]], raw: str, tables: Iterable[str], client: str
) -> Iterator[Line]:
    def line(name: str, beside: str, against: str, goal: Goal | None = None, note: str = "") -> Line:
        ratio = ratios(rates[name], rates[beside])
        return Line(name, backend, spread(rates[name]), "rows/s", ratio, against, goal, note)

    for form in FORMATS:
        baseline = f"{raw} beside {form.name}"
        yield line(form.name, baseline, raw, _RAW_GOAL, client)
        yield line(form.name, _NAIVE, _NAIVE, _NAIVE_GOAL[backend])
        if _INFLUX in rates:
            yield line(form.name, _INFLUX, _INFLUX, Goal(1.0))
        yield line(f"{form.name}, until rolled up", baseline, raw)
    for form in FORMATS:
        yield Line(f"{raw} beside {form.name}", backend, spread(rates[f"{raw} beside {form.name}"]), "rows/s")
    for table in tables:
        yield line(table, f"{raw} beside {FORMATS[-1].name}", raw)
    for name in (_NAIVE, _INFLUX):
        if name in rates:
            yield Line(name, backend, spread(rates[name]), "rows/s")
