"""A simulated plant: the workshop's registers, read every few seconds and posted through the API like anyone's."""

import math
import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

WORKSHOP = "workshop"
_BEGAN_S = 1_735_689_600
"""1 January 2025: all registers showed zero."""
_DAY_S = 86_400


@dataclass(frozen=True, slots=True)
class _Load:
    """What a meter counts in an hour on the average, and how far it swings around that in a day."""

    per_hour: float
    swing: float


_LOADS: Mapping[str, _Load] = {"grid": _Load(180.0, 0.6), "gas": _Load(21.0, 0.4), "water": _Load(3.2, 0.5)}


def shown_at(meter: str, now_s: float) -> Decimal:
    """Return what a register of the workshop shows at a UTC second, to thousandths.

    It is the integral of an hourly load with a daily swing, so that a plant which was not watched for a night goes on
    where its registers have come to: per_hour x (1 + swing x sin), of which the sine adds up to -cos x a day / 2 pi.
    """
    load, elapsed_s = _LOADS[meter], now_s - _BEGAN_S
    turn = 2 * math.pi / _DAY_S
    swung_s = load.swing * (1 - math.cos(turn * elapsed_s)) / turn
    return Decimal(int(load.per_hour / 3_600 * (elapsed_s + swung_s) * 1_000)).scaleb(-3)


def readings_at(now_s: float) -> dict[str, list[dict[str, object]]]:
    """Return the body that posts what all registers show at a UTC second."""
    at = datetime.fromtimestamp(int(now_s), UTC).isoformat().replace("+00:00", "Z")
    rows = [{"meter": meter, "timestamp": at, "value": float(shown_at(meter, int(now_s)))} for meter in _LOADS]
    return {"readings": [*rows]}


class LivePlant(threading.Thread):
    """Posts what the registers show every `every_s` seconds to a service, until it is told to stop."""

    def __init__(self, address: str, key: str, *, every_s: float, clock: Callable[[], float]) -> None:
        super().__init__(name="live-plant", daemon=True)
        self._address, self._key = address, key
        self._every_s, self._clock = every_s, clock
        self._stopping = threading.Event()

    def run(self) -> None:
        """Post until stopped; a post that fails is told of, and the next one is sent in its time."""
        import httpx

        path = f"{self._address}/v1/organizations/{WORKSHOP}/readings"
        with httpx.Client(headers={"X-API-Key": self._key}, timeout=10) as client:
            while not self._stopping.wait(self._every_s):
                try:
                    answer = client.post(path, json=readings_at(self._clock()))
                    answer.raise_for_status()
                except httpx.HTTPError as error:
                    sys.stderr.write(f"the live plant could not post: {error}\n")

    def stop(self) -> None:
        """Have it end, and wait for it."""
        self._stopping.set()
        self.join()
