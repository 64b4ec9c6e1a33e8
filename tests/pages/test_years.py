"""Years beside each other: a figure by month and added up, and what its targets allow, in the unit of the framework."""

import re
from decimal import Decimal

import httpx
import pytest

from app.pages.look.lines import Series, picture
from app.store.engine.database import Database
from tests.conftest import ADMIN_KEY, Make
from tests.support.pages import browsing
from tests.support.works import ORGANIZATION, answer, send

PAGE = "/organizations/acme/years"
MONTHLY = {"interval": "P1M", "timestamp_edge": "interval_start"}


@pytest.fixture
def works(
    client: httpx.Client, database: Database, make_organization: Make, make_plant: Make, make_meter: Make
) -> None:
    """A plant that uses 100 MWh a month less every year, to March of the last one, and another that uses 1 in all."""
    make_organization()
    make_plant(region="CN-JX", grid_region="CN-CENTRAL")
    make_plant(code="north", name="North hall", region="CN-JX", grid_region="CN-CENTRAL")
    make_meter(**MONTHLY)
    make_meter(code="hall", plant="north", **MONTHLY)
    rows = [f"hall,{year}-01-01T00:00:00+08:00,1000\n" for year in (2021, 2022, 2023)]
    for year, mwh, months in ((2021, 1000, 12), (2022, 900, 12), (2023, 800, 3)):
        rows += [f"grid,{year}-{month:02}-01T00:00:00+08:00,{mwh * 1000}\n" for month in range(1, months + 1)]
    send(client, database, "".join(rows))
    target = {"code": "less", "metric": "energy.total", "base_year": 2021, "yearly_reduction": 0.1, "unit": "GJ"}
    answer(client, "POST", f"{ORGANIZATION}/targets", 201, json=target)
    answer(client, "POST", f"{ORGANIZATION}/targets", 201, json={**target, "code": "main-less", "plant": "main"})


@pytest.mark.usefixtures("works")
def test_years_lie_on_each_other_with_what_a_target_allows_in_the_unit_of_the_framework(client: httpx.Client) -> None:
    page = _page(client, year="2023", plant="main")

    assert "<h1>Years of Acme, Main works</h1>" in page
    assert _rows(page, "The years and their targets") == [
        ["2023", "2,400", "main-less", "9,720"],
        ["2022", "10,800", "main-less", "10,800"],
        ["2021", "12,000", "–", "–"],
    ]
    months = _rows(page, "The months as numbers")
    assert months[2] == ["March", "800", "900", "1,000"]
    assert months[3] == ["April", "–", "900", "1,000"]  # nothing is known yet: no zero
    added_up = page.split("<figure")[1]
    level = re.search(r'class="target"><path d="M\S+ (\S+)L', added_up).group(1)  # type: ignore[union-attr]
    scale = {words: y for y, words in re.findall(r'<text x="46" y="(\S+)" text-anchor="end">(\S+)</text>', added_up)}
    zero, most = float(scale["0"]) - 4, float(scale["15k"]) - 4
    assert float(level) == pytest.approx(zero + (most - zero) * 9_720 / 15_000, abs=0.1)
    assert added_up.split('class="year-0"')[1].split("</g>")[0].count("<circle") == 3
    assert "Target less" not in page

    whole = _page(client, year="2022", plant="")
    rows = _rows(whole, "The years and their targets")
    assert rows == [["2022", "10,801", "less", "10,801"], ["2021", "12,001", "–", "–"]]  # the plant's target is its own
    assert '<span class="badge warn">off track</span>' in whole  # 38,884 GJ, where 38,883 are allowed


@pytest.mark.usefixtures("works")
def test_another_figure_is_chosen_and_one_without_a_target_says_so(client: httpx.Client) -> None:
    page = _page(client, year="2023", plant="", metric="consumption.electricity")

    assert '<option value="consumption.electricity" selected>' in page
    assert "No target is set for this figure here." in page
    assert 'class="target"' not in page
    assert "energy.intensity" not in page  # a quotient's months add up to nothing
    assert "There is nothing to compare yet" in _page(client, year="2010", plant="")
    assert client.get(PAGE, params={"metric": "no such thing"}).status_code == 422


def test_a_line_is_broken_where_a_value_is_missing_and_its_foot_is_below_what_is_negative() -> None:
    ten, none, two = Decimal(10), None, Decimal(-2)
    drawn = picture(["a", "b", "c", "d"], [Series("one", "year-0", [ten, none, ten, two])])

    assert [words for _, words in drawn.ticks] == ["-5", "0", "5", "10"]
    assert drawn.strokes[0].path.count("M") == 2
    assert len(drawn.strokes[0].dots) == 3


@pytest.mark.usefixtures("works")
def test_the_annual_table_has_a_column_of_what_targets_allow_where_there_is_one(client: httpx.Client) -> None:
    with browsing(client, ADMIN_KEY) as browser:

        def targets(**asked: str) -> dict[str, tuple[str, str]]:
            page = browser.get("/", params={"organization": "acme", "framework": "hkex-2020", **asked}).text
            told = (
                r'data-key="([^"]+)">(?:(?!</tr>).)*?<td role="cell" class="num target"[^>]*>(\S+) <a [^>]*>([^<]+)</a>'
            )
            return {key: (allowed, status) for key, allowed, status in re.findall(told, page, re.DOTALL)}

        assert targets(year="2022", plant="") == {"energy.total": ("10,801", "off track")}  # 10,801 of 10,800.9
        partial = "not judged, readings are missing"  # a month of the year is there
        assert targets(year="2023", plant="main") == {"energy.total": ("9,720", partial)}
        assert targets(year="2022", plant="north") == {}
        assert targets(year="2021", plant="") == {}, "the base year is held to nothing"
        without = browser.get("/", params={"organization": "acme", "year": "2021", "plant": ""}).text
        assert "Target 2021" not in without
        assert "Target 2022" in browser.get("/", params={"organization": "acme", "year": "2022", "plant": ""}).text


def _page(client: httpx.Client, **query: str) -> str:
    found = client.get(PAGE, params={"framework": "hkex-2020", **query})
    assert found.status_code == 200, found.text
    return found.text


def _rows(page: str, caption: str) -> list[list[str]]:
    """Return the first four cells of the rows of a table."""
    body = page.split(f'<caption class="hidden">{caption}</caption>')[1].split("</table>")[0].split("<tbody>")[1]
    rows = [re.findall(r"<t[hd][^>]*>([^<]*)", row) for row in body.split("</tr>")]
    return [row[:4] for row in rows if row]
