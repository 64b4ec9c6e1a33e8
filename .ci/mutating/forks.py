"""Runs of tests in processes of their own, which may take so long and so much memory."""

import os
import resource
import signal
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NoReturn

_MOST_BYTES = 4 * 2**30
"""Of memory that a run may take: a loop that never ends may fill it."""


def forked(run: Callable[[], int], limit_s: float) -> tuple[int | None, str]:
    """Run a function in a process of its own; return its code, None where it took too long, and what it printed."""
    with TemporaryDirectory() as scratch:
        printed = Path(scratch, "printed")
        child = os.fork()
        if child == 0:
            _run_and_exit(run, printed)
        end = time.monotonic() + limit_s
        while True:
            done, status = os.waitpid(child, os.WNOHANG)
            if done:
                return os.waitstatus_to_exitcode(status), printed.read_text(errors="replace")
            if time.monotonic() > end:
                os.killpg(child, signal.SIGKILL)
                os.waitpid(child, 0)
                return None, printed.read_text(errors="replace")
            time.sleep(0.02)


def _run_and_exit(run: Callable[[], int], printed: Path) -> NoReturn:
    os.setsid()  # what it starts is ended with it
    resource.setrlimit(resource.RLIMIT_DATA, (_MOST_BYTES, _MOST_BYTES))
    with printed.open("wb") as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    code = 99
    try:
        code = run()
    except BaseException:  # this process must end here, whatever happens
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
