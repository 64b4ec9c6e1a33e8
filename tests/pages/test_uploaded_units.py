"""An uploaded file says the unit of each of its columns, or rows, and a person may choose another."""

from collections.abc import Iterator

import httpx
import pytest

from tests.conftest import Make
from tests.support.pages import browsing
from tests.support.uploads import act, chosen, table, tiles, uploaded


@pytest.fixture
def person(client: httpx.Client, make_organization: Make, make_plant: Make, make_meter: Make) -> Iterator[httpx.Client]:
    """A browser with a session, at an organization with meters of three dimensions."""
    make_organization()
    make_plant(code="main", timezone="Asia/Shanghai")
    make_meter(code="grid", interval="P1M", timestamp_edge="interval_start")
    make_meter(code="gas", resource="fuel.natural_gas", unit="m3", interval="P1M", timestamp_edge="interval_start")
    make_meter(code="scrap", resource="waste.nonhazardous", unit="t", interval="P1M", timestamp_edge="interval_start")
    made = client.post("/v1/keys", json={"name": "Li Wei", "scopes": ["admin"]}).json()["key"]
    with browsing(client, made) as browser:
        yield browser


def _stored(client: httpx.Client) -> dict[str, float]:
    items = client.get("/v1/organizations/acme/readings").json()["items"]
    return {f"{each['meter']} {each['timestamp'][:7]}": each["value"] for each in items}


@pytest.mark.parametrize(
    "head",
    [
        pytest.param("month,grid [MWh],gas [m3],scrap [kg]\n", id="in brackets"),
        pytest.param("month,grid MWh,gas m³,scrap_kg\n", id="behind the name"),
        pytest.param("month,grid,gas,scrap\n,MWh,m3,kg\n", id="in a line below"),
    ],
)
def test_columns_in_several_units_are_each_made_their_meters_unit(
    person: httpx.Client, client: httpx.Client, head: str
) -> None:
    here = uploaded(person, "a.csv", f"{head}2024-01,1.2345678,7,1500\n2024-02,2,8,0.3\n".encode())
    page = person.get(here).text

    assert [chosen(page)[f"unit|{at}"] for at in (1, 2, 3)] == ["MWh", "m3", "kg"]
    assert [row[4] for row in table(page, "The first readings")[:3]] == ["1234.5678 kWh", "7 m3", "1.5 t"]
    assert act(person, here, page, "store").status_code == 303
    assert _stored(client) == {
        "grid 2023-12": 1234.5678,
        "gas 2023-12": 7,
        "scrap 2023-12": 1.5,
        "grid 2024-01": 2000,
        "gas 2024-01": 8,
        "scrap 2024-01": 0.0003,
    }


def test_a_column_in_a_unit_of_another_dimension_is_refused_alone_and_read_in_the_one_that_is_chosen(
    person: httpx.Client, client: httpx.Client
) -> None:
    here = uploaded(person, "a.csv", b"month,grid [MWh],gas [kWh]\n2024-01,1,7\n")
    page = person.get(here).text

    assert "Numbers of gas are not stored so: numbers in kWh cannot be made m3, which the meter is in" in page
    assert (tiles(page), table(page, "Rejected rows")[0][3]) == (["1", "0", "0", "1"], "unit_mismatch")
    assert act(person, here, page, "look", **{"unit|2": "Nm3"}).status_code == 303
    assert "numbers in Nm3 cannot be made m3" in person.get(here).text
    assert act(person, here, person.get(here).text, "look", **{"unit|2": "L"}).status_code == 303
    page = person.get(here).text
    assert (tiles(page), "not stored so" in page) == (["2", "0", "0", "0"], False)
    assert act(person, here, page, "store").status_code == 303
    assert _stored(client) == {"grid 2023-12": 1000, "gas 2023-12": 0.007}


def test_a_column_of_units_is_read_row_by_row_and_a_word_for_two_units_waits_for_a_choice(
    person: httpx.Client, client: httpx.Client
) -> None:
    rows = "grid,2024-01,1,MWh\ngrid,2024-02,5,kWh\nscrap,2024-01,500,kg\ngas,2024-01,3,CBM\ngrid,2024-03,6,gal\n"
    here = uploaded(person, "a.csv", f"meter,month,value,unit\n{rows}scrap,2024-02,4,\n".encode())
    page = person.get(here).text

    assert tiles(page) == ["4", "0", "0", "2"]
    assert [row[3] for row in table(page, "Rejected rows")] == ["unit_mismatch", "missing_field"]
    assert "may be gal_us or gal_uk: say which" in page
    assert act(person, here, page, "look", **{"said|gal": "GJ"}).status_code == 303
    assert act(person, here, person.get(here).text, "store", which="right").status_code == 303
    stored = _stored(client)
    assert stored.pop("grid 2024-02") == pytest.approx(1666.666667)
    assert stored == {"grid 2023-12": 1000, "grid 2024-01": 5, "scrap 2023-12": 0.5, "gas 2023-12": 3}


def test_less_than_nothing_is_shown_as_doubtful_before_it_is_stored(person: httpx.Client, client: httpx.Client) -> None:
    page = person.get(uploaded(person, "a.csv", b"month,grid [MWh]\n2024-01,-5\n2024-02,5\n")).text
    (doubtful,) = table(page, "Doubtful rows, which would be stored")
    assert (doubtful[1], "counts as a credit" in doubtful[2]) == ("grid", True)
    assert table(page, "grid") == [["2024-01", "–", "-5000"], ["2024-02", "–", "5000"]]


def test_a_remembered_mapping_reads_the_units_of_the_next_file(person: httpx.Client, client: httpx.Client) -> None:
    first = uploaded(person, "a.csv", b"meter,month,value,unit\ngrid,2024-01,1,MWh\n")
    assert act(person, first, person.get(first).text, "name", name="Bills").status_code == 303
    second = uploaded(person, "b.csv", b"meter,month,value,unit\ngrid,2024-02,1,kWh\nscrap,2024-02,2,t\n")
    page = person.get(second).text

    assert "read by the mapping Bills" in page
    assert act(person, second, page, "store").status_code == 303
    assert _stored(client) == {"grid 2024-01": 1, "scrap 2024-01": 2}


def test_a_mapping_with_a_factor_alone_is_held_against_the_units_of_the_file(
    person: httpx.Client, client: httpx.Client
) -> None:
    first = uploaded(person, "a.csv", b"meter,month,value,unit\ngrid,2024-01,1,MWh\n")
    unread = {"role|3": "", "factor": "1000"}
    assert act(person, first, person.get(first).text, "name", name="Bills", **unread).status_code == 303
    assert table(person.get(first).text, "The first readings")[0][4] == "1000 kWh"

    alike = person.get(uploaded(person, "b.csv", b"meter,month,value,unit\ngrid,2024-02,2,MWh\n")).text
    assert (chosen(alike)["factor"], table(alike, "The first readings")[0][4]) == ("", "2000 kWh")
    other = uploaded(person, "c.csv", b"meter,month,value,unit\ngrid,2024-02,2,kWh\n")
    for _reload in range(2):
        page = person.get(other).text
        assert "The file says kWh of grid, which is in kWh, and numbers are multiplied by 1000." in page
        assert 'value="store"' not in page
