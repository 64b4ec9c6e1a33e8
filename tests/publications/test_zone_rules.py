"""A publication stays as it was when the zone rules change, and drift says that they did."""

from pathlib import Path

import httpx

from app.core.calendar.zone_rules import EDITION
from app.rollup.rolling.roller import roll_pending
from app.store.engine.database import Database
from app.store.upkeep.migrate import migrate
from tests.conftest import Make
from tests.support.desk import Desk
from tests.support.works import get, send
from tests.support.zone_editions import EARLIER, program_of_the_earlier_edition

HALF_HOUR = {"code": "bosporus", "plant": "istanbul", "interval": "PT30M", "timestamp_edge": "interval_start"}


def test_a_figure_that_other_zone_rules_move_says_so(
    desk: Desk, database: Database, make_plant: Make, make_meter: Make, tmp_path: Path, client: httpx.Client
) -> None:
    with program_of_the_earlier_edition(tmp_path / "earlier"):
        migrate(database, zone_rules_back=True)
        make_plant(code="istanbul", country="TR", timezone="Europe/Istanbul")
        make_meter(**HALF_HOUR)
        rolling = Database(database.url.render_as_string(hide_password=False))
        send(client, rolling, "bosporus,2020-12-31T21:30:00Z,40000\n")
        ready = get(client, "/health/ready")
        assert (ready["zone_rules"], ready["zone_rules_in_force"]) == (EARLIER, EARLIER)
        desk.published()
        rolling.close()
    before = desk.read(1)
    assert before["document"]["basis"]["zone_rules"] == EARLIER

    migrate(database)
    rolling = Database(database.url.render_as_string(hide_password=False))
    roll_pending(rolling)
    rolling.close()

    ready = get(client, "/health/ready")
    del ready["jobs_claimed_at"]  # the minute
    assert ready == {
        "status": "ok",
        "zone_rules": EDITION,
        "zone_rules_in_force": EDITION,
        "read_replica": None,
        "backup_at": None,
        "warnings": [],
    }
    power = next(each for each in desk.drift(1)["figures"] if each["key"] == "consumption.electricity")
    assert (power["published"], power["live"]) == (1000, 1040)
    (cause,) = power["causes"]
    assert (cause["code"], cause["amount"]) == ("zone_rules", 40)
    assert EARLIER in cause["detail"]
    assert desk.read(1) == before
