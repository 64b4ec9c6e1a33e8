"""Clients that offer to go on in another protocol are served in this one, body and all."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.lanes.wire import Wire
from tests.support.company import COUNTS, READINGS, Company, reading

H2C = b"Connection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAEAAEAAAAIAAAAAAAMAAAAAAAQBAAAAAAUAAEAAAAYABgAA\r\n"
OFFER = H2C + b"Upgrade: h2c\r\n"
WEBSOCKET = b"Connection: keep-alive, Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: dGVzdA==\r\n"
KEY = b"X-API-Key: test-administrator\r\n"


def posted(hour: int, *, offer: bytes = OFFER, version: bytes = b"1.1") -> tuple[bytes, bytes]:
    """Return head and body of a post as Java's client writes them, in a segment each."""
    body = json.dumps({"readings": [reading(hour, 1)]}).encode()
    head = b"POST %b HTTP/%b\r\n%bContent-Length: %d\r\nHost: 127.0.0.1\r\nUser-Agent: Java-http-client/17.0.15\r\n"
    start = head % (READINGS.encode(), version, offer, len(body))
    return start + b"Content-Type: application/json\r\n" + KEY + b"\r\n", body


def inserted(wire: Wire) -> int:
    reply = wire.reply()
    assert reply.status == 200, reply.body
    assert "upgrade" not in reply.headers
    return int(json.loads(reply.body)["inserted"])


@pytest.mark.parametrize("offer", [OFFER, WEBSOCKET, OFFER.replace(b"\r\n", b"\r\nAccept: */*\r\n", 1)])
def test_a_body_that_comes_behind_an_offer_is_stored_and_the_connection_goes_on(company: Company, offer: bytes) -> None:
    hour = 1 + [OFFER, WEBSOCKET].index(offer) if offer in (OFFER, WEBSOCKET) else 3
    with Wire(company.server.port) as wire:
        for part in posted(hour, offer=offer):
            wire.send(part)
        assert inserted(wire) == 1
        for part in posted(hour, offer=offer):  # again on the same connection: nothing of the first is left over
            wire.send(part)
        assert inserted(wire) == 0


def test_however_it_is_cut_into_segments_and_with_the_next_request_behind_it(company: Company) -> None:
    head, body = posted(4)
    whole = head + body
    for cut in (10, len(head) - 30, len(head) - 1, len(head), len(head) + 5):
        with Wire(company.server.port) as wire:
            wire.send(whole[:cut])
            assert not wire.is_answered_within(0.05)
            wire.send(whole[cut:])
            inserted(wire)
    with Wire(company.server.port) as wire:
        plain, next_body = posted(5, offer=b"")
        wire.send(whole + plain + next_body + whole)
        answers = wire.until(b'"warnings":[]}', times=3)
        assert re.findall(rb'"inserted":(\d)', answers) == [b"0", b"1", b"0"]


def test_a_body_in_chunks_one_that_waits_for_a_go_ahead_and_none_at_all(company: Company) -> None:
    head, body = posted(6)
    length = b"Content-Length: %d\r\n" % len(body)
    with Wire(company.server.port) as wire:
        wire.send(head.replace(length, b"Transfer-Encoding: chunked\r\n"))
        wire.send(b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body))
        assert inserted(wire) == 1
        wire.send(head.replace(length, length + b"Expect: 100-continue\r\n"))
        assert wire.socket.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        wire.send(body)
        assert inserted(wire) == 0
        wire.send(b"GET /health/live HTTP/1.1\r\nHost: t\r\n" + OFFER + b"\r\n")
        assert wire.reply().status == 200


def test_who_wants_the_connection_closed_has_it_closed(company: Company) -> None:
    with Wire(company.server.port) as wire:
        for part in posted(7, offer=OFFER.replace(b"Connection: ", b"Connection: close, ")):
            wire.send(part)
        assert inserted(wire) == 1
        assert wire.is_closed()


def test_two_thousand_offers_in_one_segment_are_each_answered(company: Company) -> None:
    asked = b"GET /health/live HTTP/1.1\r\nHost: t\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n"
    with Wire(company.server.port) as wire:
        wire.send(asked * 2_000)
        assert wire.until(b"HTTP/1.1 200 OK", times=2_000).count(b"HTTP/1.1") == 2_000


def test_a_tunnel_and_what_is_not_http_are_refused(company: Company) -> None:
    for asked in (b"CONNECT example.org:443 HTTP/1.1\r\nHost: t\r\n\r\n", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"):
        with Wire(company.server.port) as wire:
            wire.send(asked)
            assert wire.socket.recv(20).startswith(b"HTTP/1.1 400")


@pytest.mark.skipif(shutil.which("javac") is None, reason="there is no Java here")
def test_the_default_client_of_java_posts_as_others_do(company: Company, tmp_path: Path) -> None:
    source = Path(__file__).with_name("OfferedProtocol.java")
    subprocess.run(["javac", "-d", tmp_path, source], check=True)
    body = json.dumps({"readings": [reading(9, 1)]})
    address = f"http://127.0.0.1:{company.server.port}{READINGS}"
    command = ["java", "-cp", str(tmp_path), "OfferedProtocol", address, "test-administrator", body]
    lines = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
    assert [line.split(" ", 2)[:2] for line in lines] == [["HTTP_1_1", "200"]] * 2
    receipts = [json.loads(line.split(" ", 2)[2]) for line in lines]
    assert [[receipt[count] for count in COUNTS] for receipt in receipts] == [[1, 1, 0, 0, 0, 0], [1, 0, 0, 1, 0, 0]]
