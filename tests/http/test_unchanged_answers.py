"""304 is said of what would be the same bytes and of nothing else; at once, where nothing was committed since."""

import time
from collections.abc import Callable
from functools import partial

import httpx
import pytest
from sqlalchemy import text

from app.core.calendar.periods import ms_from_instant
from app.rollup.rolling.roller import roll_pending
from app.schemas.wire.instants import instant_from_rfc3339
from app.store.engine.database import Database
from tests.conftest import Make
from tests.support.desk import Desk
from tests.support.shared import Shared
from tests.support.works import DISCLOSURE, ORGANIZATION, OWN_COAL, answer, put, send

LIVE = (
    f"{DISCLOSURE}/2021",
    f"{DISCLOSURE}/2021?plant=main",
    f"{DISCLOSURE}/2021/figures/ghg.total/lineage",
    f"{DISCLOSURE}/2021/bridge?from_year=2020",
    f"{ORGANIZATION}/metrics/energy?year=2021",
    f"{ORGANIZATION}/metrics/emissions?year=2021",
    f"{ORGANIZATION}/metrics/completeness?year=2021",
    f"{ORGANIZATION}/rollups?grain=year",
)
FIGURES, ENERGY, ROLLUPS = LIVE[0], LIVE[4], LIVE[-1]
SETTING = {"framework": "hkex-2020", "key": "energy.total", "unit": "GJ", "decimals": 3}
PEOPLE = {"indicator": "workforce.total", "period": 2021, "value": 9, "unit": "person"}
PIN = {"resource": "fuel.coal.anthracite", "factor": "own-coal"}
Step = Callable[[Desk, Database], object]


def _withdraw(desk: Desk, database: Database) -> None:
    query = {"meter": "coal", "timestamp": "2021-01-01T00:00:00+08:00", "reason": "wrong"}
    assert desk.client.delete(f"{ORGANIZATION}/readings", params=query).status_code == 204
    roll_pending(database)


def _somebody_else(_desk: Desk, database: Database) -> None:
    with database.write() as session:
        session.connection().execute(text("UPDATE rollup SET quantity = quantity + 1000000 WHERE grain = 3"))


STEPS: dict[str, tuple[Step, set[str]]] = {
    "a post": (lambda d, b: send(d.client, b, "grid,2019-01-01T00:00:00+08:00,7"), {ROLLUPS}),
    "a correction": (lambda d, b: send(d.client, b, "grid,2021-01-01T00:00:00+08:00,1000001"), {*LIVE} - {LIVE[6]}),
    "a withdrawal": (_withdraw, {FIGURES, ENERGY, ROLLUPS}),
    "a post of it again": (lambda d, b: send(d.client, b, "coal,2021-01-01T00:00:00+08:00,11"), {FIGURES, ENERGY}),
    "a GWP set": (lambda d, _: put(d.client, "gwp-sets", {"framework": "hkex-2020", "gwp_set": "AR6"}), set()),
    "a factor": (lambda d, _: answer(d.client, "POST", f"{ORGANIZATION}/factors", 201, json=OWN_COAL), {FIGURES}),
    "a pin": (
        lambda d, _: put(d.client, "factor-pins", PIN),
        set(),
    ),
    "a setting": (lambda d, _: put(d.client, "figure-settings", SETTING), {FIGURES}),
    "a plant": (lambda d, _: _patch(d, "plants/main", {"equity_share": 0.5}), set()),
    "a boundary": (lambda d, _: _patch(d, "", {"consolidation": "equity_share"}), {FIGURES, ENERGY}),
    "a meter": (lambda d, _: _patch(d, "meters/coal", {"counts": False}), {FIGURES, ENERGY}),
    "a datapoint": (lambda d, _: answer(d.client, "POST", f"{ORGANIZATION}/datapoints", 201, json=PEOPLE), set()),
    "a publication": (lambda d, _: d.published(), {FIGURES}),
    "somebody else": (_somebody_else, {FIGURES, ENERGY, ROLLUPS}),
}


def _patch(desk: Desk, path: str, body: dict[str, object]) -> object:
    return answer(desk.client, "PATCH", f"{ORGANIZATION}/{path}".rstrip("/"), 200, json=body)


def tag_of(client: httpx.Client, path: str) -> str:
    got = client.get(path, headers={"Accept-Encoding": "identity"})
    assert got.status_code == 200, got.text
    return got.headers["ETag"]


def conditional(client: httpx.Client, path: str, tag: str) -> httpx.Response:
    return client.get(path, headers={"If-None-Match": tag, "Accept-Encoding": "identity"})


def test_whatever_moves_a_figure_is_never_said_to_be_unchanged(desk: Desk, database: Database) -> None:
    tags = {path: tag_of(desk.client, path) for path in LIVE}
    for name, (step, moved) in STEPS.items():
        for path in LIVE:  # remembered in the moment before the step
            for _ in range(2):
                assert conditional(desk.client, path, tags[path]).status_code == 304, (name, path)
        step(desk, database)
        for path in LIVE:
            got, fresh = conditional(desk.client, path, tags[path]), tag_of(desk.client, path)
            assert got.status_code == (304 if fresh == tags[path] else 200), (name, path)
            assert got.headers["ETag"] == fresh, (name, path)
            assert path not in moved or fresh != tags[path], (name, path)
            tags[path] = fresh


def test_midnight_moves_what_is_missing(
    desk: Desk, database: Database, make_meter: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_meter(code="daily", interval="P1D")
    send(desk.client, database, "daily,2021-05-31T00:00:00+08:00,5")
    tag = '"none"'
    for at in ("2021-06-30T15:59:59.999Z", "2021-06-30T16:00:00.000Z"):  # June ends in Shanghai
        now_ms = ms_from_instant(instant_from_rfc3339(at))
        for module in ("deps", "conditional"):
            monkeypatch.setattr(f"app.http.{module}.now_ms", partial(int, now_ms))
        assert conditional(desk.client, FIGURES, tag).status_code == 200, at
        tag = tag_of(desk.client, FIGURES)
        for _ in range(3):
            assert conditional(desk.client, FIGURES, tag).status_code == 304


def test_an_answer_that_nothing_touched_is_not_made_again(desk: Desk, vacant: Shared) -> None:
    known = vacant.app.state.known_answers
    for path in LIVE[:6]:
        tag = tag_of(desk.client, path)
        before, until = known.told_at_once, time.monotonic() + 20
        while known.told_at_once == before:  # jobs commit what they find in the readings for a moment
            assert time.monotonic() < until, path
            got = conditional(desk.client, path, tag)
        assert (got.status_code, got.content, got.headers["ETag"]) == (304, b"", tag)
        assert {"Accept", "Accept-Encoding"} <= {each.strip() for each in got.headers["Vary"].split(",")}
    whole = desk.client.get(FIGURES, headers={"Accept": "application/json; numbers=string", "If-None-Match": tag})
    assert whole.status_code == 200


def test_a_condition_is_for_who_may_read(desk: Desk, vacant: Shared) -> None:
    tag = tag_of(desk.client, FIGURES)
    for _ in range(3):
        conditional(desk.client, FIGURES, tag)
    got = desk.client.get(FIGURES, headers={"If-None-Match": tag, "X-API-Key": "nobody"})
    assert got.status_code == 401
    assert desk.client.get(f"{ORGANIZATION}/nothing", headers={"If-None-Match": "*"}).status_code == 404
