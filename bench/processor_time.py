"""Processor time of a process and of all below it, which says what work costs on a machine that others use too."""

import os
from pathlib import Path

import psycopg

_TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")


def processor_s(pid: int) -> float:
    """Return the seconds of processor time that a process, its descendants and those of them that have ended took."""
    children: dict[int, list[int]] = {}
    taken: dict[int, int] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):  # it ended meanwhile
            continue
        each = int(path.parent.name)
        children.setdefault(int(fields[1]), []).append(each)
        taken[each] = sum(map(int, fields[11:15]))  # its own in user and system mode, then its dead children's
    total, waiting = 0, [pid]
    while waiting:
        each = waiting.pop()
        total += taken.get(each, 0)
        waiting += children.get(each, [])
    return total / _TICKS_A_SECOND


def postmaster_of(url: str) -> int:
    """Return the process of the PostgreSQL server that has this database, which is the parent of all others of it."""
    with psycopg.connect(url) as connection:
        found = connection.execute("SHOW data_directory").fetchone()
    assert found is not None
    return int(Path(str(found[0]), "postmaster.pid").read_text().split()[0])
