"""Processes forked from one that has the program in memory: a start takes two tenths of a second, and not two."""

import multiprocessing
import os
import runpy
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

forks = multiprocessing.get_context("forkserver")
forks.set_forkserver_preload(["tests.support.preloaded"])


def run_python(arguments: Sequence[str], environment: Mapping[str, str], log: str) -> None:
    """Do in a forked process what `python ARGUMENTS` does, for `-c`, `-m` and a file; what it says goes to a file.

    What it starts in turn (`--workers`, the process for the jobs) are interpreters of their own, as they ever are.
    """
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(Path(__file__).parents[2])
    output = os.open(log, os.O_WRONLY | os.O_APPEND)
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    sys.stdin = open(0, closefd=False)  # noqa: SIM115 - workers are handed it by its number
    option, *rest = arguments
    if option == "-m":
        sys.argv[1:] = rest[1:]
        runpy.run_module(rest[0], run_name="__main__", alter_sys=True)
    elif option == "-c":
        sys.argv[:] = [option, *rest[1:]]
        exec(rest[0], {"__name__": "__main__"})  # noqa: S102 - the tests' own programs
    else:
        sys.argv[:] = [option, *rest]
        runpy.run_path(option, run_name="__main__")
