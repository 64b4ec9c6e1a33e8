"""Delivering an event to a webhook's receiver."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.clients.replies import Bounds, CallFailed
from app.clients.signing import signature_headers

if TYPE_CHECKING:
    from app.clients.calls import Caller

_ANSWER_BYTES = 1_024


@dataclass(frozen=True, slots=True)
class Delivered:
    """What the receiver answered: a status, or why there is none. It has the event only when `accepted`."""

    status: int | None
    error: str | None

    @property
    def accepted(self) -> bool:
        return self.error is None


def deliver(
    caller: "Caller",
    url: str,
    *,
    secrets: Sequence[str],
    event_id: str,
    body: bytes,
    timestamp_s: int,
    timeout_s: float,
) -> Delivered:
    """Post a signed event; anything but an answer of 2xx within `timeout_s` means that it has to be sent again."""
    headers = signature_headers(secrets, message_id=event_id, timestamp_s=timestamp_s, body=body)
    headers["Content-Type"] = "application/json"
    try:
        reply = caller.call("POST", url, headers, body, Bounds(timeout_s, _ANSWER_BYTES, cut=True))
    except CallFailed as failure:
        return Delivered(None, failure.code)
    if 200 <= reply.status < 300:
        return Delivered(reply.status, None)
    return Delivered(reply.status, "redirected" if 300 <= reply.status < 400 else "refused")
