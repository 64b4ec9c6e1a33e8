"""Readings in an outbox reach the service at least once and in order, whoever is killed in between."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from esg_metrics_client import Client, Organization, Outbox, Problem, Unreachable

from tests.support.processes import ADMIN_KEY, Server

ROUNDS = 4
pytestmark = pytest.mark.parametrize("server", ["sqlite"], indirect=True)


def test_what_a_killed_gateway_had_put_arrives_in_order(server: Server, acme: Organization, tmp_path: Path) -> None:
    kept = 0
    for _ in range(ROUNDS):
        kept = _run_until_killed(server, acme, tmp_path, first=kept + 1)
    outbox = Outbox(tmp_path, acme)
    outbox.flush()
    assert outbox.waiting() == 0
    assert list((tmp_path / "rejected").iterdir()) == []
    arrived = [
        each["value"] for each in acme.readings(meter="bill", start="2021-01-01T00:00:00Z", end="2021-01-02T00:00:00Z")
    ]
    assert arrived[:kept] == list(range(1, kept + 1))
    assert len(arrived) - kept in (0, 1)  # the last put may be on the disk and not yet told of
    assert [each["value"] for each in acme.readings(meter="grid", start="2021-06-01T00:00:00Z")] == [arrived[-1]]


def _run_until_killed(server: Server, acme: Organization, directory: Path, *, first: int) -> int:
    """Return the last number that the gateway had put before it was killed."""
    command = [
        sys.executable,
        "-m",
        "tests.clients.gateway",
        str(directory),
        server.address,
        ADMIN_KEY,
        acme.code,
        str(first),
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=_environment()) as gateway:
        assert gateway.stdout is not None
        last = int(gateway.stdout.readline())
        threading.Timer(0.3, lambda: os.kill(gateway.pid, signal.SIGKILL)).start()
        for line in gateway.stdout:
            last = int(line)
    assert gateway.returncode == -signal.SIGKILL
    return last


def _environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}


def test_rows_that_are_refused_are_kept_with_the_reason_and_hold_up_nothing(acme: Organization, tmp_path: Path) -> None:
    outbox = Outbox(tmp_path, acme)
    good = {"meter": "bill", "timestamp": "2016-01-01T00:00:00Z", "value": "1.5"}
    outbox.put([good, {**good, "meter": "nobody"}])
    outbox.put([{**good, "value": "much"}])
    outbox.put([{**good, "timestamp": "2016-01-02T00:00:00Z"}])
    assert outbox.flush() == 3
    kept = [path.read_text() for path in (tmp_path / "rejected").iterdir()]
    assert len(kept) == 1
    assert kept[0].count('"unknown_meter"') == kept[0].count('"value_unreadable"') == 1
    assert kept[0].count("\n") == 2
    assert '"row":{"meter":"nobody","timestamp":"2016-01-01T00:00:00Z","value":"1.5"}' in kept[0]
    assert len(list(acme.readings(meter="bill", end="2017-01-01T00:00:00Z"))) == 2


def test_a_wrong_key_or_a_service_away_keeps_everything(server: Server, tmp_path: Path) -> None:
    row = {"meter": "bill", "timestamp": "2015-01-01T00:00:00Z", "value": 1}
    with Client(server.address, "wrong") as stranger:
        outbox = Outbox(tmp_path, stranger.organization("acme"))
        outbox.put([row])
        with pytest.raises(Problem, match="401"):
            outbox.flush()
    with Client("http://127.0.0.1:9", ADMIN_KEY, patience_s=0.1) as nowhere:
        again = Outbox(tmp_path, nowhere.organization("acme"))
        with pytest.raises(Unreachable):
            again.flush()
        assert again.waiting() == 1


def test_two_processes_put_side_by_side(acme: Organization, tmp_path: Path) -> None:
    outboxes = [Outbox(tmp_path, acme) for _ in range(2)]

    def put(outbox: Outbox, meter: str) -> None:
        for second in range(40):
            outbox.put([{"meter": meter, "timestamp": f"2014-01-01T00:00:{second:02}Z", "value": second}])

    threads = [threading.Thread(target=put, args=each) for each in zip(outboxes, ("bill", "grid"), strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outboxes[0].waiting() == 80
    assert outboxes[0].flush() == 80
    assert len(list(acme.readings(end="2014-12-31T00:00:00Z"))) == 80


def test_what_a_killed_process_was_still_writing_is_cleared_away(acme: Organization, tmp_path: Path) -> None:
    part, old = tmp_path / "1-1.part", tmp_path / "1-2.part"
    part.write_bytes(b"{")
    old.write_bytes(b"{")
    os.utime(old, (time.time() - 4_000,) * 2)
    assert Outbox(tmp_path, acme).waiting() == 0
    assert (part.exists(), old.exists()) == (True, False)
