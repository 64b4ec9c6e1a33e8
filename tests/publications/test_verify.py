"""Verifying: what was published holds against its hash and the readings of then, and tampering shows."""

from dataclasses import replace

import pytest
from sqlalchemy import text
from typer.testing import CliRunner, Result

from app.cli import cli
from app.disclosure.history.canonical import canonical, digest_of, document_from
from app.store.engine.database import Database
from tests.conftest import Make, client, database, database_url
from tests.support.desk import Desk
from tests.support.folded import change_pages, fold_everything
from tests.support.works import ORGANIZATION, answer, put, send

__all__ = ["client", "database", "database_url"]
"""An application for each test: what is tested looks at every organization."""


@pytest.fixture(autouse=True)
def environment(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ESG_DATABASE_URL", database_url)
    monkeypatch.delenv("ESG_ADMIN_KEY", raising=False)


def verify(*options: str) -> Result:
    return CliRunner().invoke(cli, ["verify", *options])


def test_a_publication_holds_whatever_changed_since(desk: Desk, database: Database, make_meter: Make) -> None:
    put(desk.client, "gwp-sets", {"framework": "hkex-2020", "year": 2021, "gwp_set": "AR6"})
    desk.published()
    send(desk.client, database, "grid,2021-01-01T00:00:00+08:00,4000000\n")
    make_meter(code="late", interval="P1Y", timestamp_edge="interval_start")
    send(desk.client, database, "late,2021-01-01T00:00:00+08:00,100\n")
    answer(desk.client, "PATCH", f"{ORGANIZATION}/plants/main", 200, json={"equity_share": 0.5})
    body = {"consolidation": "equity_share", "rounding": "down", "name": "Other"}
    answer(desk.client, "PATCH", ORGANIZATION, 200, json=body)
    setting = {"framework": "hkex-2020", "key": "ghg.total", "rounding": None, "unit": "kgCO2e", "decimals": 1}
    put(desk.client, "figure-settings", setting)
    put(desk.client, "gwp-sets")
    put(desk.client, "factor-pins", {
        "year": 2021, "resource": "fuel.*", "method": None, "plant": None, "factor": "ipcc2006_anthracite"
    })  # fmt: skip
    desk.published("A correction.")

    result = verify()
    assert result.exit_code == 0, result.output
    lines = result.output.splitlines()
    assert [line.partition(":")[0] for line in lines[:2]] == ["acme hkex-2020 2021 no. 1", "acme hkex-2020 2021 no. 2"]
    assert lines[2:4] == [
        "2 publications verified, 0 differ.",
        "0 pages of readings of 0 meters and 3 arrivals verified, 0 damaged.",
    ]
    assert lines[4].endswith(" entries of 2 audit logs verified, 0 links broken.")
    assert verify("--year", "2020").output == "0 publications verified, 0 differ.\n"
    assert verify("--organization", "nobody").exit_code == 2


def test_a_changed_document_is_detected_by_its_hash(desk: Desk, database: Database) -> None:
    desk.published()
    _tamper(
        database, "UPDATE publication SET document = replace(document, :before, :after)", before="Acme", after="Aceme"
    )
    result = verify("--organization", "acme")
    assert result.exit_code == 1
    assert "the document was changed: its hash is " in result.output


def test_a_changed_figure_is_detected_though_the_hash_was_made_to_fit(desk: Desk, database: Database) -> None:
    desk.published()
    with database.read() as session:
        document = document_from(session.connection().execute(text("SELECT document FROM publication")).scalar_one())
    figure = next(each for each in document["figures"] if each["key"] == "consumption.electricity")
    assert figure["value"] == 1000
    figure["value"] = 900
    changed = canonical(document)
    statement = "UPDATE publication SET document = :document, digest = :digest"
    _tamper(database, statement, document=changed, digest=digest_of(changed))
    result = verify("--framework", "hkex-2020")
    assert result.exit_code == 1
    assert "consumption.electricity: its terms do not add up to 900" in result.output
    assert "consumption.electricity is 1000 by what was stored then, published is 900" in result.output
    assert "hash is" not in result.output


def test_a_row_that_says_otherwise_than_its_document_is_detected(desk: Desk, database: Database) -> None:
    desk.published()
    _tamper(database, "UPDATE publication SET reason = :reason", reason="other")
    result = verify()
    assert result.exit_code == 1
    assert "its row has reason 'other', the document None" in result.output


def test_a_reading_changed_behind_the_service_is_detected(desk: Desk, database: Database) -> None:
    desk.published()
    assert fold_everything(database) > 0
    assert verify().exit_code == 0
    change_pages(database, lambda page: replace(page, value=page.value * 2))
    result = verify()
    assert result.exit_code == 1
    assert "consumption.electricity is 2000 by what was stored then, published is 1000" in result.output


def test_what_cannot_be_computed_any_more_is_said_and_fails_nothing(desk: Desk, database: Database) -> None:
    desk.published()
    with database.write() as session:
        session.connection().execute(text("UPDATE organization SET fiscal_year_start_month = 4"))
    result = verify()
    assert result.exit_code == 0, result.output
    words = "2021 was 2021-01-01 to 2021-12-31 when it was prepared and is 2021 (2021-04-01 to 2022-03-31) now"
    assert f"not known: the figures cannot be computed again: {words}" in result.output


def _tamper(database: Database, statement: str, **values: str) -> None:
    """Change a stored publication as someone could who may drop triggers."""
    trigger = "publication_no_update" if database.is_sqlite else "publication_kept ON publication"
    with database.write() as session:
        session.connection().execute(text(f"DROP TRIGGER {trigger}"))
        session.connection().execute(text(statement), values)
