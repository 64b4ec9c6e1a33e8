"""The same digits give the same integer, whichever format carries them."""

from decimal import ROUND_HALF_EVEN, Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.ingest.bodies.body import decode
from app.ingest.bodies.body_columns import MediaType
from app.ingest.problems import RowCode
from tests.support.bodies import body

LIMIT = Decimal(2**32)


@st.composite
def decimal_texts(draw: st.DrawFn) -> str:
    """JSON numbers around everything that matters: halves of the last digit, 1e8, 2^32, long tails, exponents."""
    sign = draw(st.sampled_from(["", "-"]))
    whole = str(draw(st.one_of(st.integers(0, 20), st.integers(99_999_990, 100_000_010), st.integers(0, 2**32 + 2))))
    digits = draw(
        st.one_of(
            st.just(""),
            st.from_regex(r"[0-9]{1,9}", fullmatch=True),
            st.from_regex(r"[0-9]{6}(5|49|50)0{0,40}1?", fullmatch=True),
        )
    )
    exponent = draw(st.sampled_from(["", "", "", "e0", "E-3", "e+1", "e-12"]))
    return sign + whole + (f".{digits}" if digits else "") + exponent


def _micro(text: str, form: MediaType, name: str) -> int | RowCode:
    columns = decode(body([{"meter": "m", "timestamp": "2021-01-01T00:00:00Z", "value": text}], name), form)
    assert columns.received == 1
    return columns.problems[0].code if columns.problems else int(columns.value[0])


@given(decimal_texts())
@example("0.0000005")
@example("1.0000005")
@example("12345678.1234565")
@example("99999999.9999995")
@example("100000000.0000005")
@example("4294967296.0000005")
@example("4294967296.00000051")
@example("-0.0")
@example("1e-7")
@example("0.00000050000000000000000000000000000000000000001")
def test_json_ndjson_and_csv_give_the_integer_of_the_digits(text: str) -> None:
    value = Decimal(text)
    rounded = value.quantize(Decimal("0.000001"), rounding=ROUND_HALF_EVEN)
    expected = RowCode.VALUE_OUT_OF_RANGE if abs(rounded) > LIMIT else int(rounded * 1_000_000)
    assert _micro(text, MediaType.JSON, "json") == expected
    assert _micro(text, MediaType.NDJSON, "ndjson") == expected
    assert _micro(text, MediaType.CSV, "csv") == expected


@pytest.mark.parametrize(
    ("text", "micro"),
    [
        ("0.1", 100_000),
        ("0.1000005", 100_000),
        ("0.1000015", 100_002),
        ("98765432.1234565", 98_765_432_123_456),
        ("98765432.1234575", 98_765_432_123_458),
        ("4294967295.9999994", 4_294_967_295_999_999),
        ("-3999999999.0000015", -3_999_999_999_000_002),
        ("18446744073709551616e-12", 18_446_744_073_710),
    ],
)
def test_a_double_is_not_trusted_where_it_would_round_otherwise_than_the_digits(text: str, micro: int) -> None:
    assert _micro(text, MediaType.JSON, "json") == micro
    assert _micro(text, MediaType.NDJSON, "ndjson") == micro
    assert _micro(text, MediaType.CSV, "csv") == micro


@pytest.mark.parametrize("text", ["4294967296.000001", "1e400", "-1e308", "18446744073709551616", "9" * 400])
def test_a_value_beyond_the_limit_is_that_rows_problem_in_every_format(text: str) -> None:
    assert _micro(text, MediaType.JSON, "json") is RowCode.VALUE_OUT_OF_RANGE
    assert _micro(text, MediaType.NDJSON, "ndjson") is RowCode.VALUE_OUT_OF_RANGE
    assert _micro(text, MediaType.CSV, "csv") is RowCode.VALUE_OUT_OF_RANGE


@pytest.mark.parametrize("text", ["NaN", "Infinity", "-Infinity", "null", "true", '"5 kWh"', "[1]"])
def test_what_is_no_number_is_that_rows_problem_in_every_format(text: str) -> None:
    assert _micro(text, MediaType.JSON, "json") is RowCode.VALUE_UNREADABLE
    assert _micro(text, MediaType.NDJSON, "ndjson") is RowCode.VALUE_UNREADABLE
    assert _micro(text, MediaType.CSV, "csv") is RowCode.VALUE_UNREADABLE


@pytest.mark.parametrize("text", ["", " ", "1,5", "1_000", "0x10", "5 kWh", "--1", "1e", "1.2.3", "nan", "]", "1],[2"])
def test_a_csv_field_that_is_no_number_is_that_rows_problem_alone(text: str) -> None:
    rows = [{"meter": "m", "timestamp": "2021-01-01T00:00:00Z", "value": value} for value in ("1", text, "2.5")]
    columns = decode(body(rows, "csv"), MediaType.CSV)
    assert columns.value.tolist() == [1_000_000, 2_500_000]
    assert columns.row.tolist() == [0, 2]
    assert [(problem.index, problem.code) for problem in columns.problems] == [(1, RowCode.VALUE_UNREADABLE)]


@pytest.mark.parametrize(("text", "micro"), [("+5", 5_000_000), (".5", 500_000), ("5.", 5_000_000), ("007", 7_000_000)])
def test_a_csv_number_may_be_written_as_spreadsheets_do(text: str, micro: int) -> None:
    assert _micro(text, MediaType.CSV, "csv") == micro
