"""Databases from before periods had names: what was published of other days is told, what was interim becomes so."""

import json
from decimal import Decimal
from importlib.resources import files

import httpx
import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.rollup.rolling.roller import rebuild
from app.store.engine.database import Database
from app.store.inventory.meters import meter_ids
from app.store.upkeep.migrate import migrate
from tests.support.pages import signed_in
from tests.support.works import DISCLOSURE, answer, get
from tests.years.company import APRIL, columns, figure_of, publish, put_fiscal_years, refused

BEFORE = "0017"
"""The last revision before fiscal years could be dated."""


def test_what_was_published_of_other_days_is_shown_with_those_days_and_told(
    company: httpx.Client, database: Database
) -> None:
    """The year start was moved to April with 2023 published: 222 MWh are of January to December, and say so."""
    publish(company, 2023)
    with database.write() as session:
        session.connection().execute(
            text(
                "UPDATE organization SET fiscal_year_start_month = 4, inventory_version = inventory_version + 1 "
                "WHERE code = 'acme'"
            )
        )
        meters = meter_ids(session, "acme")
    rebuild(database, meters)
    found = columns(company, 2024)
    assert [(name, first, last, value) for name, first, last, _, value in found] == [
        ("2024", "2024-04-01", "2025-03-31", Decimal(243)),
        ("2023", "2023-01-01", "2023-12-31", Decimal(222)),
        ("2022", "2022-04-01", "2023-03-31", Decimal("55.5")),
    ]
    key = answer(company, "POST", "/v1/keys", 201, json={"name": "page", "scopes": ["read"]})["key"]
    page = company.get(
        "/", params={"organization": "acme", "year": "2024"}, headers={"Cookie": signed_in(company, key)}
    ).text
    assert '222<span class="days">1 January 2023 to 31 December 2023</span>' in page
    power = figure_of(get(company, f"{DISCLOSURE}/2024"))
    assert power["comparatives"][0]["restated"] is False
    assert [(each["code"], each["severity"]) for each in power["checks"]] == [("comparative_period_differs", "warning")]
    assert power["checks"][0]["detail"] == (
        "2023 (2023-01-01 to 2023-12-31) is shown as it was published; "
        "the reporting period is 2023 (2023-04-01 to 2024-03-31) now"
    )


def test_it_is_set_right_by_settings_under_which_the_period_has_its_days_again(
    company: httpx.Client, database: Database
) -> None:
    publish(company, 2023)
    with database.write() as session:
        session.connection().execute(
            text(
                "UPDATE organization SET fiscal_year_start_month = 4, inventory_version = inventory_version + 1 "
                "WHERE code = 'acme'"
            )
        )
        meters = meter_ids(session, "acme")
    rebuild(database, meters)
    publish(company, 2024)
    january = {"valid_from": "2023-01-01", "start_month": 1, "label": "start", "transition": "short"}
    assert refused(company, january, status=409) == [(0, "start_month", "period_published")]
    put_fiscal_years(company, january, APRIL)
    assert [(name, first, last, value) for name, first, last, _, value in columns(company, 2024)] == [
        ("2024", "2024-04-01", "2025-03-31", 243),
        ("2024T", "2024-01-01", "2024-03-31", 78),
        ("2023", "2023-01-01", "2023-12-31", 222),
        ("2022T", "2022-04-01", "2022-12-31", None),
        ("2021", "2021-04-01", "2022-03-31", None),
    ]
    assert figure_of(get(company, f"{DISCLOSURE}/2024"))["checks"] == []


@pytest.fixture
def filled_before(empty_database_url: str) -> Database:
    """A database of the schema before, with a publication of a running year and one of a year that was over."""
    database = Database(empty_database_url)
    config = Config()
    config.set_main_option("script_location", str(files("app").joinpath("migrations")))
    with database.write() as session:
        connection = session.connection()
        config.attributes["connection"] = connection
        command.upgrade(config, BEFORE)
        connection.execute(
            text(
                "INSERT INTO organization (id, code, name, timezone, currency, fiscal_year_start_month, "
                "fiscal_year_label, consolidation, rounding, inventory_version, created_at) VALUES "
                "(1, 'acme', 'Acme', 'UTC', 'CNY', 4, 'end', 'operational_control', 'half_up', 0, 0)"
            )
        )
        for number, as_of in ((1, 1_600_000_000_000), (2, 1_640_995_200_000)):  # September 2020, and New Year 2022
            document = json.dumps({"period": {"start": "2020-12-31T16:00:00Z", "end": "2021-12-31T16:00:00Z"}})
            connection.execute(
                text(
                    "INSERT INTO publication (organization_id, framework, year, number, document, digest, prepared_by, "
                    "prepared_at, as_of) VALUES (1, 'gri', 2021, :number, :document, 'x', 'key', 0, :as_of)"
                ),
                {"number": number, "document": document, "as_of": as_of},
            )
        connection.execute(text("INSERT INTO shown_figures VALUES (1, 'gri', 2021, '{\"a\": \"1\"}')"))
    return database


def test_what_was_prepared_before_its_year_was_over_becomes_interim_and_nobody_may_change_it(
    filled_before: Database,
) -> None:
    migrate(filled_before)
    with filled_before.read() as session:
        connection = session.connection()
        rows = connection.execute(text("SELECT number, interim, transition FROM publication ORDER BY number")).all()
        assert [(number, bool(interim), bool(transition)) for number, interim, transition in rows] == [
            (1, True, False),
            (2, False, False),
        ]
        assert connection.execute(text("SELECT fiscal_years FROM organization")).scalar_one() == "[]"
        period, displays = connection.execute(text("SELECT period, displays FROM shown_figures")).one()
        assert (period, displays if isinstance(displays, dict) else json.loads(displays)) == ("2021", {"a": "1"})
    for statement in ("UPDATE publication SET interim = transition", "DELETE FROM publication"):
        with pytest.raises(DBAPIError, match="never changed or deleted"), filled_before.write() as session:
            session.connection().execute(text(statement))
    filled_before.close()
