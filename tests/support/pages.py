"""Signing in to the pages."""

from collections.abc import Iterator
from contextlib import contextmanager

import httpx

OWN = {"Sec-Fetch-Site": "same-origin", "Origin": "http://esg.test", "Accept": "text/html"}
"""What a browser sends along from one of our own pages."""


def signed_in(client: httpx.Client, key: str) -> str:
    """Return the header Cookie of a session that was begun with a key; the client itself keeps none."""
    answer = client.post("/session", data={"key": key})
    assert answer.status_code == 303, answer.text
    client.cookies.clear()
    return answer.headers["set-cookie"].partition(";")[0]


@contextmanager
def browsing(client: httpx.Client, key: str) -> Iterator[httpx.Client]:
    """Yield a browser with a session that was begun with a key, at the application that `client` asks."""
    with httpx.Client(transport=client._transport, base_url="http://esg.test", headers=OWN) as browser:
        browser.headers["Cookie"] = signed_in(browser, key)
        yield browser
