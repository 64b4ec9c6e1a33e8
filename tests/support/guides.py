"""The guides as they are run: their shell blocks, one after the other, each in the window it says it is for.

A block of `sh` is run where the reader sends requests from: variables and folders stay from block to block. One that
ends with `esg serve` is run in a window of its own, and left running. A block of `text` behind one of `sh` is what that
prints; ... stands for anything.
"""

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.support.processes import free_port

ROOT = Path(__file__).parents[2]
GUIDES = ROOT / "docs" / "guides"
_BLOCK = re.compile(r"^```([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_END = "end-of-the-block"
_PATIENCE_S = 60


@dataclass(frozen=True, slots=True)
class Block:
    """A block of commands of a page, and what the page says that it prints; None where it says nothing."""

    page: str
    line: int
    commands: str
    serves: bool
    prints: str | None


def blocks_of(page: Path) -> Iterator[Block]:
    """Yield the blocks of commands of a page in order."""
    text = page.read_text()
    found = list(_BLOCK.finditer(text))
    for place, block in enumerate(found):
        if block[1] != "sh":
            continue
        line = text[: block.start()].count("\n") + 1
        told = found[place + 1] if place + 1 < len(found) and found[place + 1][1] == "text" else None
        serves = block[2].splitlines()[-1].startswith("esg serve")
        yield Block(page.name, line, block[2], serves, told[2] if told else None)


class Windows:
    """A shell for the reader's requests, and one for each service that a guide leaves running."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._port = folder, free_port()
        (folder / "bin").mkdir()
        for name, words in (("esg", '-c "from app.cli import main; main()" "$@"'), ("python3", '"$@"')):
            program = folder / "bin" / name
            program.write_text(f"#!/bin/sh\nexec {sys.executable} {words}\n")
            program.chmod(0o755)
        kept = {name: value for name, value in os.environ.items() if not name.startswith("ESG_")}
        search = f"{folder / 'bin'}:{os.environ['PATH']}"
        self._environment = {**kept, "PATH": search, "PYTHONPATH": str(ROOT), "ESG_ROLE": "all", "NO_PROXY": "*"}
        self._serving: list[subprocess.Popen[str]] = []
        self._log = (folder / "served.log").open("w")
        self._shell = self._opened(stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

    def _opened(self, **pipes: object) -> "subprocess.Popen[str]":
        shared = {"cwd": self._folder, "env": self._environment, "text": True, "stdin": subprocess.PIPE, "bufsize": 1}
        return subprocess.Popen(["bash"], **shared, **pipes)  # type: ignore[call-overload,no-any-return]

    def run(self, block: Block) -> str:
        """Run a block and return what it prints; a command of it that fails raises AssertionError."""
        commands = block.commands.replace("127.0.0.1:8000", f"127.0.0.1:{self._port}")
        if block.serves:
            self._serve(commands)
            return ""
        assert self._shell.stdin is not None
        assert self._shell.stdout is not None
        self._shell.stdin.write(f"set -e\n{commands}\nset +e\necho {_END}\n")
        printed = []
        for line in self._shell.stdout:
            if line.rstrip("\n").endswith(_END):
                printed.append(line.rstrip("\n").removesuffix(_END))
                return "".join(printed)
            printed.append(line)
        raise AssertionError(f"{block.page}, line {block.line}:\n{''.join(printed)}")

    def _serve(self, commands: str) -> None:
        *before, last = commands.strip().splitlines()
        shell = self._opened(stdout=self._log, stderr=subprocess.STDOUT)
        assert shell.stdin is not None
        shell.stdin.write("\n".join([*before, f"exec {last} --port {self._port}"]) + "\n")
        self._serving.append(shell)
        end = time.monotonic() + _PATIENCE_S
        address = f"http://127.0.0.1:{self._port}/health/ready"
        while subprocess.run(["curl", "-sf", "-o", os.devnull, address], check=False).returncode:
            assert shell.poll() is None, (self._folder / "served.log").read_text()
            assert time.monotonic() < end, (self._folder / "served.log").read_text()
            time.sleep(0.1)

    def close(self) -> None:
        """End what runs."""
        for each in (self._shell, *self._serving):
            each.terminate()
            each.wait(_PATIENCE_S)
            for pipe in (each.stdin, each.stdout):
                if pipe is not None:
                    pipe.close()
        self._log.close()


def agrees(printed: str, told: str) -> bool:
    """Tell whether what was printed is what a page tells, `...` standing for anything."""
    pattern = ".*?".join(re.escape(part) for part in told.strip().split("..."))
    return re.fullmatch(pattern, printed.strip(), re.DOTALL) is not None
