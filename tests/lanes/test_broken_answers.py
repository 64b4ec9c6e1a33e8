"""An answer that fails under way ends in a broken connection, which tells the caller; the log has one reason."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.support.company import READINGS, Company, found
from tests.support.processes import SERVE, serving

BREAKING = """
import app.schemas.readings.stored_readings as lines
whole = lines._columns
def broken(rows, *arguments):
    if 13_000_000 in rows.value:
        raise {error}
    return whole(rows, *arguments)
lines._columns = broken
"""


@pytest.fixture(params=["RuntimeError('the secret reason')", "lines.DatabaseAway('the secret reason')"])
def company(request: pytest.FixtureRequest, sqlite_template: Path, tmp_path: Path) -> Iterator[Company]:
    """A server whose streams fail at the reading 13."""
    shutil.copy(sqlite_template, tmp_path / "esg.db")
    url = f"sqlite:///{tmp_path / 'esg.db'}"
    outage = "import app.store.engine.outages; lines.DatabaseAway = app.store.engine.outages.DatabaseAway\n"
    begin = BREAKING.format(error=request.param) + outage + SERVE[1]
    with serving(url, arguments=(SERVE[0], begin, *SERVE[2:])) as (server,), found(server, url) as acme:
        yield acme


def test_an_answer_that_fails_under_way_is_cut_off_and_logged_once(company: Company) -> None:
    minutes = [
        f"grid,2021-{n // 40_320 + 1:02}-{n // 1_440 % 28 + 1:02}T{n // 60 % 24:02}:{n % 60:02}:00Z"
        for n in range(20_000)
    ]
    rows = [f"{minute},{13 if n == 19_999 else 1}" for n, minute in enumerate(minutes)]
    content = "\n".join(["meter,timestamp,value", *rows])
    assert company.admin.post(READINGS, content=content, headers={"Content-Type": "text/csv"}).status_code == 200
    with pytest.raises(httpx.TransportError):
        company.admin.get(READINGS, headers={"Accept": "text/csv", "X-Request-ID": "cut-1"})

    failed, told = company.logged("cut-1")
    assert failed["event"] in {"request failed", "database_unavailable"}
    assert (told["event"], told["status"]) == ("request", 200)
    assert "Exception in ASGI application" not in company.server.output()
    assert company.admin.get(f"{READINGS}?limit=1").status_code == 200
