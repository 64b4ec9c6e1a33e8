"""The units for systemd start the program as it can be started, and give it little to reach."""

import configparser
import shlex
from pathlib import Path

import pytest

from tests.deploy.tools import DEPLOY, ROOT, parsed, run, unread

FOLDER = DEPLOY / "systemd"
UNITS = ("esg-serve@.service",)


def _unit(name: str) -> configparser.ConfigParser:
    read = configparser.ConfigParser(strict=False, interpolation=None, delimiters=("=",))
    read.optionxform = str  # type: ignore[assignment,method-assign]  # names of directives keep their capitals
    read.read(FOLDER / name)
    return read


@pytest.mark.parametrize("name", UNITS)
def test_systemd_takes_the_unit(name: str, tmp_path: Path) -> None:
    started = (FOLDER / name).read_text().replace("/opt/esg/bin/esg", str(ROOT / ".venv" / "bin" / "python"))
    instance = tmp_path / name.replace("@", "@8001")
    instance.write_text(started)
    assert run("systemd-analyze", "verify", "--man=no", instance) == ""


@pytest.mark.parametrize("name", UNITS)
def test_what_the_unit_may_reach_is_little(name: str, tmp_path: Path) -> None:
    instance = tmp_path / name.replace("@", "@8001")
    instance.write_text((FOLDER / name).read_text())
    told = run("systemd-analyze", "security", "--offline=true", "--no-pager", "--threshold=20", instance)
    assert "Overall exposure level" in told


def test_a_unit_starts_the_program_at_the_port_it_is_named_by() -> None:
    program, *words = shlex.split(_unit(UNITS[0])["Service"]["ExecStart"].replace("%i", "8001"))
    read = parsed(words)
    assert program == "/opt/esg/bin/esg"
    assert (read["host"], read["port"], read["workers"]) == ("127.0.0.1", 8001, 1)


def test_a_unit_is_fenced_in() -> None:
    service = _unit(UNITS[0])["Service"]
    assert service["ProtectSystem"] == "strict"
    assert service["User"] == "esg"


def test_the_example_of_the_environment_sets_what_the_program_reads() -> None:
    lines = (FOLDER / "environment.example").read_text().splitlines()
    names = {line.partition("=")[0]: line for line in lines if not line.startswith("#")}
    assert set(names) == {"ESG_DATABASE_URL", "ESG_ADMIN_KEY"}
    assert unread(names) == []
