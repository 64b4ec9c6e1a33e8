"""What pasted rows tell of a meter: each line below is pasted as it stands, and what is told is written out."""

from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from app.core.inventory.meters import TimestampEdge
from app.core.inventory.resources import MeterKind
from app.core.language import speaking
from app.pages.start.samples import NothingRecognised, Sample, recognised
from app.pages.start.snippets import newest_stamp

SHANGHAI = ZoneInfo("Asia/Shanghai")
KINDS = (MeterKind.INTERVAL, MeterKind.REGISTER, MeterKind.EVENT)
START, END = TimestampEdge.INTERVAL_START, TimestampEdge.INTERVAL_END

TOLD = {
    "counter": (
        "Time\tEnergy [kWh]\n2026-03-01 00:15\t10412.5\n2026-03-01 00:30\t10415.0\n2026-03-01 00:45\t10417.2",
        ("register", None, None, "kWh"),
    ),
    "quarter hours, stamped at their end": (
        "2026-03-01 00:15,12.5\n2026-03-01 00:30,11\n2026-03-01 00:45,13\n2026-03-01 01:00,9",
        ("interval", "PT15M", END, None),
    ),
    "a German export, time apart": (
        "Datum;Uhrzeit;Verbrauch (kWh)\n01.03.2026;00:00;1.234,5\n01.03.2026;00:15;987,1\n01.03.2026;00:30;1.001,0",
        ("interval", "PT15M", START, "kWh"),
    ),
    "months of a bill": (
        "Month,Electricity MWh\n2025-01,100\n2025-02,90\n2025-03,95\n2025-04,120",
        ("interval", "P1M", START, "MWh"),
    ),
    "firsts of months, as Germans write them": (
        "Monat;Verbrauch [MWh]\n01.01.2025;1.234,5\n01.02.2025;987\n01.03.2025;1.100,25\n01.04.2025;1.010",
        ("interval", "P1M", START, "MWh"),
    ),
    "last days of months": ("2026-01-31,5\n2026-02-28,4\n2026-03-31,6", ("interval", "P1M", START, None)),
    "days, in Chinese": (
        "日期\t用电量(千瓦时)\n2026年1月1日\t1,200\n2026年1月2日\t1,100\n2026年1月3日\t1,300",
        ("interval", "P1D", START, "kWh"),
    ),
    "the column says which end": (
        "Interval end;kWh\n01.03.2026 13:15;5\n01.03.2026 13:30;4\n01.03.2026 13:45;4,5",
        ("interval", "PT15M", END, "kWh"),
    ),
    "day numbers of a spreadsheet": ("45000.0104\t3\n45000.0208\t4\n45000.0313\t2", ("interval", "PT15M", END, None)),
    "American dates, told by their spacing": (
        "1/2/2026 10:00, 5\n1/3/2026 10:00, 7\n1/4/2026 10:00, 3",
        ("interval", "P1D", None, None),
    ),
    "instants with an offset, by the plant's clock": (
        "2026-01-01T16:00:00Z,5\n2026-01-01T17:00:00Z,4\n2026-01-01T18:00:00Z,6",
        ("interval", "PT1H", START, None),
    ),
    "deliveries, with the unit behind": (
        "2026-01-05 12.5 MWh\n2026-01-09 11 MWh\n2026-02-20 13 MWh",
        ("event", None, None, "MWh"),
    ),
    "a gap, and a repeat": (
        "2026-01-01 00:00;5\n2026-01-01 01:00;4\n2026-01-01 01:00;4\n2026-01-01 02:00;7\n2026-01-01 05:00;3",
        ("interval", "PT1H", START, None),
    ),
    "a status before the value, and a number of the row": (
        "No;Time;Status;Use kWh\n1;2026-01-01 00:15;0;5\n2;2026-01-01 00:30;0;4\n3;2026-01-01 00:45;0;6",
        ("interval", "PT15M", END, "kWh"),
    ),
    "the value before the time": ("5,5;2026-01-01\n4,5;2026-01-02\n6;2026-01-03", ("interval", "P1D", START, None)),
    "a counter that might be days of a spreadsheet": (
        "41235;2026-01-01 00:00\n41240;2026-01-01 00:15\n41245;2026-01-01 01:00\n41250;2026-01-01 03:15",
        ("register", None, None, None),
    ),
    "one row": ("2026-01-01 00:00;5", (None, None, None, None)),
    "two rows are too few": ("2026-01-01;900\n2026-03-09;950", (None, None, None, None)),
}


def told(text: str, kinds: tuple[MeterKind, ...] = KINDS) -> Sample:
    return recognised(text, zone=SHANGHAI, units=["kWh", "MWh"], kinds=kinds)


@pytest.mark.parametrize("name", TOLD)
def test_rows_tell_kind_interval_edge_and_unit(name: str) -> None:
    text, (kind, interval, edge, unit) = TOLD[name]
    sample = told(text)

    assert (sample.kind, sample.interval, sample.edge, sample.unit) == (kind, interval, edge, unit)
    fields = {"kind": kind, "interval": interval, "timestamp_edge": edge, "unit": unit}
    assert {name for name, value in fields.items() if value} <= sample.reasons.keys(), "each has its reason"


def test_times_and_numbers_are_read_as_they_are_meant() -> None:
    german = told(TOLD["a German export, time apart"][0]).rows
    american = told(TOLD["American dates, told by their spacing"][0]).rows
    instants = told(TOLD["instants with an offset, by the plant's clock"][0]).rows

    assert (german[0].at.isoformat(), german[0].value) == ("2026-03-01T00:00:00", Decimal("1234.5"))
    assert [each.at.isoformat() for each in american] == [
        "2026-01-02T10:00:00",
        "2026-01-03T10:00:00",
        "2026-01-04T10:00:00",
    ]
    assert instants[0].at.isoformat() == "2026-01-02T00:00:00"


def test_what_is_not_told_is_said_and_not_guessed() -> None:
    power = told("Timestamp,kW\n2026-01-01 10:20,5\n2026-01-01 10:25,4\n2026-01-01 10:30,6")
    gauge = told("2026-01-01 00:05,5\n2026-01-01 00:10,6\n2026-01-01 00:15,7", kinds=(MeterKind.GAUGE,))
    wide = told("Day;0:15;0:30;0:45;1:00\n1.3.2026;4;5;6;7\n2.3.2026;4;4;4;4\n3.3.2026;5;5;5;5")
    assert "4 columns of numbers" in wide.reasons["columns"]
    assert "columns" not in power.reasons
    for text in ("0000-01;5", "0001-01-01;5", "9999-12-31T23:59:59-12:00;5", "9999-12-31;5", "99999;5"):
        with pytest.raises(NothingRecognised):  # nor do dates that no clock goes to
            told(text)
    for text in ("", "hello\nworld", "1\n2", "2026-01-01\n2026-01-02"):
        with pytest.raises(NothingRecognised):
            told(text)

    assert (power.unit, power.edge) == (None, None)
    assert "kW is a power" in power.reasons["unit"]
    assert "ask who set it up" in power.reasons["timestamp_edge"]
    assert (gauge.kind, gauge.interval, gauge.edge) == ("gauge", None, END)
    with speaking("zh"):
        assert "15 分钟" in told(TOLD["counter"][0]).reasons["interval"]


@pytest.mark.parametrize(
    ("interval", "edge", "stamp"),
    [
        ("PT15M", END, "2026-03-05T10:30:00+08:00"),
        ("PT15M", START, "2026-03-05T10:15:00+08:00"),
        ("P1D", START, "2026-03-04T00:00:00+08:00"),
        ("P1W", END, "2026-03-02T00:00:00+08:00"),
        ("P1M", START, "2026-02-01T00:00:00+08:00"),
        ("P3M", START, "2025-10-01T00:00:00+08:00"),
        ("P1Y", END, "2026-01-01T00:00:00+08:00"),
    ],
    ids=["quarter hour, end", "quarter hour, start", "day", "week", "month", "quarter", "year"],
)
def test_the_first_reading_is_of_the_last_interval_that_is_over(interval: str, edge: TimestampEdge, stamp: str) -> None:
    now_ms = 1_772_678_440_000  # 2026-03-05T10:40:40+08:00, a Thursday

    assert newest_stamp(MeterKind.INTERVAL, interval, edge, SHANGHAI, now_ms) == stamp
    assert newest_stamp(MeterKind.REGISTER, None, None, SHANGHAI, now_ms) == "2026-03-05T10:40:00+08:00"
