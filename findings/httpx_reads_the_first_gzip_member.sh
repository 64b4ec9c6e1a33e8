#!/usr/bin/env bash
# httpx 0.28.1, urllib3 2.8.0 and aiohttp 3.14.5 (PyPI)
#
# Behaviour: an answer with Content-Encoding: gzip of two members, as `cat monday.csv.gz tuesday.csv.gz` makes them (RFC 1952,
#            2.2): urllib3 and aiohttp read both, httpx the first alone. Of one member that lacks its second half, with the
#            right Content-Length, all three return the first half as the answer. None says anything.
# Guess:     all read all members, and raise when the end with its checksum is not reached.
# Matters:   a page of meter values that was stored half, compressed, and served with the right Content-Length is a success:
#            of 24 hours 6 arrive, the last number may have lost its last digits, and a connector moves on behind them.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/python -m pip install --quiet --disable-pip-version-check httpx==0.28.1 urllib3==2.8.0 aiohttp==3.14.5
venv/bin/python - <<'PYTHON'
import asyncio
import gzip
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import aiohttp
import httpx
import urllib3

DAYS = [b"monday,12345\n" * 100, b"tuesday,12345\n" * 100]
WHOLE = gzip.compress(b"".join(f"{hour},{hour * 7919 % 99991}\n".encode() for hour in range(2000)))
BODIES = {"/members": b"".join(map(gzip.compress, DAYS)), "/half": WHOLE[: len(WHOLE) // 2]}


class Source(BaseHTTPRequestHandler):
    def do_GET(self):
        body = BODIES[self.path]
        self.send_response(200)
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


async def by_aiohttp(url):
    async with aiohttp.ClientSession() as session, session.get(url) as answer:
        return await answer.read()


server = HTTPServer(("127.0.0.1", 0), Source)
threading.Thread(target=server.serve_forever, daemon=True).start()
url = f"http://127.0.0.1:{server.server_port}"
seen = {}
for name, get in {
    "httpx": lambda url: httpx.get(url, trust_env=False).content,
    "urllib3": lambda url: urllib3.request("GET", url).data,
    "aiohttp": lambda url: asyncio.run(by_aiohttp(url)),
}.items():
    for path, whole in (("/members", 2700), ("/half", len(gzip.decompress(WHOLE)))):
        try:
            found = len(get(url + path))
            seen[name + path] = "whole" if found == whole else "less"
            print(name, path, found, "of", whole, "bytes")
        except Exception as error:
            seen[name + path] = type(error).__name__
            print(name, path, seen[name + path])
assert seen == {
    "httpx/members": "less", "httpx/half": "less",
    "urllib3/members": "whole", "urllib3/half": "less",
    "aiohttp/members": "whole", "aiohttp/half": "less",
}, "this has changed"
PYTHON
