"""How long the program takes to be imported, and what its idle server keeps in memory."""

import subprocess
import sys
import time
from collections.abc import Iterator

from bench.beside import Found
from bench.builds import Build
from bench.figures import Goal, Line
from bench.lab import Backend, Lab
from bench.memory import resident_bytes
from bench.serving import service
from bench.sizes import Sizes

_IMPORT_GOAL, _MEMORY_GOAL = Goal(0.5, at_most=True), Goal(0.8, at_most=True)
_MB = 1_000_000


def start(lab: Lab, sizes: Sizes) -> Iterator[Line]:
    """Yield the milliseconds of the import, its bytecode being there, and MB of a server that nobody asked anything."""
    imported = Found('python -c "import app.main"', "ms")
    for round_number in range(sizes.rounds + 1):
        for build in lab.builds:
            elapsed_ms = _import_ms(build)
            if round_number:
                imported.builds[build.name].append(elapsed_ms)
    yield from imported.lines_to_today("", goal=_IMPORT_GOAL)
    for backend in Backend:
        idle = Found("resident memory of the idle server", "MB")
        for _ in range(sizes.idle_rounds):
            for build in lab.builds:
                url = lab.metered(backend, build)
                with service(lab, url, build=build) as server:
                    time.sleep(sizes.idle_s)
                    idle.builds[build.name].append(resident_bytes(server.pid) / _MB)
                lab.drop(url)
        yield from idle.lines_to_today(backend, goal=_MEMORY_GOAL, note=f"{sizes.idle_s:.0f} s after its start")


def _import_ms(build: Build) -> float:
    started = time.perf_counter()
    subprocess.run([sys.executable, "-c", "import app.main"], cwd=build.tree, env=build.environment, check=True)
    return (time.perf_counter() - started) * 1_000
