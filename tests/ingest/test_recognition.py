"""A table that nobody has described is recognized: encoding, delimiter, header, columns, meters, times and numbers."""

import io
import zipfile
from fractions import Fraction

import pytest

from app.ingest.sources.file_units import file_units, units_refused
from app.ingest.sources.guesses import numbers_guessed, times_guessed
from app.ingest.sources.heads import delimiter_of, encoding_of, head_of
from app.ingest.sources.layout import Layout, Role, layout_from, mapping_from
from app.ingest.sources.recognition import Recognized, recognized
from app.ingest.sources.records import SourceUnreadable
from app.ingest.sources.tables import KnownMeter
from app.schemas.readings.mappings import ReadingMapping

METERS = [
    KnownMeter("grid", "Netzbezug", "kWh", "Europe/Berlin"),
    KnownMeter("gas", "Gas", "m3", "Europe/Berlin"),
    KnownMeter("roof", "Hall", "kWh", "Asia/Shanghai"),
    KnownMeter("north", "Hall", "kWh", "Asia/Shanghai"),
]


@pytest.mark.parametrize(
    ("text", "roles"),
    [
        pytest.param("timestamp,meter,value\n2024-03-01T00:00:00Z,grid,1\n", "timestamp meter value", id="api"),
        pytest.param(
            "Zeitpunkt;Messstelle;Wert;Güte\n1.3.2024;gas;1;manuell\n", "timestamp meter value quality", id="de"
        ),
        pytest.param(
            "抄表日期,计量点,读数,单位,单号\n2024-03-01,gas,1,m3,7\n", "timestamp meter value unit reference", id="zh"
        ),
        pytest.param("time,grid [kWh],Netzbezug 2,Gas\n2024-03-01,1,2,3\n", "timestamp =grid - =gas", id="meters"),
        pytest.param("Meter,Unit,2024-01,Feb 2024,Total\ngrid,kWh,1,2,3\n", "meter unit period period -", id="months"),
        pytest.param(
            "Zähler;Jan 2024;Mrz 2024;März 2024;Okt 2024;Summe\ngrid;1;2;3;4;10\n",
            "meter period period period period -",
            id="months-de",
        ),
        pytest.param(
            "Jahr;Zähler;Jänner;Mai;Dez\n2024;grid;1;2;3\n", "timestamp meter period period period", id="year-de"
        ),
        pytest.param("Year,Meter,Jan,Feb\n2024,grid,1,2\n", "timestamp meter period period", id="year-and-months"),
        pytest.param("a,b,c\n2024-03-01,gas,1.5\n2024-03-02,grid,2\n", "timestamp meter value", id="by-content"),
        pytest.param("Datum,Hall,Verbrauch\n2024-03-01,1,2\n", "timestamp - value", id="a-name-of-two"),
    ],
)
def test_columns_are_told_by_their_words_the_meters_there_are_or_what_they_hold(text: str, roles: str) -> None:
    found = _recognized(text)
    assert [role or "-" for role in found.layout.roles.values()] == roles.split()
    assert found.layout.header_line == 1


def test_titles_above_the_header_are_no_header() -> None:
    found = _recognized("Werk Nord\n\nExport vom 3.4.2024;;\nDatum;Zähler;Verbrauch\n3.4.2024;grid;1,5\n")
    assert (found.layout.header_line, list(found.layout.roles)) == (4, ["Datum", "Zähler", "Verbrauch"])
    assert found.layout.codes == {"grid": "grid"}
    assert found.layout.timezone == "Europe/Berlin"


@pytest.mark.parametrize(
    ("texts", "said"),
    [
        (["2024-03-01T00:00:00+08:00", "2024-03-01 00:15Z"], ("rfc3339", "YMD", False)),
        (["03/04/2024 00:15"], ("local", "DMY", True)),
        (["03/04/2024", "13/04/2024"], ("local", "DMY", False)),
        (["03/04/2024", "04/13/2024"], ("local", "MDY", False)),
        (["2024-04-03", "2024/04/04 1:15"], ("local", "YMD", False)),
        (["2024-04", "2024年5月"], ("period", "YMD", False)),
        (["1711929600", "1711930500"], ("epoch_s", "YMD", False)),
        ([], ("local", "YMD", False)),
    ],
    ids=["offset", "doubtful", "day-first", "month-first", "year-first", "months", "epoch", "nothing"],
)
def test_times_are_told_and_two_ways_of_reading_them_are_doubtful(texts: list[str], said: tuple[object, ...]) -> None:
    guess = times_guessed(texts)
    assert (guess.stamp, guess.order, guess.doubtful) == said


@pytest.mark.parametrize(
    ("texts", "said"),
    [
        (["1.5", "1,234.5"], (".", ",", False)),
        (["1,5", "1.234,5"], (",", ".", False)),
        (["1,234", "5,678"], (".", ",", True)),
        (["1,5", "22,75"], (",", "", False)),
        (["12", "13"], (".", "", False)),
        (["1 234,5"], (",", " ", False)),
    ],
    ids=["point", "comma", "doubtful", "comma-alone", "whole", "space"],
)
def test_decimal_marks_are_told_and_two_numbers_of_one_text_are_doubtful(
    texts: list[str], said: tuple[object, ...]
) -> None:
    guess = numbers_guessed(texts)
    assert (guess.decimal, guess.thousands, guess.doubtful) == said


def test_encodings_and_delimiters_are_told_from_the_content() -> None:
    german, chinese = "Zähler;Überschuß\n1,5;2,5\n", "电表,用量\n一,二\n"
    assert [encoding_of(german.encode("cp1252")), encoding_of(chinese.encode("gb18030"))] == ["cp1252", "gb18030"]
    assert [encoding_of(german.encode()), encoding_of(german.encode("utf-16"))] == ["utf-8", "utf-16"]
    assert [delimiter_of(german), delimiter_of(chinese), delimiter_of("a\tb\n1\t2\n")] == [";", ",", "\t"]
    assert head_of(chinese.encode("gb18030")).lines[0].cells == ["电表", "用量"]


def test_units_of_a_file_are_held_against_those_of_the_meters() -> None:
    found = _recognized("date,meter,value,unit\n2024-03-01,grid,1,MWh\n2024-03-02,gas,1,m³\n")
    units = file_units(found.layout, found.table, METERS)
    assert [(each.meter.code, each.unit, each.factor) for each in units] == [
        ("grid", "MWh", Fraction(1000)),
        ("gas", "m³", Fraction(1)),
    ]
    assert [each.fits("1000") for each in units] == [True, False]
    other = _recognized("date,gas [kWh]\n2024-03-01,1\n")
    (unit,) = file_units(other.layout, other.table, METERS)
    assert (unit.factor, unit.fits(""), unit.fits("0.1")) == (None, False, True)
    assert units_refused(other.layout, other.table, METERS) == [
        ("gas", "numbers in kWh cannot be made m3, which the meter is in")
    ]


@pytest.mark.parametrize(
    ("text", "roles", "unit"),
    [
        pytest.param(
            "date,grid [MWh],Gas\n2024-03-01,1,2\n",
            "timestamp =grid =gas",
            {"columns": {"grid [MWh]": "MWh"}},
            id="bracket",
        ),
        pytest.param(
            "date,Netzbezug MWh,gas_m3\n2024-03-01,1,2\n",
            "timestamp =grid =gas",
            {"columns": {"Netzbezug MWh": "MWh", "gas_m3": "m3"}},
            id="behind the name",
        ),
        pytest.param(
            "Datum;grid;Gas\n;MWh;m³\n1.3.2024;1;2\n",
            "timestamp =grid =gas",
            {"columns": {"grid MWh": "MWh", "Gas m³": "m3"}},
            id="a line of units",
        ),
        pytest.param(
            "date,meter,value,unit\n2024-03-01,grid,1,MWh\n", "timestamp meter value unit", {"field": "unit"}, id="rows"
        ),
        pytest.param(
            "date,meter,Wert MWh\n2024-03-01,grid,1\n", "timestamp meter value", {"constant": "MWh"}, id="all"
        ),
        pytest.param("date,meter,MT\n2024-03-01,grid,1\n", "timestamp meter value", {"constant": "MT"}, id="several"),
        pytest.param("Billing day,Gas\n2024-03-01,1\n", "timestamp =gas", None, id="no unit"),
    ],
)
def test_each_column_has_the_unit_that_is_said_of_it(text: str, roles: str, unit: dict[str, object] | None) -> None:
    found = _recognized(text)
    assert [role or "-" for role in found.layout.roles.values()] == roles.split()
    mapping = ReadingMapping.model_validate(mapping_from(found.layout))
    assert (mapping.unit and mapping.unit.model_dump(exclude_none=True)) == unit
    again = layout_from(mapping.model_dump(mode="json", exclude_none=True), list(found.layout.roles))
    assert mapping_from(again).get("unit") == unit


@pytest.mark.parametrize(
    "text",
    [
        "Datum;Zähler;Verbrauch;Beleg\n13.03.2024;Netzbezug;1.234,5;7\n13.03.2024;x;1,5;8\n",
        "time,grid [kWh],Gas\n2024-03-01,1,2\n",
        "Meter,2024-01,2024-02\ngrid,1,2\n",
    ],
    ids=["long", "meters", "months"],
)
def test_a_layout_is_a_valid_mapping_and_comes_back_from_it(text: str) -> None:
    layout = _recognized(text).layout
    valid = ReadingMapping.model_validate(mapping_from(layout))
    again = layout_from(valid.model_dump(mode="json", exclude_none=True), list(layout.roles))
    assert again.roles == layout.roles
    assert (again.stamp, again.order, again.decimal, again.thousands) == (
        layout.stamp,
        again.order if layout.stamp == "period" else layout.order,
        layout.decimal,
        layout.thousands,
    )
    assert {name: code for name, code in again.codes.items() if name != code} == (
        {"Netzbezug": "grid"} if "Netz" in text else {}
    )


def test_what_a_layout_cannot_say_stays_as_a_named_mapping_has_it() -> None:
    base = {
        "format": "csv",
        "skip": [{"starts_with": ["Sum"]}],
        "timestamp": {"field": "t", "format": "local", "order": "YMD", "timezone": "UTC", "ambiguous": "first"},
        "value": {"field": "v", "missing": ["-"]},
        "meter": {"constant": "grid"},
    }
    layout = layout_from(base, ["t", "v", "q"])
    layout.roles["q"] = str(Role.QUALITY)
    valid = ReadingMapping.model_validate(mapping_from(layout, base))
    assert (valid.skip[0].starts_with, valid.value.missing, valid.timestamp.ambiguous) == (["Sum"], ["-"], "first")
    assert valid.quality is not None
    assert valid.quality.field == "q"
    assert mapping_from(Layout(roles={"t": "timestamp"}))["meter"] == {}


def _recognized(text: str) -> Recognized:
    return recognized(head_of(text.encode()), METERS, timezone="UTC")


def _archive(**parts: str) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
    return content.getvalue()


@pytest.mark.parametrize(
    ("content", "said", "code"),
    [
        pytest.param(_archive(**{"[Content_Types].xml": "<x/>"}), {}, "malformed_workbook", id="no workbook part"),
        pytest.param(_archive(a="b"), {}, "malformed_workbook", id="another archive"),
        pytest.param(b"a,b\n1,2\n", {"encoding": "abc"}, "wrong_encoding", id="no encoding"),
        pytest.param(b"a,b\n1,2\n", {"delimiter": "abc"}, "malformed_csv", id="no delimiter"),
        pytest.param(b"\xff\xfe\x00", {"encoding": "utf-8"}, "wrong_encoding", id="another encoding"),
    ],
)
def test_what_cannot_be_read_is_told_by_a_code(content: bytes, said: dict[str, str], code: str) -> None:
    with pytest.raises(SourceUnreadable) as told:
        head_of(content, **said)
    assert told.value.code == code
