"""Lines that post a first reading, in a shell, Python and JavaScript: each works as it stands, once it is pasted."""

import json
import shlex
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from app.core.calendar.periods import instant_from_ms, interval_from_iso, ms_from_instant
from app.core.inventory.meters import TimestampEdge
from app.core.inventory.resources import MeterKind
from app.core.units.quantities import plain


@dataclass(frozen=True, slots=True)
class Snippet:
    """A text to paste, and what it is pasted into."""

    name: str
    words: str
    text: str


@dataclass(frozen=True, slots=True)
class FirstReading:
    """The reading that is sent: RFC 3339 `timestamp`, and a value in the meter's unit."""

    meter: str
    timestamp: str
    value: Decimal


def snippets(base: str, organization: str, key: str, reading: FirstReading) -> list[Snippet]:
    """Return the lines to paste; `base` is the address of the service, such as http://127.0.0.1:8000."""
    address = f"{base.rstrip('/')}/v1/organizations/{organization}/readings"
    sent = (
        f'{{"meter": {json.dumps(reading.meter)}, "timestamp": {json.dumps(reading.timestamp)}, '
        f'"value": {plain(reading.value)}}}'
    )
    shell = (
        f"curl -sS {shlex.quote(address)} \\\n"
        f"  -H {shlex.quote(f'X-API-Key: {key}')} -H 'Content-Type: application/json' \\\n"
        f"  -d '{{\"readings\": [{sent}]}}'\n"
    )
    python = (
        "import json, urllib.request\n\n"
        f"readings = [{sent}]\n"
        "request = urllib.request.Request(\n"
        f"    {json.dumps(address)},\n"
        '    data=json.dumps({"readings": readings}).encode(),\n'
        f'    headers={{"X-API-Key": {json.dumps(key)}, "Content-Type": "application/json"}},\n'
        ")\n"
        "print(urllib.request.urlopen(request).read().decode())\n"
    )
    script = (
        f"const readings = [{sent}];\n"
        f"fetch({json.dumps(address)}, {{\n"
        '  method: "POST",\n'
        f'  headers: {{"X-API-Key": {json.dumps(key)}, "Content-Type": "application/json"}},\n'
        "  body: JSON.stringify({readings}),\n"
        "}).then(async (answer) => console.log(answer.status, await answer.text()));\n"
    )
    return [
        Snippet("curl", "Shell", shell),
        Snippet("python", "Python", python),
        Snippet("node", "JavaScript (Node)", script),
    ]


def newest_stamp(kind: MeterKind, interval: str | None, edge: TimestampEdge | None, zone: ZoneInfo, now_ms: int) -> str:
    """Return the timestamp of the newest reading that a meter can have by now, on the plant's clock.

    That is now, to the minute, or the end (or the start) of the last interval that is over: at 10:40 of 5 March a
    quarter hour stamped at its end says 10:30, one stamped at its start 10:15, and a month of a bill 1 February.
    """
    now = instant_from_ms(now_ms).astimezone(zone)
    if kind is not MeterKind.INTERVAL or interval is None:
        return now.replace(second=0, microsecond=0).isoformat()
    over = _begun(interval, now)
    if edge is not TimestampEdge.INTERVAL_END:
        length = interval_from_iso(interval)
        over = instant_from_ms(length.shift(zone, ms_from_instant(over), -1)).astimezone(zone)
    return over.isoformat()


def _begun(interval: str, now: datetime) -> datetime:
    """Return when the interval began that is under way; of a clock, counted from the local day's beginning."""
    length = interval_from_iso(interval)
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    if length.seconds:
        passed = (ms_from_instant(now) - ms_from_instant(midnight)) // 1_000
        begun = ms_from_instant(midnight) + passed // length.seconds * length.seconds * 1_000
        return instant_from_ms(begun).astimezone(now.tzinfo)
    if length.days:
        return midnight - timedelta(days=midnight.weekday() if length.days % 7 == 0 else 0)
    year, month = divmod((midnight.year * 12 + midnight.month - 1) // length.months * length.months, 12)
    return midnight.replace(year=year, month=month + 1, day=1)
