"""One number, one row: the same text of a number has the same verdict in every format and by every way in."""

import io
import re
from collections.abc import Callable, Iterator, Sequence

import httpx
import pytest

from app.core.inventory.meters import MeterSpec
from app.ingest.bodies.body import decode
from app.ingest.bodies.body_columns import MediaType
from app.ingest.door.mapped import Destination, take_records
from app.ingest.door.streamed import StreamedBody
from app.ingest.problems import RowCode
from app.ingest.sources.records import read_records
from app.ingest.writing.gathering import PLAIN, Post
from app.schemas.readings.mappings import ReadingMapping, source_mapping
from tests.support.bodies import FORMATS, body
from tests.support.processes import ADMIN_KEY, Server, serving
from tests.support.site import NOW_MS, Site, stored

NUMBERS = {
    "1E+2": 100_000_000,
    "1e002": 100_000_000,
    "-0": 0,
    "1e-99999": 0,
    "1e-18446744073709551616": 0,
    "0e18446744073709551616": 0,
    "-0.0e99999999999999999999": 0,
    f"0.{'0' * 400}15e401": 1_500_000,
    f"15{'0' * 400}e-401": 1_500_000,
    f"0.{'0' * 20_000}15e20001": 1_500_000,
}
BEYOND = (
    *("1e18446744073709551616", "-1e18446744073709551616", "1e18446744073709551617", "1e9223372036854775808"),
    *("1e4294967297", "1e2147483649", "1e99999", "1e12345", "-1e400", "4294967296.000001", "9" * 5_000),
)
NO_NUMBERS = (
    *("٣", "1٣", "1e٣", "１２", "1.٣", "1_000", "0x10", "NaN", "-Infinity", "Infinity", "--1", "1e", "1.2.3", "1e5e5"),
    *("e5", "-", ".", "true", "null", "5kWh", "∞", "1e+-5", "'1'"),
)
VERDICTS: dict[str, int | RowCode] = {
    **NUMBERS,
    **dict.fromkeys(BEYOND, RowCode.VALUE_OUT_OF_RANGE),
    **dict.fromkeys(NO_NUMBERS, RowCode.VALUE_UNREADABLE),
}
TEXTS = list(VERDICTS)
SPREADSHEET = ("+5", ".5", "5.", "007")
MAPPING = {"meter": {"field": "meter"}, "timestamp": {"field": "timestamp"}, "value": {"field": "value"}}


def _at(number: int) -> str:
    return f"2021-01-{1 + number // 24:02}T{number % 24:02}:00:00Z"


def _rows(texts: Sequence[str], meter: str = "m") -> list[dict[str, str]]:
    return [{"meter": meter, "timestamp": _at(at), "value": text} for at, text in enumerate(texts)]


def _verdicts(columns_of: bytes, form: str) -> list[int | RowCode]:
    columns = decode(columns_of, MediaType(FORMATS[form]))
    found: dict[int, int | RowCode] = dict(zip(columns.row.tolist(), columns.value.tolist(), strict=True))
    found |= {problem.index: problem.code for problem in columns.problems}
    assert {problem.field for problem in columns.problems} <= {"value"}
    return [found[row] for row in range(columns.received)]


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("text", TEXTS, ids=lambda text: text[:24])
def test_a_number_has_one_verdict_in_every_format(text: str, form: str) -> None:
    assert _verdicts(body(_rows([text]), form), form) == [VERDICTS[text]]


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("text", TEXTS, ids=lambda text: text[:24])
def test_a_number_has_that_verdict_in_every_row_of_a_long_body(text: str, form: str) -> None:
    assert _verdicts(body(_rows([text] * 200), form), form) == [VERDICTS[text]] * 200


@pytest.mark.parametrize("form", FORMATS)
def test_a_number_has_that_verdict_whatever_its_neighbours_are(form: str) -> None:
    assert _verdicts(body(_rows(TEXTS), form), form) == list(VERDICTS.values())


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("neighbour", ["1", "x", "1e999"])
def test_spaces_around_a_number_are_no_part_of_it(form: str, neighbour: str) -> None:
    assert _verdicts(body(_rows([" 1.5", "1.5 \t", neighbour]), form), form)[:2] == [1_500_000] * 2


@pytest.mark.parametrize("form", ["json", "ndjson"])
@pytest.mark.parametrize("count", [1, 40, 200])
@pytest.mark.parametrize("text", [*TEXTS, *SPREADSHEET], ids=lambda text: text[:24])
def test_a_number_in_a_string_has_the_verdict_of_the_number(text: str, count: int, form: str) -> None:
    verdict = VERDICTS.get(text, RowCode.VALUE_UNREADABLE)
    assert _verdicts(body(_rows([f'"{text}"'] * count), form), form) == [verdict] * count
    mixed = _verdicts(body(_rows(["1", f'"{text}"', "2.5", '"-3"'] * count), form), form)
    assert mixed == [1_000_000, verdict, 2_500_000, -3_000_000] * count


@pytest.mark.parametrize("text", SPREADSHEET)
def test_what_spreadsheets_write_and_json_has_no_syntax_for_spoils_its_row_alone(text: str) -> None:
    rows = _rows(["1", text, "2"])
    for form in ("json", "ndjson"):
        assert _verdicts(body(rows, form), form) == [1_000_000, RowCode.VALUE_UNREADABLE, 2_000_000]


def _streamed(site: Site, meter: MeterSpec, form: str) -> dict[int, RowCode]:
    sender = Post(site.organization_id, None, PLAIN, NOW_MS, None)
    streamed = StreamedBody(site.database, sender, MediaType(FORMATS[form]), None, limit_bytes=1_000_000)
    content = body(_rows(TEXTS, meter.code), form)
    for start in range(0, len(content), 100):
        streamed.feed(content[start : start + 100])
    return {problem.index: problem.code for problem in streamed.finish().problems}


def _mapped(site: Site, meter: MeterSpec, form: str) -> dict[int, RowCode]:
    where = {"records": "readings"} if form == "json" else {}
    mapping = source_mapping(ReadingMapping.model_validate({"format": form, **where, **MAPPING}))
    texts = [f'"{text}"' if form != "csv" and text in NO_NUMBERS else text for text in TEXTS]
    content = body(_rows(texts, meter.code), form)
    records = list(read_records(io.BytesIO(content), mapping.shape, mapping.needed))
    destination = Destination(site.organization_id, None, PLAIN)
    pieces = take_records(site.database, records, mapping.rules, destination, clock_ms=lambda: NOW_MS)
    return {rejection.problem.index: rejection.problem.code for taken in pieces for rejection in taken.rejections}


@pytest.mark.parametrize(
    ("way", "form"),
    [(_streamed, "ndjson"), (_streamed, "csv"), (_mapped, "json"), (_mapped, "ndjson"), (_mapped, "csv")],
)
def test_a_number_has_that_verdict_in_a_stream_and_through_a_mapping(
    site: Site, way: Callable[[Site, MeterSpec, str], dict[int, RowCode]], form: str
) -> None:
    meter = site.meter()
    rejected = way(site, meter, form)
    assert rejected == {at: code for at, code in enumerate(VERDICTS.values()) if isinstance(code, RowCode)}
    assert [value for _, value, *_ in stored(site.database, meter)] == list(NUMBERS.values())


@pytest.fixture
def server(database_url: str) -> Iterator[Server]:
    with serving(database_url) as (started,):
        yield started


def test_a_number_has_that_verdict_by_the_express_lane(server: Server) -> None:
    with httpx.Client(base_url=server.address, headers={"X-API-Key": ADMIN_KEY}, timeout=30) as client:
        _plant_with_meter(client)
        for text, verdict in VERDICTS.items():
            for written in (text, f'"{text}"'):
                answer = client.post(
                    "/v1/organizations/acme/readings",
                    content=body(_rows([written]), "json"),
                    headers={"Content-Type": "application/json"},
                )
                codes = [error["code"] for error in answer.json()["errors"]]
                expected = (422, [verdict]) if isinstance(verdict, RowCode) else (200, [])
                assert (answer.status_code, codes) == expected, written
        taken = re.search(r"^esg_express_posts_total (\S+)", client.get("/metrics").text, re.MULTILINE)
    short = sum(len(text) < 8_000 for text in VERDICTS)
    assert taken is not None
    assert float(taken[1]) >= 2 * short - 1  # of the first post the organization is not known yet


def _plant_with_meter(client: httpx.Client) -> None:
    fixed = {"name": "Acme", "timezone": "Asia/Shanghai", "currency": "CNY"}
    made = [
        client.post("/v1/organizations", json={"code": "acme", **fixed}),
        client.post("/v1/organizations/acme/plants", json={"code": "main", "name": "Main", "country": "CN"}),
        client.post(
            "/v1/organizations/acme/meters",
            json={
                "code": "m",
                "plant": "main",
                "name": "Grid",
                "resource": "electricity.grid",
                "kind": "event",
                "unit": "kWh",
            },
        ),
    ]
    assert [each.status_code for each in made] == [201, 201, 201], [each.text for each in made]
