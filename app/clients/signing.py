"""Signing webhook calls the way standardwebhooks.com describes, so that its libraries verify them in any language."""

import base64
import binascii
import hashlib
import hmac
import secrets
from collections.abc import Sequence

PREFIX = "whsec_"


def new_signing_secret() -> str:
    """Return a secret of 256 random bits as receivers' libraries take it: `whsec_` and base64."""
    return PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def signature_headers(keys: Sequence[str], *, message_id: str, timestamp_s: int, body: bytes) -> dict[str, str]:
    """Return the headers of one call: its id, its time in seconds since 1970, and a signature by each secret.

    What is signed is `id.timestamp.body`; a signature is `v1,` and the base64 of its HMAC-SHA256.
    """
    signed = f"{message_id}.{timestamp_s}.".encode() + body
    signatures = [base64.b64encode(hmac.digest(_key(key), signed, hashlib.sha256)).decode() for key in keys]
    return {
        "Webhook-Id": message_id,
        "Webhook-Timestamp": str(timestamp_s),
        "Webhook-Signature": " ".join(f"v1,{signature}" for signature in signatures),
    }


def _key(secret: str) -> bytes:
    try:
        return base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except binascii.Error:
        return secret.encode()
