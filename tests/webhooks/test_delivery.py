"""Every event reaches every receiver at least once and in order, whatever receivers and senders do meanwhile."""

import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import replace

import pytest

from app.clients.addresses import Reach
from app.core.events import EventKind
from app.jobs.webhook_delivery import Pace, deliver_webhooks, forget_old_deliveries
from app.store.engine.database import Database
from app.store.outbox.deliveries import QUEUED_AT_ONCE, DeliveryState, delivery_page, lease_webhook, resend
from app.store.outbox.events import append_event
from app.store.outbox.webhooks import rotate_secret, update_webhook
from tests.support.webhook_site import Answer, WebhookSite, site
from tests.webhooks.conftest import CALM, HASTY, LOOPBACK, Subscribe, Tell
from tests.webhooks.verify import SECRET, is_signed, number_of, without_repeats


def deliver_until(database: Database, done: Callable[[], bool], pace: Pace = CALM) -> None:
    ends = time.monotonic() + 30
    while not done():
        assert time.monotonic() < ends, "it never came to an end"
        deliver_webhooks(database, reach=LOOPBACK, pace=pace)
        time.sleep(0.01)


def states(database: Database, organization_id: int, code: str) -> dict[str, int]:
    with database.read() as session:
        page = delivery_page(session, organization_id, code, states=[], cursor=None, limit=1000)
    return dict(Counter(each.state for each in page.items))


def test_a_receiver_that_fails_times_out_and_comes_back_gets_every_event_in_order(
    database: Database, organization_id: int, subscribe: Subscribe, tell: Tell
) -> None:
    trouble = {
        1: Answer(500),
        2: Answer(503),
        3: Answer(wait_s=0.8),
        4: Answer(302, headers={"Location": "/elsewhere"}),
        5: Answer(drop=True),
        9: Answer(wait_s=0.8),
        10: Answer(500),
    }
    calls = iter(range(1, 1000))
    with site(lambda _: trouble.get(next(calls), Answer())) as flaky, site() as steady:
        subscribe("flaky", f"{flaky.url}/hook")
        subscribe("steady", steady.url)
        tell(*range(1, 13))
        deliver_until(database, lambda: states(database, organization_id, "flaky").get("delivered") == 12, HASTY)
        before_down = len(flaky.asked)
    tell(*range(13, 21))
    deliver_webhooks(database, reach=LOOPBACK, pace=replace(HASTY, run_s=0.3))
    with site(port=flaky.port) as back, site(port=steady.port) as back_too:
        deliver_until(database, lambda: states(database, organization_id, "flaky") == {"delivered": 20}, HASTY)
        deliver_until(database, lambda: states(database, organization_id, "steady") == {"delivered": 20}, HASTY)

    heard = flaky.asked + back.asked
    assert without_repeats(heard) == list(range(1, 21))
    assert before_down >= 12 + len(trouble)
    assert without_repeats(steady.asked + back_too.asked) == list(range(1, 21))
    ids = {number_of(each): each.headers["Webhook-Id"] for each in heard}
    assert len(set(ids.values())) == 20
    assert all(each.headers["Webhook-Id"] == ids[number_of(each)] for each in heard)
    assert {each.path for each in heard} == {"/hook"}
    assert all(is_signed(each) for each in heard + steady.asked)


def test_a_slow_receiver_holds_up_its_own_subscription_alone(
    database: Database, organization_id: int, subscribe: Subscribe, tell: Tell
) -> None:
    slow_by_then: list[int] = []
    with site(lambda _: Answer(wait_s=0.15)) as slow, site(lambda _: _noted(slow_by_then, slow)) as quick:
        subscribe("slow", slow.url)
        subscribe("quick", quick.url)
        tell(*range(1, 13))
        deliver_until(database, lambda: states(database, organization_id, "slow") == {"delivered": 12})

    assert [number_of(each) for each in quick.asked] == list(range(1, 13))
    assert [number_of(each) for each in slow.asked] == list(range(1, 13))
    assert slow_by_then[-1] < 12


def _noted(counts: list[int], other: WebhookSite) -> Answer:
    counts.append(len(other.asked))
    return Answer()


def test_an_event_that_is_never_accepted_becomes_a_dead_letter_and_can_be_resent(
    database: Database, organization_id: int, subscribe: Subscribe, tell: Tell
) -> None:
    poison = {2}
    with site(lambda asked: Answer(400 if number_of(asked) in poison else 204)) as receiver:
        subscribe("hook", receiver.url, max_attempts=3)
        tell(1, 2, 3)
        deliver_until(database, lambda: len(states(database, organization_id, "hook")) == 2)
        deliver_until(database, lambda: states(database, organization_id, "hook") == {"delivered": 2, "dead": 1})
        tried = [number_of(each) for each in receiver.asked]
        with database.read() as session:
            dead = delivery_page(
                session, organization_id, "hook", states=[DeliveryState.DEAD], cursor=None, limit=10
            ).items[0]
        poison.clear()
        tell(4)
        with database.write() as session:
            resend(session, organization_id, "hook", dead.id or 0, now_ms=time.time_ns() // 1_000_000)
        deliver_until(database, lambda: states(database, organization_id, "hook") == {"delivered": 4})

    assert tried == [1, 2, 2, 2, 3]
    assert (dead.attempts, dead.status, dead.error) == (3, 400, "refused")
    assert [number_of(each) for each in receiver.asked][5:] == [2, 4]
    assert receiver.asked[5].headers["Webhook-Id"] == dead.event_id


def test_many_senders_at_once_send_each_event_once_and_in_order(
    database: Database, database_url: str, subscribe: Subscribe, tell: Tell
) -> None:
    others = [Database(database_url) for _ in range(3)]
    with site() as receiver:
        subscribe("hook", receiver.url)
        tell(*range(1, 41))
        senders = [
            threading.Thread(target=deliver_webhooks, args=(each,), kwargs={"reach": LOOPBACK, "pace": CALM})
            for each in (database, *others)
        ]
        for sender in senders:
            sender.start()
        for sender in senders:
            sender.join()
    for each in others:
        each.close()

    assert [number_of(each) for each in receiver.asked] == list(range(1, 41))


def test_what_a_sender_that_died_held_is_sent_by_another_after_a_while(
    database: Database, organization_id: int, subscribe: Subscribe, tell: Tell
) -> None:
    with site() as receiver:
        webhook_id = subscribe("hook", receiver.url)
        now_ms = time.time_ns() // 1_000_000
        with database.write() as session:
            assert lease_webhook(session, webhook_id, "dead", until_ms=now_ms + 400, now_ms=now_ms)
        tell(1)
        meanwhile = deliver_webhooks(database, reach=LOOPBACK, pace=CALM)
        deliver_until(database, lambda: states(database, organization_id, "hook") == {"delivered": 1})

    assert meanwhile == 0
    assert time.time_ns() // 1_000_000 >= now_ms + 400
    assert len(receiver.asked) == 1


def test_a_webhook_is_told_of_the_kinds_it_asks_for_from_its_making_on(
    database: Database, organization_id: int, subscribe: Subscribe, tell: Tell
) -> None:
    with site() as receiver:
        tell(1)
        subscribe("hook", receiver.url, kinds=["limits.exceeded"])
        tell(2)
        tell(3, kind=EventKind.LIMITS_EXCEEDED)
        tell(4)
        deliver_webhooks(database, reach=LOOPBACK, pace=CALM)
        with database.write() as session:
            update_webhook(session, organization_id, "hook", {"enabled": False})
        tell(5, kind=EventKind.LIMITS_EXCEEDED)
        deliver_webhooks(database, reach=LOOPBACK, pace=CALM)
        with database.write() as session:
            update_webhook(session, organization_id, "hook", {"enabled": True})
        tell(6, kind=EventKind.LIMITS_EXCEEDED)
        deliver_webhooks(database, reach=LOOPBACK, pace=CALM)

    assert [number_of(each) for each in receiver.asked] == [3, 6]


def test_more_events_than_are_queued_at_once_all_arrive(
    database: Database, organization_id: int, subscribe: Subscribe
) -> None:
    with site() as receiver:
        subscribe("hook", receiver.url, kinds=["limits.exceeded"])
        with database.write() as session:
            for number in range(QUEUED_AT_ONCE * 2 + 1):
                kind = EventKind.LIMITS_EXCEEDED if number % 100 == 0 else EventKind.ROLLUPS_CHANGED
                append_event(session, organization_id=organization_id, kind=kind, payload={"number": number}, at_ms=0)
        deliver_until(database, lambda: states(database, organization_id, "hook") == {"delivered": 11})

    assert [number_of(each) for each in receiver.asked] == list(range(0, 1001, 100))


def test_both_secrets_sign_until_the_overlap_ends(
    database: Database, organization_id: int, subscribe: Subscribe, tell: Tell
) -> None:
    new = "whsec_" + "bmV3IHNlY3JldCBvZiAzMiBieXRlcyBmb3IgYSB0ZXN0"
    with site() as receiver:
        subscribe("hook", receiver.url)
        for overlap_ms in (60_000, -1):
            until_ms = time.time_ns() // 1_000_000 + overlap_ms
            with database.write() as session:
                rotate_secret(session, organization_id, "hook", secret=new, overlap_until_ms=until_ms)
                if overlap_ms < 0:
                    rotate_secret(session, organization_id, "hook", secret=new, overlap_until_ms=until_ms)
            tell(1)
            deliver_webhooks(database, reach=LOOPBACK, pace=CALM)

    during, after = receiver.asked
    assert (is_signed(during, SECRET), is_signed(during, new)) == (True, True)
    assert (is_signed(after, SECRET), is_signed(after, new)) == (False, True)


def test_a_receiver_on_a_private_address_hears_nothing_unless_it_is_allowed(
    database: Database, organization_id: int, subscribe: Subscribe, tell: Tell
) -> None:
    with site() as receiver:
        subscribe("hook", receiver.url, max_attempts=1)
        tell(1)
        deliver_webhooks(database, reach=Reach(), pace=CALM)
    with database.read() as session:
        delivery = delivery_page(session, organization_id, "hook", states=[], cursor=None, limit=1).items[0]

    assert receiver.asked == []
    assert (delivery.state, delivery.error) == ("dead", "address_not_allowed")


@pytest.mark.parametrize(("days", "kept"), [(6, {"delivered": 1}), (8, {})])
def test_deliveries_are_forgotten_a_week_after_they_were_accepted(
    database: Database,
    organization_id: int,
    subscribe: Subscribe,
    tell: Tell,
    monkeypatch: pytest.MonkeyPatch,
    days: int,
    kept: dict[str, int],
) -> None:
    with site() as receiver:
        subscribe("hook", receiver.url)
        tell(1)
        deliver_webhooks(database, reach=LOOPBACK, pace=CALM)
        later = time.time_ns() + days * 86_400 * 1_000_000_000
        monkeypatch.setattr("time.time_ns", lambda: later)
        forget_old_deliveries(database)

    assert states(database, organization_id, "hook") == kept
