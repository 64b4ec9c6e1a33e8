#!/usr/bin/env bash
# uvicorn 0.54.0 with httptools 0.9.0, and with h11 0.16.0 (PyPI)
#
# Behaviour: a POST that offers to go on in HTTP/2 (`Upgrade: h2c`), as java.net.http.HttpClient does by default with a
#            request on a new connection to an http:// address, reaches the application without its body when httptools parses it, and is
#            answered 200. With h11 the body is there.
# Guess:     the offer is passed over, as a server may, and the request is answered in HTTP/1.1 with its body, by both.
# Matters:   which parser is used depends on what is installed. A gateway in Java posts readings over plain HTTP inside the
#            plant; every first post on a connection is empty, and one that takes the 200 for a receipt deletes its copy.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check uvicorn==0.54.0 httptools==0.9.0 h11==0.16.0
"$folder/venv/bin/python" - <<'PYTHON'
import http.client
import socket
import threading
import time

import uvicorn

ROWS = b"grid,2026-01-01T00:00:00Z,12.5\n"
OFFER = {
    "Connection": "Upgrade, HTTP2-Settings", "Upgrade": "h2c", "HTTP2-Settings": "AAEAAEAAAAIAAAABAAMAAABkAAQBAAAAAAUAAEAA",
}


async def size(scope, receive, send):
    """Answer with the number of octets of the body."""
    body, more = b"", True
    while more:
        message = await receive()
        body, more = body + message.get("body", b""), message.get("more_body", False)
    text = str(len(body)).encode()
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", str(len(text)).encode())]})
    await send({"type": "http.response.body", "body": text})


def answer(parser, offer):
    """Post the rows to a server of this parser and return the status and the size it saw."""
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(size, http=parser, lifespan="off", log_level="error"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    while not server.started:
        time.sleep(0.05)
    client = http.client.HTTPConnection(*listening.getsockname(), timeout=10)
    client.request("POST", "/readings", ROWS, {"Content-Type": "text/csv", **offer})
    response = client.getresponse()
    status, octets = response.status, int(response.read())
    client.close()
    server.should_exit = True
    thread.join()
    return status, octets


seen = {(parser, bool(offer)): answer(parser, offer) for parser in ("httptools", "h11") for offer in ({}, OFFER)}
for (parser, offered), (status, octets) in seen.items():
    print(f"{parser}, {'h2c offered' if offered else 'plain'}: {status}, {octets} of {len(ROWS)} octets")
assert seen == {
    ("httptools", False): (200, 31), ("httptools", True): (200, 0), ("h11", False): (200, 31), ("h11", True): (200, 31),
}, "this has changed"
PYTHON
