"""Signing in to the pages."""

import httpx


def signed_in(client: httpx.Client, key: str) -> str:
    """Return the header Cookie of a session that was begun with a key; the client itself keeps none."""
    answer = client.post("/session", data={"key": key})
    assert answer.status_code == 303, answer.text
    client.cookies.clear()
    return answer.headers["set-cookie"].partition(";")[0]
