"""The files of `deploy/`, programs of others that judge them, and what the command line makes of a command."""

import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml

from app.cli import cli
from app.settings import Settings

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
PATIENCE_S = 60


def run(program: str, *arguments: str | Path, cwd: Path | None = None) -> str:
    """Return what a program printed; the test fails where the program does, and is skipped where it is not installed.

    `.ci/run` installs all of them. What can be told without them is told by tests of its own.
    """
    path = shutil.which(program) or shutil.which(program, path="/usr/sbin:/sbin")
    if path is None:
        pytest.skip(f"{program} is not installed: only what this test's neighbours check by themselves is checked")
    done = subprocess.run([path, *arguments], cwd=cwd, capture_output=True, text=True, timeout=PATIENCE_S)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def documents(path: Path) -> list[Any]:
    """Return the documents of a YAML file."""
    return list(yaml.safe_load_all(path.read_text()))


def parsed(arguments: Sequence[str]) -> dict[str, Any]:
    """Return what `esg` reads from these words, by option; raises click's UsageError for words it does not know."""
    name, *rest = arguments
    command: Any = typer.main.get_command(cli)
    found: dict[str, Any] = command.commands[name].make_context(name, list(rest)).params
    return found


def unread(environment: Mapping[str, Any]) -> list[str]:
    """Return the variables ESG_... among these that no setting reads."""
    known = {f"ESG_{name.upper()}" for name in Settings.model_fields}
    return [name for name in environment if name.startswith("ESG_") and name not in known]
