"""An organization's own factors, calorific values and pins, by the forms of the pages alone."""

import re
from collections.abc import Iterator

import httpx
import pytest

from app.rollup.rolling.roller import roll_pending
from app.store.engine.database import Database
from tests.conftest import ADMIN_KEY, Make
from tests.support.pages import browsing

PAGE = "/organizations/acme/factors"
_FACTOR = {"region": "main", "kg_co2e": "0.25", "per": "kWh", "method": "location", "source": "Contract 7, page 3"}
_FACTOR |= {"valid_from": "2023-01-01", "published_on": "2023-02-01", "gwp_set": "AR5"}


@pytest.fixture
def works(
    client: httpx.Client, database: Database, make_organization: Make, make_plant: Make, make_meter: Make
) -> None:
    """A plant of Great Britain with 1,000,000 kWh of grid electricity and 100 t of coke in 2023."""
    make_organization(frameworks=["gri"])
    make_plant(code="main", timezone="Europe/London", country="GB")
    make_meter(code="grid", interval="P1Y")
    make_meter(code="coke", resource="fuel.coke", unit="t", interval="P1Y")
    body = "meter,timestamp,value\ngrid,2023-01-01T00:00:00+00:00,1000000\ncoke,2023-01-01T00:00:00+00:00,100\n"
    sent = client.post("/v1/organizations/acme/readings", content=body, headers={"Content-Type": "text/csv"})
    sent.raise_for_status()
    roll_pending(database)


@pytest.fixture
def preparer(client: httpx.Client, works: None) -> Iterator[httpx.Client]:
    with browsing(client, _key(client, ["read", "prepare"])) as browser:
        yield browser


def test_the_page_tells_what_is_in_use_and_why(preparer: httpx.Client) -> None:
    rows = _rows(preparer, "used")
    electricity = next(each for each in rows if "electricity" in each and "location" not in each)

    assert "of the country" in electricity
    assert "desnz" in electricity.lower()
    assert f"{PAGE}/factor?resource=electricity.grid&amp;at=main&amp;since=2023-01-01" in electricity
    assert re.search(rf'href="{PAGE}/known/factor/[^"]+"', electricity)


def test_a_factor_is_added_counts_and_is_ended_by_a_new_edition(client: httpx.Client, preparer: httpx.Client) -> None:
    asked = f"{PAGE}/factor?resource=electricity.grid"
    assert 'value="kWh" selected' in preparer.get(f"{asked}&at=main&unit=kWh").text
    stored = preparer.post(asked, data=_FACTOR)
    assert (stored.status_code, stored.headers["Location"]) == (303, f"{PAGE}?done=factor&code=grid-main-2023")
    assert _scope2(client) == 250  # 1,000,000 kWh x 0.25 kg
    assert "0.25 kg CO₂e / kWh" in "".join(_rows(preparer, "own"))

    form = preparer.get(f"{asked}&after=grid-main-2023").text
    assert 'name="kg_co2e" type="text" value="0.25"' in form
    assert '<option value="grid-main-2023" selected>' in form
    later = {**_FACTOR, "kg_co2e": "0.5", "valid_from": "2023-07-02", "supersedes": "grid-main-2023", "code": "later"}
    assert preparer.post(asked, data=later).status_code == 303
    assert _scope2(client) == pytest.approx(375.371, abs=0.001)  # 4,367 hours by 0.25 kg, 4,393 by 0.5 kg
    assert len(_rows(preparer, "own")) == 2
    assert "grid-main-2023" in preparer.get(f"{PAGE}/known/factor/later").text


@pytest.mark.parametrize(
    ("sent", "field", "words"),
    [
        ({"kg_co2e": ""}, "kg_co2e", "kg_co2"),
        ({"kg_co2e": "a quarter"}, "kg_co2e", "Write a number such as 1234.5"),
        ({"source": ""}, "source", "Fill this in."),
        ({"valid_from": ""}, "valid_from", "Fill this in."),
        ({"valid_to": "2022-01-01"}, "valid_to", "the day after the last"),
        ({"per": "m3"}, "per", "m3"),
    ],
)
def test_what_is_wrong_is_told_beside_its_field_and_what_was_typed_is_kept(
    client: httpx.Client, preparer: httpx.Client, sent: dict[str, str], field: str, words: str
) -> None:
    answer = preparer.post(f"{PAGE}/factor?resource=electricity.grid", data={**_FACTOR, "edition": "third", **sent})

    assert answer.status_code == 422
    assert words in _beside(answer, field)
    assert 'value="third"' in answer.text
    assert client.get("/v1/organizations/acme/factors/grid-main-2023").status_code == 404


def test_a_calorific_value_is_stated_with_the_file_that_proves_it(client: httpx.Client, preparer: httpx.Client) -> None:
    bill = client.post(
        "/v1/organizations/acme/evidence?meter=coke&month=2023-05&name=analysis.pdf",
        content=b"%PDF-1.4 analysis",
        headers={"Content-Type": "application/octet-stream"},
    )
    assert bill.status_code == 201, bill.text
    proof = bill.json()["code"]
    sent = {"region": "main", "lhv": "28.5", "energy_unit": "GJ", "per": "t", "valid_from": "2023-01-01"}
    sent |= {"source": "Laboratory, see https://lab.example/77.", "proof": proof}
    assert preparer.post(f"{PAGE}/calorific-value?resource=fuel.coke", data=sent).status_code == 303

    own = "".join(_rows(preparer, "own"))
    assert f'<a href="/v1/organizations/acme/evidence/{proof}/content">evidence</a>' in own
    assert '<a href="https://lab.example/77">https://lab.example/77</a>' in own
    used = next(each for each in _rows(preparer, "used") if "coke-main-2023" in each)
    assert "your own" in used
    assert _figure(client, "energy.fossil.fuels") == 2850


def test_a_value_that_holds_on_the_same_days_is_refused_at_its_first_day(preparer: httpx.Client) -> None:
    asked = f"{PAGE}/calorific-value?resource=fuel.coke"
    sent = {"region": "main", "lhv": "28.5", "energy_unit": "GJ", "per": "t", "valid_from": "2023-01-01", "source": "A"}
    assert preparer.post(asked, data=sent).status_code == 303
    again = preparer.post(asked, data=sent)

    assert again.status_code == 422
    assert "coke-main-2023" in _beside(again, "valid_from")
    assert preparer.post(asked, data={**sent, "lhv": "", "density": ""}).status_code == 422
    assert preparer.post(f"{PAGE}/calorific-value?resource=electricity.grid", data=sent).status_code == 422


def test_a_factor_is_pinned_and_let_go(client: httpx.Client, preparer: httpx.Client) -> None:
    before = _scope2(client)
    assert (
        preparer.post(f"{PAGE}/factor?resource=electricity.grid", data={**_FACTOR, "region": "FR"}).status_code == 303
    )
    assert _scope2(client) == before
    pin = {"resource": "electricity.grid", "factor": "grid-FR-2023".lower(), "plant": "main", "year": "2023"}
    assert preparer.post(f"{PAGE}/pin", data={**pin, "factor": "none"}).status_code == 422
    assert preparer.post(f"{PAGE}/pin", data={**pin, "year": "soon"}).status_code == 422
    assert preparer.post(f"{PAGE}/pin", data=pin).status_code == 303
    assert preparer.post(f"{PAGE}/pin", data=pin).status_code == 303, "in the place of the same"
    assert _scope2(client) == 250
    assert [each for each in _rows(preparer, "used") if "pinned" in each]
    assert len(_rows(preparer, "pins")) == 1

    assert preparer.post(f"{PAGE}/pin/remove", data={**pin, "year": "2022"}).status_code == 404
    assert preparer.post(f"{PAGE}/pin/remove", data=pin).status_code == 303
    assert _scope2(client) == before


def test_who_may_only_read_sees_what_is_in_use_and_no_form(client: httpx.Client, works: None) -> None:
    with browsing(client, _key(client, ["read"])) as reader:
        page = reader.get(PAGE)
        assert page.status_code == 200
        assert f"{PAGE}/factor" not in page.text
        assert f"{PAGE}/pin" not in page.text
        for form in ("factor", "calorific-value", "pin"):
            assert reader.get(f"{PAGE}/{form}").status_code == 403
            assert reader.post(f"{PAGE}/{form}?resource=electricity.grid", data=_FACTOR).status_code == 403


def test_the_page_of_what_there_is_not_is_not_found(preparer: httpx.Client) -> None:
    for path in ("known/factor/none", "known/calorific-value/none", "known/other/none"):
        assert preparer.get(f"{PAGE}/{path}").status_code in (404, 422)


def test_forms_find_what_they_are_about_by_words(preparer: httpx.Client) -> None:
    assert "resource=fuel.coke" in preparer.get(f"{PAGE}/calorific-value").text
    assert "resource=electricity.grid" not in preparer.get(f"{PAGE}/calorific-value").text
    assert "resource=fuel.diesel" in preparer.get(f"{PAGE}/calorific-value?q=diesel").text
    assert "resource=electricity.grid" in preparer.get(f"{PAGE}/factor").text


def _key(client: httpx.Client, scopes: list[str]) -> str:
    made = client.post("/v1/keys", json={"name": "Pia", "scopes": scopes, "organizations": ["acme"]})
    return str(made.json()["key"])


def _rows(browser: httpx.Client, section: str) -> list[str]:
    """Return the rows of the table below a heading."""
    part = browser.get(PAGE, params={"year": "2023"}).text.partition(f'<h2 id="{section}">')[2].partition("<h2")[0]
    return re.findall(r'<tr><th scope="row">.*?</tr>', part, re.DOTALL)


def _beside(answer: httpx.Response, field: str) -> str:
    return answer.text.partition(f'id="{field}-words"')[2].partition("</p>")[0]


def _scope2(client: httpx.Client) -> float:
    return _figure(client, "ghg.scope2")


def _figure(client: httpx.Client, key: str) -> float:
    disclosure = client.get("/v1/organizations/acme/disclosures/gri/2023", headers={"X-API-Key": ADMIN_KEY}).json()
    return float(next(each["value"] for each in disclosure["figures"] if each["key"] == key and not each["dimensions"]))
