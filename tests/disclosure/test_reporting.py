"""By which edition a year is reported: the one in force among those the organization reports by, everywhere."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from app.core.calendar.periods import ms_from_instant
from app.core.events import BEGINNING, EventKind
from app.disclosure.frameworks.editions import default_names, edition_in, editions_in, framework_names, nearest
from app.disclosure.frameworks.frameworks import UnknownFramework, framework_named
from app.jobs.annual_draft import draft_years
from app.jobs.figures import tell_figures
from app.store.engine.database import Database
from app.store.outbox.events import events_after
from tests.conftest import Make
from tests.support.works import ORGANIZATION, YEARLY, answer, get, send


@pytest.mark.parametrize(
    ("names", "year", "codes"),
    [
        (("hkex",), 2019, ["hkex-2020"]),
        (("hkex",), 2024, ["hkex-2020"]),
        (("hkex",), 2025, ["hkex-2025"]),
        (("hkex",), 2031, ["hkex-2025"]),
        (("hkex-2020",), 2025, ["hkex-2020"]),
        (("hkex-2025", "gri"), 2023, ["gri"]),
        (("gri", "esrs", "hkex"), 2025, ["gri", "esrs", "hkex-2025"]),
        (("esrs", "gri", "hkex"), 2022, ["gri", "hkex-2020"]),
        (("esrs", "gri"), 2021, ["gri"]),  # GRI begins a year later, ESRS three
        (("gri", "ifrs-s2"), 2027, ["ifrs-s2"]),
        (("hkex-2025", "hkex"), 2025, ["hkex-2025"]),
        (("gri",), 2030, ["gri"]),
    ],
)
def test_a_year_is_reported_by_what_is_in_force_else_by_the_nearest(
    names: tuple[str, ...], year: int, codes: list[str]
) -> None:
    assert [each.code for each in editions_in(names, year)] == codes


def test_names_are_families_and_the_editions_of_families_that_have_several() -> None:
    assert framework_names() == ["esrs", "gri", "hkex", "ifrs-s2", "hkex-2020", "hkex-2025"]
    assert default_names() == ("hkex",)
    assert edition_in("hkex", 2024).code == "hkex-2020"
    with pytest.raises(UnknownFramework, match="esrs, gri, hkex"):
        edition_in("hkex-2030", 2030)


@pytest.mark.parametrize(
    ("years", "year", "code"),
    [
        ((2020, 2025, 2035, None), 2030, "hkex-2025"),  # five years from either: the later one
        ((2020, 2025, 2035, None), 2029, "hkex-2020"),
        ((2020, 2026, 2025, None), 2025, "hkex-2025"),  # both in force
        ((2020, 2024, 2030, None), 2024, "hkex-2020"),
        ((None, None, 2025, None), 2024, "hkex-2020"),
    ],
)
def test_of_editions_that_are_as_near_the_later_counts(
    years: tuple[int | None, int | None, int | None, int | None], year: int, code: str
) -> None:
    older = replace(framework_named("hkex-2020"), first_year=years[0], last_year=years[1])
    newer = replace(framework_named("hkex-2025"), first_year=years[2], last_year=years[3])
    assert nearest([older, newer], year).code == code
    assert nearest([newer, older], year).code == code


def test_an_organization_chooses_what_it_reports_by(client: httpx.Client, make_organization: Make) -> None:
    assert make_organization()["frameworks"] == ["hkex"]
    assert make_organization(code="chosen", frameworks=["esrs", "gri"])["frameworks"] == ["esrs", "gri"]
    changed = answer(client, "PATCH", ORGANIZATION, 200, json={"frameworks": ["gri", "hkex-2025"]})
    assert changed["frameworks"] == ["gri", "hkex-2025"]
    assert answer(client, "PATCH", ORGANIZATION, 200, json={"name": "Acme"})["frameworks"] == ["gri", "hkex-2025"]
    assert get(client, ORGANIZATION)["frameworks"] == ["gri", "hkex-2025"]
    assert answer(client, "PATCH", ORGANIZATION, 200, json={"frameworks": None})["frameworks"] == ["hkex"]


@pytest.mark.parametrize(
    ("names", "index", "code"),
    [(["gri", "luck"], 1, "unknown_framework"), (["gri", "gri"], 1, "named_twice"), ([], None, "missing")],
)
def test_frameworks_there_are_not_are_refused(
    client: httpx.Client, make_organization: Make, names: list[str], index: int | None, code: str
) -> None:
    make_organization()
    for method, path, body in (
        ("PATCH", ORGANIZATION, {}),
        ("POST", "/v1/organizations", {"code": "b", "timezone": "Asia/Shanghai", "currency": "CNY"}),
    ):
        refused = answer(client, method, path, 422, json={**body, "frameworks": names})
        (error,) = refused["errors"]
        assert (error["field"], error["index"], error["code"]) == ("frameworks", index, code)
    assert get(client, ORGANIZATION)["frameworks"] == ["hkex"]
    assert client.get("/v1/organizations/b").status_code == 404


@pytest.fixture
def boiler(
    client: httpx.Client, database: Database, make_organization: Make, make_plant: Make, make_meter: Make
) -> None:
    """Works with a factor of 2 kg CO2 and 1 kg fossil CH4 per t, and 1,000 t in each of 2024 and 2025."""
    make_organization()
    make_plant(region="CN-JX")
    make_meter(code="mill", resource="process.dolomite", unit="t", **YEARLY)
    factor = {"code": "two", "resource": "process.dolomite", "region": "CN", "per": "t", "kg_co2": 2, "kg_ch4": 1}
    body = {**factor, "valid_from": "2019-01-01", "source": "a laboratory"}
    answer(client, "POST", f"{ORGANIZATION}/factors", 201, json=body)
    send(client, database, "mill,2024-01-01T00:00:00+08:00,1000\nmill,2025-01-01T00:00:00+08:00,1000\n")


def _told(database: Database) -> set[tuple[str, int]]:
    with database.read() as session:
        organization = session.connection().execute(text("SELECT max(id) FROM organization")).scalar_one()
        events = events_after(session, BEGINNING, kinds=[EventKind.FIGURES_CHANGED])
    return {
        (each.payload["framework"], each.payload["year"]) for each in events if each.organization_id == organization
    }


@pytest.mark.usefixtures("boiler")
def test_figures_that_moved_are_told_by_every_edition_in_force(client: httpx.Client, database: Database) -> None:
    answer(client, "PATCH", ORGANIZATION, 200, json={"frameworks": ["hkex", "esrs"]})
    send(client, database, "mill,2024-01-01T00:00:00+08:00,2000\nmill,2025-01-01T00:00:00+08:00,2000\n")
    tell_figures(database)
    assert _told(database) == {("esrs", 2024), ("esrs", 2025), ("hkex-2020", 2024), ("hkex-2025", 2025)}


@pytest.mark.usefixtures("boiler")
def test_metrics_are_stated_by_the_potentials_of_the_years_edition(client: httpx.Client) -> None:
    def scope1(year: int, **query: str) -> Any:
        found = get(client, f"{ORGANIZATION}/metrics/emissions", year=year, **query)
        return found["total_location"]["value"], found["gwp_set"]

    assert scope1(2024) == (30, "AR5")  # 1,000 x (2 + 28) kg
    assert str(scope1(2025)) == "(Decimal('31.8'), 'AR6')"  # 1,000 x (2 + 29.8) kg
    assert scope1(2025, framework="hkex-2020") == (30, "AR5")
    answer(client, "PATCH", ORGANIZATION, 200, json={"frameworks": ["gri"]})
    assert str(scope1(2025)) == "(Decimal('29.9'), 'AR6')"  # GRI does not split methane: 27.9


@pytest.mark.usefixtures("boiler")
def test_a_preview_states_each_year_by_its_own_edition(client: httpx.Client) -> None:
    sets = [{"framework": code, "year": None, "gwp_set": "AR4"} for code in ("hkex-2020", "hkex-2025")]
    found = answer(client, "POST", f"{ORGANIZATION}/previews", 200, json={"gwp_sets": sets})
    assert found["framework"] == "hkex-2025"
    assert [(each["year"], each["framework"]) for each in found["years"]] == [(2024, "hkex-2020"), (2025, "hkex-2025")]
    scope1 = [next(each for each in year["figures"] if each["key"] == "ghg.scope1") for year in found["years"]]
    assert [str(each["current"]) for each in scope1] == ["30", "31.8"]
    assert [str(each["proposed"]) for each in scope1] == ["27", "27"]
    one = answer(client, "POST", f"{ORGANIZATION}/previews", 200, json={"gwp_sets": sets, "framework": "hkex-2020"})
    assert [(each["year"], each["framework"]) for each in one["years"]] == [(2024, "hkex-2020"), (2025, "hkex-2020")]


def test_a_preview_of_an_organization_without_data_names_what_it_reports_by(
    client: httpx.Client, make_organization: Make
) -> None:
    make_organization(frameworks=["gri"])
    assert answer(client, "POST", f"{ORGANIZATION}/previews", 200, json={}) == {"framework": "gri", "years": []}


@pytest.mark.usefixtures("boiler")
def test_a_family_in_a_path_is_its_edition_in_force(client: httpx.Client) -> None:
    assert [get(client, f"{ORGANIZATION}/disclosures/hkex/{year}")["framework"] for year in (2024, 2025)] == [
        "hkex-2020",
        "hkex-2025",
    ]
    lineage = get(client, f"{ORGANIZATION}/disclosures/hkex/2025/figures/ghg.scope1/lineage")
    assert str(lineage["value"]) == "31.8"
    prepared = answer(client, "POST", f"{ORGANIZATION}/disclosures/hkex/2025/publications", 201, json={})
    assert prepared["framework"] == "hkex-2025"
    listed = get(client, f"{ORGANIZATION}/disclosures/hkex-2025/2025/publications")["items"]
    assert [each["hash"] for each in listed] == [prepared["hash"]]
    export = client.get(f"{ORGANIZATION}/disclosures/hkex/2025/publications/1/exports/json")
    assert export.headers["Content-Disposition"] == 'attachment; filename="acme_hkex-2025_2025_publication-1.json"'
    assert client.get(f"{ORGANIZATION}/disclosures/hkex/2024/publications/1/exports/json").status_code == 404
    assert client.get(f"{ORGANIZATION}/disclosures/luck/2025").json()["code"] == "unknown_framework"


@pytest.mark.usefixtures("boiler")
def test_a_year_that_no_edition_is_made_for_is_reported_by_the_nearest_and_says_so(client: httpx.Client) -> None:
    answer(client, "PATCH", ORGANIZATION, 200, json={"frameworks": ["gri"]})
    found = get(client, f"{ORGANIZATION}/disclosures/gri/2021")
    assert "outside_effective_years" in [each["code"] for each in found["checks"]]


def _drafted(client: httpx.Client, database: Database, year: int) -> list[str]:
    with database.write() as session:
        session.connection().execute(text("UPDATE organization SET created_at = 0"))
    draft_years(database, at_ms=ms_from_instant(datetime(year + 1, 1, 2, tzinfo=UTC)))
    found = (
        (code, f"{ORGANIZATION}/disclosures/{code}/{year}/publications")
        for code in ("esrs", "gri", "hkex-2020", "hkex-2025")
    )
    return [code for code, path in found if get(client, path)["items"]]


@pytest.mark.usefixtures("boiler")
def test_drafts_are_of_the_editions_in_force(client: httpx.Client, database: Database) -> None:
    assert _drafted(client, database, 2025) == ["hkex-2025"]
    answer(client, "PATCH", ORGANIZATION, 200, json={"frameworks": ["gri", "esrs"]})
    assert _drafted(client, database, 2024) == ["esrs", "gri"]


@pytest.mark.usefixtures("boiler")
def test_what_was_used_before_an_edition_ended_is_drafted_by_the_one_after_it(
    client: httpx.Client, database: Database
) -> None:
    body = {"items": [{"framework": "hkex-2020", "year": None, "gwp_set": "AR5"}]}
    answer(client, "PUT", f"{ORGANIZATION}/gwp-sets", 200, json=body)
    assert _drafted(client, database, 2025) == ["hkex-2025"]
