"""The process inside a build: calls functions of that build by name, one after the other, as `bench.builds` asks.

It runs with the build's tree in front on the path, so that what it imports is that build's own `app` and `bench`: of
this tree's bench it knows nothing, and what it imports has to be in both.
"""

import importlib
import json
import os
import sys
import traceback
from contextlib import ExitStack
from types import SimpleNamespace
from typing import Any

from app.core.calendar.periods import zone_named
from app.store.engine.database import Database
from app.store.upkeep.migrate import migrate
from app.store.upkeep.zone_rules import lock_zone_rules
from bench import fill as filling
from bench.inventory import store_meters
from bench.lab import Backend, opened


def main() -> None:
    """Answer each line of standard input, a call, with a line: what it returned, or what it raised."""
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what the functions print is no answer
    databases: dict[str, Database] = {}
    with ExitStack() as stack:
        for line in sys.stdin:
            request = json.loads(line)
            url = request["url"]
            try:
                if url is not None and url not in databases:
                    databases[url] = stack.enter_context(opened(url))
                leading = () if url is None else (databases[url],)
                function = _function(request["function"])
                answer = {"result": function(*leading, *request["arguments"], **request["named"])}
            except Exception:
                answer = {"error": traceback.format_exc()}
            answers.write(json.dumps(answer) + "\n")
            answers.flush()


def prepare(url: str) -> None:
    """Make the service's tables in an empty database, and its 1,000 meters."""
    with opened(url) as database:
        migrate(database)
        store_meters(database)
        with database.write() as session:  # in earlier builds two lanes of a first rollup both insert them
            lock_zone_rules(session, [zone_named("Asia/Shanghai")])


def fill(url: str, slots: int) -> None:
    """Store the first `slots` of every meter in a database that has the meters, and roll them up."""
    if hasattr(filling, "fill"):
        filling.fill(url, slots)
        return
    backend = Backend.SQLITE if url.startswith("sqlite") else Backend.POSTGRESQL  # a build of before it had a name
    lab: Any = SimpleNamespace(histories={}, metered=lambda _backend: url)
    filling.history(lab, backend, slots)


def tree() -> str:
    """Return the folder that `app` was imported from."""
    return str(importlib.import_module("app").__path__[0])


def _function(name: str) -> Any:
    module, _, function = name.partition(":")
    return getattr(importlib.import_module(module), function) if module else globals()[function]


if __name__ == "__main__":
    main()
