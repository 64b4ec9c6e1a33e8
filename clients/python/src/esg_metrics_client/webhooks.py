"""Telling webhook calls of the service from others, and new ones from recorded ones: standardwebhooks.com."""

import base64
import binascii
import hashlib
import hmac
import time
from collections.abc import Mapping
from typing import Any

from esg_metrics_client.wire import read


class WebhookRefused(ValueError):
    """The call was not signed with the secret, or too long ago."""


def verified_webhook(
    secret: str, headers: Mapping[str, str], body: bytes, *, tolerance_s: int = 300, now_s: float | None = None
) -> dict[str, Any]:
    """Return the event of a call; raises WebhookRefused for one that is not genuine.

    `body` is the raw body, byte for byte. Remember `Webhook-Id`: a call whose answer was lost comes again.
    """
    given = {name.lower(): value for name, value in headers.items()}
    try:
        message, stamp = given["webhook-id"], given["webhook-timestamp"]
        signatures = given["webhook-signature"].split()
        sent_s = int(stamp)
    except (KeyError, ValueError):
        raise WebhookRefused("The call lacks Webhook-Id, Webhook-Timestamp or Webhook-Signature") from None
    if abs((time.time() if now_s is None else now_s) - sent_s) > tolerance_s:
        raise WebhookRefused("The call was signed too long ago, or by a clock that is wrong")
    signed = f"{message}.{stamp}.".encode() + body
    own = b"v1," + base64.b64encode(hmac.digest(_key(secret), signed, hashlib.sha256))
    if not any(hmac.compare_digest(own, each.encode()) for each in signatures):
        raise WebhookRefused("No signature of the call is of this secret and this body")
    event: dict[str, Any] = read(body)
    return event


def _key(secret: str) -> bytes:
    try:
        return base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    except binascii.Error:
        raise WebhookRefused("A secret is `whsec_` and base64") from None
