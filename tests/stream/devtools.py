"""A headless Chromium that stays open on a page, and is asked what the page holds."""

import json
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
from websockets.sync.client import ClientConnection, connect

from tests.support.chromium import chromium

_PATIENCE_S = 60


class Page:
    """A page open in the browser."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection
        self._asked = 0

    def value(self, expression: str) -> Any:
        """Return what a JavaScript expression gives on the page."""
        answer = self._call("Runtime.evaluate", expression=expression, returnByValue=True)
        return answer["result"].get("value")

    def wait_for(self, expression: str) -> None:
        """Wait until the expression holds."""
        end = time.monotonic() + _PATIENCE_S
        while self.value(expression) is not True:
            assert time.monotonic() < end, f"{expression}\n{self.value('document.body.innerText')}"
            time.sleep(0.1)

    def _call(self, method: str, **parameters: Any) -> dict[str, Any]:
        self._asked += 1
        self._connection.send(json.dumps({"id": self._asked, "method": method, "params": parameters}))
        while True:
            answer = json.loads(self._connection.recv(_PATIENCE_S))
            if answer.get("id") == self._asked:
                result: dict[str, Any] = answer["result"]
                return result


@contextmanager
def opened(url: str, profile: Path) -> Iterator[Page]:
    """Yield the page at `url`, open in a browser with a profile of its own."""
    flags = ("--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--remote-debugging-port=0")
    browser = subprocess.Popen([chromium(), *flags, f"--user-data-dir={profile}", url], stderr=subprocess.DEVNULL)
    try:
        port = _port(profile / "DevToolsActivePort")
        targets = httpx.get(f"http://127.0.0.1:{port}/json/list").json()
        target = next(each for each in targets if each["type"] == "page")
        with connect(target["webSocketDebuggerUrl"], max_size=None) as connection:
            yield Page(connection)
    finally:
        browser.terminate()
        browser.wait()


def _port(said: Path) -> int:
    end = time.monotonic() + _PATIENCE_S
    while not said.exists() or not said.read_text():
        assert time.monotonic() < end, "the browser did not start"
        time.sleep(0.05)
    return int(said.read_text().splitlines()[0])
