"""The stream over HTTP, by real server processes on one database."""

import time
from collections.abc import Callable
from typing import TypeAlias

import httpx
import pytest

from app.core.access import Scope
from app.core.events import EventKind
from app.store.engine.database import Database
from app.store.operations.keys import create_key
from app.store.outbox.events import forget_events
from tests.support.event_log import tell, tell_at_once
from tests.support.processes import Server
from tests.support.sse import Follower

Follow: TypeAlias = Callable[..., Follower]


def test_a_reader_sees_what_happens_from_now_on_and_nothing_of_others(
    servers: list[Server], replicas_database: Database, organization: tuple[int, str], follow: Follow
) -> None:
    own, code = organization
    tell(replicas_database, own, 1)
    time.sleep(1)
    follower = follow(servers[0], code)
    follower.opened()
    tell(replicas_database, own + 1, 2)
    tell(replicas_database, own, 3, plants={"main"}, resources={"electricity.grid"})
    (event,) = follower.told(1)

    assert event.number == 3
    assert event.event == "rollups.changed"
    assert event.data == {
        "id": event.id,
        "kind": "rollups.changed",
        "at": "2025-06-15T15:06:40.000Z",
        "plants": ["main"],
        "resources": ["electricity.grid"],
        "payload": {"number": 3},
    }


def test_a_ticket_that_one_server_makes_opens_the_stream_of_another(
    servers: list[Server], replicas_database: Database, organization: tuple[int, str], follow: Follow
) -> None:
    own, code = organization
    made = httpx.post(f"{servers[0].address}/v1/organizations/{code}/stream/tickets", headers=servers[0].headers)
    follower = follow(servers[1], code, headers={}, ticket=made.json()["ticket"])
    follower.opened()
    tell(replicas_database, own, 1)

    (event,) = follower.told(1)

    assert event.number == 1
    time.sleep(2.5)  # a sign of life has come, before which the ticket was looked at again
    tell(replicas_database, own, 2)
    assert [each.number for each in follower.told(1)] == [2]


def test_a_reader_far_behind_reads_what_memory_no_longer_holds(
    servers: list[Server], replicas_database: Database, organization: tuple[int, str], follow: Follow
) -> None:
    own, code = organization
    begun_at = follow(servers[0], code).opened()
    tell_at_once(replicas_database, own, range(45), filler="x" * 400_000)
    tell_at_once(replicas_database, own, range(45, 300))
    time.sleep(1)
    behind = follow(servers[0], code, after=begun_at)

    assert [event.number for event in behind.told(300)] == list(range(300))


def test_filters_pass_what_concerns_the_plant_resource_and_kind_and_what_may_concern_any(
    servers: list[Server], replicas_database: Database, organization: tuple[int, str], follow: Follow
) -> None:
    own, code = organization
    follower = follow(
        servers[0],
        code,
        plant=["east", "north"],
        resource="electricity.grid",
        kind=["rollups.changed", "figures.changed"],
    )
    begun_at = follower.opened()
    grid, coal = {"electricity.grid"}, {"fuel.coke"}
    tell(replicas_database, own, 1, plants={"west"}, resources=grid)
    tell(replicas_database, own, 2, plants={"west", "east"}, resources=grid)
    tell(replicas_database, own, 3, plants={"east"}, resources=coal)
    tell(replicas_database, own, 4, plants={"north"}, resources=grid | coal)
    tell(replicas_database, own, 5, plants={"east"}, resources=grid, kind=EventKind.LIMITS_EXCEEDED)
    tell(replicas_database, own, 6, kind=EventKind.FIGURES_CHANGED)
    stored = follow(servers[1], code, after=begun_at, plant="west", kind="rollups.changed")

    assert [event.number for event in follower.told(3)] == [2, 4, 6]
    assert [event.number for event in stored.told(2)] == [1, 2]


def test_signs_of_life_carry_the_readers_place_and_end_with_its_key(
    servers: list[Server], replicas_database: Database, organization: tuple[int, str], follow: Follow
) -> None:
    own, code = organization
    with replicas_database.write() as session:
        key, secret = create_key(
            session, name="reader", scopes=[Scope.READ], organizations=None, expires_at_ms=None, now_ms=0
        )
    follower = follow(servers[0], code, kind="job.failed")
    expelled = follow(servers[0], code, headers={"X-API-Key": secret})
    begun_at = follower.opened()
    expelled.opened()
    assert httpx.delete(f"{servers[0].address}/v1/keys/{key.code}", headers=servers[0].headers).status_code == 204
    tell(replicas_database, own, 1)
    sign = follower.next()
    resumed = follow(servers[1], code, after=sign.id)
    resumed.opened()
    tell(replicas_database, own, 2)

    assert (sign.event, sign.data) == (None, None)
    assert sign.id not in (None, begun_at)
    assert [event.number for event in resumed.told(1)] == [2]
    assert [event.number for event in expelled.told(1)] == [1]
    assert any(expelled.ends() for _ in range(10))  # a sign of life may be under way


def test_who_asks_for_events_that_are_forgotten_is_told(
    servers: list[Server], replicas_database: Database, organization: tuple[int, str], follow: Follow
) -> None:
    own, code = organization
    tell(replicas_database, own, 1)
    tell(replicas_database, own, 2)
    with replicas_database.write() as session:
        forget_events(session, before_ms=3_000_000_000_000)
    follower = follow(servers[0], code, after="0-0", kind="job.failed")
    follower.opened()
    (gap,) = follower.told(1)

    assert gap.event == "stream.gap"
    assert gap.data["asked"] == "0-0"


@pytest.mark.parametrize("headers", [{}, {"X-API-Key": "wrong"}])
def test_the_stream_needs_a_key(servers: list[Server], organization: tuple[int, str], headers: dict[str, str]) -> None:
    answer = httpx.get(f"{servers[0].address}/v1/organizations/{organization[1]}/stream", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")


@pytest.mark.parametrize(
    ("parameters", "after"), [({"kind": "no.such"}, "0-0"), ({"plant": "a b"}, "0-0"), ({}, "yesterday")]
)
def test_a_filter_or_id_that_cannot_be_is_refused(
    servers: list[Server], organization: tuple[int, str], parameters: dict[str, str], after: str
) -> None:
    answer = httpx.get(
        f"{servers[0].address}/v1/organizations/{organization[1]}/stream",
        params=parameters,
        headers={**servers[0].headers, "Last-Event-ID": after},
    )
    assert answer.status_code == 422


def test_a_reader_resumes_at_another_replica_and_after_a_crash_without_loss(
    servers: list[Server], replicas_database: Database, organization: tuple[int, str], follow: Follow
) -> None:
    own, code = organization
    first = follow(servers[1], code)
    begun_at = first.opened()
    for number in range(1, 6):
        tell(replicas_database, own, number)
    seen = first.told(3)
    servers[1].kill()
    for number in range(6, 9):
        tell(replicas_database, own, number)
    elsewhere = follow(servers[0], code, after=seen[-1].id)
    rest = elsewhere.told(5)
    again = follow(servers[0], code, after=begun_at)

    assert [event.number for event in seen] == [1, 2, 3]
    assert [event.number for event in rest] == [4, 5, 6, 7, 8]
    assert [event.number for event in again.told(8)] == [1, 2, 3, 4, 5, 6, 7, 8]
