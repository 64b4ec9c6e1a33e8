#!/usr/bin/env bash
# entsoe-py 0.8.1 (PyPI), documents of the ENTSO-E Transparency Platform
#
# Behaviour: a year that begins on 31 December at 23:00Z, which is New Year in Brussels, is stamped 1 January 23:00Z. Of
#            twelve months in one period, resolution P1M, eleven are left: February's value stands on 2 January local
#            time, December's on 2 November, January's is gone. Resolutions in hours and days are right.
# Guess:     each point at the beginning of its local year or month, twelve of twelve.
# Matters:   the platform's periods begin at local midnight, so most of Europe is hit. A grid factor by month, weighted with
#            these loads, takes each month's from the one after it.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check entsoe-py==0.8.1
"$folder/venv/bin/python" - <<'PYTHON'
from entsoe.parsers import parse_generation, parse_loads


def document(resolution, values, start, end):
    """A document of one period of solar capacity, or of load, with these values."""
    points = "".join(f"<Point><position>{at}</position><quantity>{value}</quantity></Point>" for at, value in enumerate(values, 1))
    return f"""<GL_MarketDocument xmlns="urn:iec62325.351:tc57wg16:451-6:generationloaddocument:3:0"><TimeSeries><mRID>1</mRID>
    <businessType>A37</businessType><inBiddingZone_Domain.mRID codingScheme="A01">10YBE----------2</inBiddingZone_Domain.mRID>
    <quantity_Measure_Unit.name>MAW</quantity_Measure_Unit.name><curveType>A01</curveType><MktPSRType><psrType>B16</psrType>
    </MktPSRType><Period><timeInterval><start>{start}</start><end>{end}</end></timeInterval><resolution>{resolution}</resolution>
    {points}</Period></TimeSeries></GL_MarketDocument>"""


def stamped(frame):
    """The instants and values of the one column of a frame."""
    return [(f"{at:%Y-%m-%dT%H:%MZ}", value) for at, value in frame.iloc[:, 0].items()]


year = stamped(parse_generation(document("P1Y", [7000], "2024-12-31T23:00Z", "2025-12-31T23:00Z")))
months = stamped(parse_loads(document("P1M", range(1, 13), "2024-12-31T23:00Z", "2025-12-31T23:00Z")))
days = stamped(parse_loads(document("P1D", range(1, 4), "2024-12-31T23:00Z", "2025-01-03T23:00Z")))
print("year:", *year)
print("months 1 to 12:", *months, sep="\n  ")
print("days 1 to 3:", *days)
assert year == [("2025-01-01T23:00Z", 7000)], "this has changed"
assert months == [(f"2025-{month:02}-01T23:00Z", month + 1) for month in range(1, 12)], "this has changed"
assert days == [("2024-12-31T23:00Z", 1), ("2025-01-01T23:00Z", 2), ("2025-01-02T23:00Z", 3)], "this has changed"
PYTHON
