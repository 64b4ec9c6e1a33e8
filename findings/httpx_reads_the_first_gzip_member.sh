#!/usr/bin/env bash
# httpx 0.28.1, urllib3 2.8.0 and aiohttp 3.14.5 (PyPI)
#
# Behaviour: an answer with Content-Encoding: gzip of two members, as `cat monday.csv.gz tuesday.csv.gz` makes them (RFC 1952,
#            2.2): urllib3 and aiohttp read both, httpx the first alone, and says nothing.
# Guess:     all read all members.
# Matters:   files of meter values that were packed day by day and put together are one valid answer, of which a connector
#            reads the first day and moves on behind all of them.
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
BODY = b"".join(map(gzip.compress, DAYS))


class Source(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(BODY)))
        self.end_headers()
        self.wfile.write(BODY)

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
    seen[name] = len(get(url))
    print(name, seen[name], "of", len(b"".join(DAYS)), "bytes")
assert seen == {"httpx": 1300, "urllib3": 2700, "aiohttp": 2700}, "this has changed"
PYTHON
