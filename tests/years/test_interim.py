"""A publication of a year that is not over is interim and says so; of one that has not begun there is none."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import httpx
from sqlalchemy import text

from app.core.events import BEGINNING, EventKind
from app.jobs.annual_draft import PREPARED_BY, draft_years
from app.store.engine.database import Database
from app.store.inventory.organizations import organization_of
from app.store.outbox.events import events_after
from tests.support.pages import signed_in
from tests.support.works import DISCLOSURE, answer, get
from tests.years.company import APRIL, POWER, figure_of, publish, put_fiscal_years, send_months

THIS_YEAR = datetime.now(UTC).year
"""The calendar year of Shanghai too, but for the last eight hours of the year."""


def prepare(client: httpx.Client, year: int, status: int, **body: Any) -> Any:
    return answer(client, "POST", f"{DISCLOSURE}/{year}/publications", status, json=body)


def errors(found: dict[str, Any]) -> list[tuple[str, str]]:
    return [(each["field"], each["code"]) for each in found["errors"]]


def test_a_year_that_is_not_over_is_published_as_interim_alone(company: httpx.Client, database: Database) -> None:
    send_months(company, database, {f"{THIS_YEAR}-01": 5_000})
    refused = prepare(company, THIS_YEAR, 422)
    assert errors(refused) == [("interim", "period_not_over")]
    assert f"the reporting period {THIS_YEAR} ({THIS_YEAR}-01-01 to {THIS_YEAR}-12-31) is not over" in refused["detail"]
    assert get(company, f"{DISCLOSURE}/{THIS_YEAR}/publications")["items"] == []

    prepared = prepare(company, THIS_YEAR, 201, interim=True)
    assert (prepared["interim"], prepared["status"], prepared["period"]) == (True, "draft", str(THIS_YEAR))
    document = get(company, f"{DISCLOSURE}/{THIS_YEAR}/publications/1")["document"]
    assert document["interim"] is True
    assert figure_of(document)["value"] == 5


def test_a_year_that_is_over_is_not_interim(company: httpx.Client) -> None:
    assert errors(prepare(company, 2023, 422, interim=True)) == [("interim", "period_over")]
    assert prepare(company, 2023, 201)["interim"] is False


def test_a_year_that_has_not_begun_is_not_published_at_all(company: httpx.Client) -> None:
    for body in ({}, {"interim": True}):
        refused = prepare(company, THIS_YEAR + 1, 422, **body)
        assert errors(refused) == [("year", "period_not_begun")]
    assert get(company, f"{DISCLOSURE}/{THIS_YEAR + 1}/publications")["items"] == []


def test_the_live_year_says_that_all_that_is_out_is_interim(company: httpx.Client) -> None:
    assert standing(company, THIS_YEAR) == ("live", False)
    publish(company, THIS_YEAR, interim=True)
    assert standing(company, THIS_YEAR) == ("published", True)


def test_the_page_says_so_too(company: httpx.Client, database: Database) -> None:
    answer(company, "PATCH", "/v1/organizations/acme", 200, json={"frameworks": ["hkex-2020"]})
    send_months(company, database, {f"{THIS_YEAR}-01": 5_000})
    publish(company, THIS_YEAR, interim=True)
    publish(company, 2023)
    key = answer(company, "POST", "/v1/keys", 201, json={"name": "page", "scopes": ["read"]})["key"]
    for year, words in ((THIS_YEAR, "December {}: interim, published."), (2023, "December {}: published.")):
        query = {"organization": "acme", "year": str(year)}
        page = company.get("/", params=query, headers={"Cookie": signed_in(company, key)}).text
        assert words.format(year) in page


def standing(client: httpx.Client, year: int) -> tuple[str, bool]:
    found = get(client, f"{DISCLOSURE}/{year}")
    return found["status"], found["interim"]


def test_every_step_of_an_interim_publication_is_told_as_such(company: httpx.Client, database: Database) -> None:
    publish(company, THIS_YEAR, interim=True)
    kinds = (EventKind.PUBLICATION_PREPARED, EventKind.PUBLICATION_APPROVED, EventKind.PUBLICATION_PUBLISHED)
    with database.read() as session:
        organization_id = organization_of(session, "acme").id
        told = events_after(session, BEGINNING, organization_id=organization_id, kinds=kinds)
    assert [(each.payload["period"], each.payload["interim"]) for each in told] == [(str(THIS_YEAR), True)] * 3


def test_one_interim_publication_follows_another_without_restating_it(company: httpx.Client) -> None:
    publish(company, THIS_YEAR, interim=True)
    second = publish(company, THIS_YEAR, interim=True)
    assert (second["number"], second["replaces"]) == (2, None)


def test_an_interim_publication_is_no_comparative_of_the_year(company: httpx.Client, database: Database) -> None:
    """2024 was published while it ran, as its clock says; the whole of it is shown live beside 2025."""
    publish(company, 2024)
    _pretend_interim(database, year=2024, as_of="2024-06-30T00:00:00+08:00", value="100")
    beside = figure_of(get(company, f"{DISCLOSURE}/2025"))["comparatives"][0]
    assert (beside["year"], beside["value"], beside["restated"]) == (2024, 258, False)


def test_the_whole_year_after_an_interim_publication_needs_no_reason_and_restates_nothing(
    company: httpx.Client, database: Database
) -> None:
    publish(company, 2024)
    _pretend_interim(database, year=2024, as_of="2024-06-30T00:00:00+08:00", value="100")
    whole = publish(company, 2024)
    assert (whole["number"], whole["replaces"], whole["interim"]) == (2, None, False)
    assert standing(company, 2024) == ("published", False)
    beside = figure_of(get(company, f"{DISCLOSURE}/2025"))["comparatives"][0]
    assert (beside["value"], beside["restated"]) == (258, False)


def test_the_annual_draft_is_made_beside_an_interim_publication_and_of_years_that_are_over_alone(
    company: httpx.Client, database: Database
) -> None:
    publish(company, 2024)
    _pretend_interim(database, year=2024, as_of="2024-06-30T00:00:00+08:00", value="100")
    with database.write() as session:
        session.connection().execute(text("UPDATE organization SET created_at = 0"))
    for clock, drafted in (("05:59", []), ("06:00", [(True, False)])):
        draft_years(database, at_ms=_ms(datetime.fromisoformat(f"2025-01-01T{clock}:00+08:00")))
        found = get(company, f"{DISCLOSURE}/2024/publications")["items"]
        made = [(each["prepared_by"] == PREPARED_BY, each["interim"]) for each in found]
        assert made == [(False, True), *drafted]
    assert get(company, f"{DISCLOSURE}/2025/publications")["items"] == []


def test_a_transition_period_that_is_over_is_drafted_once_as_a_year_is(
    company: httpx.Client, database: Database
) -> None:
    put_fiscal_years(company, APRIL)
    with database.write() as session:
        session.connection().execute(text("UPDATE organization SET created_at = 0"))
    for clock, drafted in (("2024-04-01T05:59", []), ("2024-04-01T06:00", ["2024T"]), ("2024-09-01T00:00", ["2024T"])):
        draft_years(database, at_ms=_ms(datetime.fromisoformat(f"{clock}:00+08:00")))
        found = get(company, f"{DISCLOSURE}/2024/publications")["items"]
        assert [each["period"] for each in found] == drafted


def _ms(at: datetime) -> int:
    return int(at.timestamp()) * 1_000


def _pretend_interim(database: Database, *, year: int, as_of: str, value: str) -> None:
    """Have a publication be as one that was made before its year was over, as only a clock could."""
    trigger = "publication_no_update" if database.is_sqlite else "publication_kept ON publication"
    with database.write() as session:
        connection = session.connection()
        made = "SELECT sql FROM sqlite_master WHERE name = 'publication_no_update'"
        kept = connection.execute(text(made)).scalar_one() if database.is_sqlite else _KEPT
        connection.execute(text(f"DROP TRIGGER {trigger}"))
        row = connection.execute(
            text("SELECT id, document FROM publication WHERE year = :y ORDER BY id DESC"), {"y": year}
        ).first()
        assert row is not None
        document = json.loads(row.document, parse_float=Decimal)
        document["interim"], document["as_of"] = True, as_of
        figure_of(document, POWER)["value"] = Decimal(value)
        connection.execute(
            text("UPDATE publication SET interim = :interim, as_of = :at, document = :document WHERE id = :id"),
            {
                "interim": True,
                "at": _ms(datetime.fromisoformat(as_of)),
                "document": json.dumps(document, default=float),
                "id": row.id,
            },
        )
        connection.exec_driver_sql(kept)


_KEPT = (
    "CREATE TRIGGER publication_kept BEFORE UPDATE OR DELETE ON publication "
    "FOR EACH ROW EXECUTE FUNCTION publication_kept()"
)
