"""Jobs that run seldom, by request where a measurement skips the time until then."""

import time
from collections.abc import Sequence

import msgspec

from bench.client import Connection, Refused, get, post
from bench.serving import Server

_JOBS = ("pages",)
"""Jobs that put readings where they stay; a build has those of them that it knows."""
_LOOK_S = 0.02
_PATIENCE_S = 1_800.0


class _Run(msgspec.Struct):
    job: str
    run: str
    state: str


class _Named(msgspec.Struct):
    name: str


class _Jobs(msgspec.Struct):
    items: list[_Named]


def run_nightly(server: Server, names: Sequence[str] = _JOBS) -> list[str]:
    """Run the jobs one after the other to their ends and return which there were; raises Refused when one fails."""
    connection = server.connect()
    listed = {job.name for job in msgspec.json.decode(_ok(connection, get("/v1/jobs")), type=_Jobs).items}
    found = [name for name in names if name in listed]
    for name in found:
        run = msgspec.json.decode(_ok(connection, post(f"/v1/jobs/{name}/runs", b"", "application/json")), type=_Run)
        until = time.monotonic() + _PATIENCE_S
        while run.state == "running":
            if time.monotonic() > until:
                raise TimeoutError(f"{name} still runs after {_PATIENCE_S:.0f} s")
            time.sleep(_LOOK_S)
            run = msgspec.json.decode(_ok(connection, get(f"/v1/jobs/{name}/runs/{run.run}")), type=_Run)
        if run.state != "succeeded":
            raise Refused(f"the job {name} {run.state}")
    connection.close()
    return found


def _ok(connection: Connection, request: bytes) -> bytes:
    answer = connection.exchange(request)
    if answer.status not in (200, 202):
        raise Refused(f"{answer.status}: {answer.body[:500]!r}")
    return answer.body
