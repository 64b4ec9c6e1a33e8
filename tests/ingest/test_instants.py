"""Timestamps become milliseconds exactly, or say why they cannot."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.ingest.bodies.instants import instants_from_texts
from app.ingest.problems import RowCode

UNREADABLE = RowCode.TIMESTAMP_UNREADABLE
WITHOUT_OFFSET = RowCode.TIMESTAMP_WITHOUT_OFFSET
TOO_FINE = RowCode.TIMESTAMP_TOO_FINE
OUT_OF_RANGE = RowCode.TIMESTAMP_OUT_OF_RANGE


@pytest.mark.parametrize(
    ("text", "ms"),
    [
        ("1970-01-01T00:00:00Z", 0),
        ("2021-03-01T00:15:00+08:00", 1_614_528_900_000),
        ("2021-02-28T16:15:00Z", 1_614_528_900_000),
        ("2021-02-28t16:15:00z", 1_614_528_900_000),
        ("2021-02-28 16:15:00Z", 1_614_528_900_000),
        ("2021-02-28T12:45:00-03:30", 1_614_528_900_000),
        ("2021-02-28T16:15:00-00:00", 1_614_528_900_000),
        ("2021-02-28T16:15:00.5Z", 1_614_528_900_500),
        ("2021-02-28T16:15:00.05+00:00", 1_614_528_900_050),
        ("2021-02-28T16:15:00.123Z", 1_614_528_900_123),
        ("2021-02-28T16:15:00.123000000Z", 1_614_528_900_123),
        ("2020-02-29T00:00:00Z", 1_582_934_400_000),
        ("2000-02-29T23:59:59Z", 951_868_799_000),
        ("1969-12-31T23:59:59-00:01", 59_000),
        ("2199-12-31T23:59:59.999Z", 7_258_118_399_999),
    ],
)
def test_an_instant_with_an_offset_is_kept_to_the_millisecond(text: str, ms: int) -> None:
    instants, problems = instants_from_texts([text])
    assert (instants.tolist(), problems) == ([ms], {})


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", UNREADABLE),
        ("now", UNREADABLE),
        ("1614528900", UNREADABLE),
        ("2021-02-28", UNREADABLE),
        ("2021-02-29T00:00:00Z", UNREADABLE),
        ("1900-02-29T00:00:00Z", UNREADABLE),
        ("2021-13-01T00:00:00Z", UNREADABLE),
        ("2021-00-01T00:00:00Z", UNREADABLE),
        ("2021-01-00T00:00:00Z", UNREADABLE),
        ("2021-04-31T00:00:00Z", UNREADABLE),
        ("2021-01-01T24:00:00Z", UNREADABLE),
        ("2021-01-01T00:60:00Z", UNREADABLE),
        ("2016-12-31T23:59:60Z", UNREADABLE),
        ("2021-01-01T00:00Z", UNREADABLE),
        ("2021-01-01T00:00:00.Z", UNREADABLE),
        ("2021-01-01T00:00:00,5Z", UNREADABLE),
        ("2021-01-01T00:00:00+24:00", UNREADABLE),
        ("2021-01-01T00:00:00+08:60", UNREADABLE),
        ("2021-01-01T00:00:00 08:00Z", UNREADABLE),
        ("2021/01/01T00:00:00Z", UNREADABLE),
        ("2021-01-01_00:00:00Z", UNREADABLE),
        (" 2021-01-01T00:00:00Z", UNREADABLE),
        ("٢٠٢١-01-01T00:00:00Z", UNREADABLE),
        ("2021-01-01T00:00:00\u2212 8:00", UNREADABLE),
        ("0000-01-01T00:00:00Z", UNREADABLE),
        ("2021-01-01T00:00:00", WITHOUT_OFFSET),
        ("2021-01-01 00:00:00", WITHOUT_OFFSET),
        ("2021-01-01T00:00:00.123", WITHOUT_OFFSET),
        ("2021-01-01T00:00:00.123456789", WITHOUT_OFFSET),
        ("2021-01-01T00:00:00.1234Z", TOO_FINE),
        ("2021-01-01T00:00:00.000001+08:00", TOO_FINE),
        ("1969-12-31T23:59:59.999Z", OUT_OF_RANGE),
        ("1970-01-01T00:00:00+00:01", OUT_OF_RANGE),
        ("2200-01-01T00:00:00Z", OUT_OF_RANGE),
        ("9999-12-31T23:59:59Z", OUT_OF_RANGE),
        ("0001-01-01T00:00:00+23:59", OUT_OF_RANGE),
    ],
)
def test_what_is_no_instant_says_what_is_wrong(text: str, code: RowCode) -> None:
    _, problems = instants_from_texts([text])
    assert problems == {0: code}


@pytest.mark.parametrize(
    "text", ["2021-01-01T00:00:00+0800", "20210101T000000.000000000", "12345678901234567890", "x" * 30 + "1"]
)
def test_what_is_neither_an_instant_nor_a_local_time_is_unreadable(text: str) -> None:
    _, problems = instants_from_texts([text])
    assert problems == {0: UNREADABLE}


def test_good_and_bad_texts_of_many_shapes_keep_their_places() -> None:
    texts = [
        "2021-01-01T00:00:00Z",
        "bad",
        "2021-01-01T08:00:00+08:00",
        "2021-01-01T00:00:00",
        "2021-01-01T00:00:00.5Z",
    ]
    instants, problems = instants_from_texts(texts)
    assert instants[[0, 2, 4]].tolist() == [1_609_459_200_000, 1_609_459_200_000, 1_609_459_200_500]
    assert problems == {1: UNREADABLE, 3: WITHOUT_OFFSET}


def test_no_texts_give_no_instants() -> None:
    instants, problems = instants_from_texts([])
    assert (len(instants), problems) == (0, {})


@given(
    st.lists(
        st.builds(
            lambda at, minutes: at.replace(microsecond=at.microsecond // 1000 * 1000).astimezone(
                timezone(timedelta(minutes=minutes))
            ),
            st.datetimes(datetime(1971, 1, 1), datetime(2199, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
            st.integers(-1439, 1439),
        ),
        max_size=5,
    )
)
def test_any_instant_is_read_as_the_standard_library_reads_it(instants: list[datetime]) -> None:
    read, problems = instants_from_texts([instant.isoformat() for instant in instants])
    assert problems == {}
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    assert read.tolist() == [(instant - epoch) // timedelta(milliseconds=1) for instant in instants]


@given(st.lists(st.text("0123456789-:.+TZ \u2212é", max_size=30), max_size=4))
def test_any_text_at_all_is_an_instant_or_a_problem(texts: list[str]) -> None:
    instants, problems = instants_from_texts(texts)
    assert len(instants) == len(texts)
    assert set(problems) <= set(range(len(texts)))


SIXTY = [f"2021-03-01T00:{minute:02d}:00Z" for minute in range(60)]


@given(
    st.one_of(
        st.from_regex(
            r"(19|20|21|22)[0-9]{2}-[01][0-9]-[0-3][0-9][T ][0-2][0-9]:[0-6][0-9]:[0-6][0-9]"
            r"(\.[0-9]{3})?(Z|[+-][0-2][0-9]:[0-6][0-9])?",
            fullmatch=True,
        ),
        st.text("0123456789-:.+TZ", max_size=30),
    )
)
@example("2021-01-01T24:00:00Z")
@example("2021-01-01T00:00:00+08:60")
@example("1970-01-01T00:00:00+00:01")
@example("2200-01-01T00:00:00Z")
def test_a_text_is_the_same_instant_alone_and_among_many(text: str) -> None:
    alone, problem = instants_from_texts([text])
    among, problems = instants_from_texts([*SIXTY, text])
    assert among[60] == alone[0]
    assert problems == {60 + at: code for at, code in problem.items()}
