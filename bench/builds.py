"""Builds of the service: this one, and that of another commit, in a tree of its own."""

import io
import json
import os
import subprocess
import sys
import tarfile
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

THIS, TODAY = "this build", "today's build"
ROOT = Path(__file__).resolve().parents[1]
_PATIENCE_S = 1_800.0
"""A million readings of registers took a build of before many minutes to roll up."""
_ATTENDANT = Path(__file__).with_name("attendant.py")


class UnknownCommit(LookupError):
    """The repository has no such commit."""


class OtherPackages(RuntimeError):
    """A commit needs other packages than those that are installed here."""


class CallFailed(RuntimeError):
    """A function called inside a build raised; what it printed is in the message."""


class Build:
    """A build of the service, and a process in which functions of its own `app` and `bench` are called.

    What is done to a database past the API (making its tables, seeing whether something is pending) is done by the
    code of the build that the database belongs to.
    """

    def __init__(self, name: str, commit: str, tree: Path, log: Path) -> None:
        self.name = name
        self.commit = commit
        self.tree = tree
        self._log = log

    @property
    def environment(self) -> Mapping[str, str]:
        """The environment in which `import app` is this build; the working directory has to be the tree as well."""
        return os.environ | {"PYTHONPATH": str(self.tree)}

    def call(self, function: str, *arguments: Any, url: str | None = None, **named: Any) -> Any:
        """Call `module:function` and return what it returned, which like the arguments has to be plain JSON.

        With `url`, the database there comes before the arguments. Raises CallFailed.
        """
        request = {"function": function, "arguments": arguments, "named": named, "url": url}
        assert self._attendant.stdin is not None
        assert self._attendant.stdout is not None
        self._attendant.stdin.write(json.dumps(request) + "\n")
        self._attendant.stdin.flush()
        answer = self._attendant.stdout.readline()
        if not answer:
            raise CallFailed(self._log.read_text("utf-8", "replace")[-2_000:])
        found = json.loads(answer)
        if "error" in found:
            raise CallFailed(f"{function} of {self.name}:\n{found['error']}")
        return found["result"]

    def settle(self, url: str) -> float:
        """Wait until everything that arrived is rolled up, and return the seconds it took."""
        return float(self.call("bench.serving:settle", url, limit_s=_PATIENCE_S))

    def close(self) -> None:
        """End the process."""
        if "_attendant" in self.__dict__:
            with self._attendant as process:
                process.terminate()

    @cached_property
    def _attendant(self) -> "subprocess.Popen[str]":
        # -P keeps the attendant's own folder, which is this tree's bench/, off the path.
        with self._log.open("wb") as log:
            return subprocess.Popen(
                [sys.executable, "-P", str(_ATTENDANT)],
                cwd=self.tree,
                env=self.environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )


def this_build(folder: Path) -> Build:
    """Return the build that this bench belongs to; its log goes below `folder`."""
    try:
        commit = _git("describe", "--always", "--dirty", "--abbrev=12").decode().strip()
    except (OSError, subprocess.CalledProcessError):
        commit = "unknown"
    return Build(THIS, commit, ROOT, folder / "attendant-this.log")


def todays_build(commit: str, folder: Path) -> Build:
    """Return the build of a commit, its tree written below `folder`; raises UnknownCommit and OtherPackages.

    It runs with the packages that are installed here, which is the same only while it pins the same versions of them:
    this build may need more, not others.
    """
    try:
        number = _git("rev-parse", "--verify", "--quiet", f"{commit}^{{commit}}").decode().strip()
    except (OSError, subprocess.CalledProcessError) as error:
        raise UnknownCommit(f"no commit {commit} here: name another with --today, or --today none") from error
    tree = folder / "today"
    with tarfile.open(fileobj=io.BytesIO(_git("archive", "--format=tar", number))) as archive:
        archive.extractall(tree, filter="data")
    if others := pins(tree / "requirements.txt") - pins(ROOT / "requirements.txt"):
        raise OtherPackages(f"{commit} needs other packages than are installed here: {', '.join(sorted(others))}")
    return Build(TODAY, number, tree, folder / "attendant-today.log")


def pins(requirements: Path) -> set[str]:
    """Return each `package==version` of a requirements file."""
    lines = requirements.read_text("utf-8").splitlines()
    return {line.split()[0] for line in lines if "==" in line and not line.startswith((" ", "#"))}


def _git(*arguments: str) -> bytes:
    return subprocess.run(["git", "-C", str(ROOT), *arguments], check=True, capture_output=True).stdout
