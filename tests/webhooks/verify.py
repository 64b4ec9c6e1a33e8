"""What a receiver does with a call, written out from the specification it follows."""

import base64
import hashlib
import hmac
import json

from tests.support.webhook_site import Asked

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


def is_signed(asked: Asked, secret: str = SECRET) -> bool:
    """Tell whether one of the call's signatures is by the secret."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{asked.headers['Webhook-Id']}.{asked.headers['Webhook-Timestamp']}.".encode() + asked.body
    expected = "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    return expected in asked.headers["Webhook-Signature"].split(" ")


def number_of(asked: Asked) -> int:
    """Return the number a test gave the event."""
    return int(json.loads(asked.body)["payload"]["number"])


def without_repeats(asked: list[Asked]) -> list[int]:
    """Return the numbers of events in the order they came, each run of the same one once."""
    numbers = [number_of(each) for each in asked]
    return [number for at, number in enumerate(numbers) if at == 0 or numbers[at - 1] != number]
