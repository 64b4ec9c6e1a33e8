"""The units for systemd start the program as it can be started, and give it little to reach."""

import configparser
import shlex
import sys
from pathlib import Path

import pytest

from tests.deploy.tools import DEPLOY, parsed, run, unread

FOLDER = DEPLOY / "systemd"
UNITS = ("esg-serve@.service", "esg-jobs.service")


def _unit(name: str) -> configparser.ConfigParser:
    read = configparser.ConfigParser(strict=False, interpolation=None, delimiters=("=",))
    read.optionxform = str  # type: ignore[assignment,method-assign]  # names of directives keep their capitals
    read.read(FOLDER / name)
    return read


@pytest.mark.parametrize("name", UNITS)
def test_systemd_takes_the_unit(name: str, tmp_path: Path) -> None:
    started = (FOLDER / name).read_text().replace("/opt/esg/bin/esg", sys.executable)
    instance = tmp_path / name.replace("@", "@8001")
    instance.write_text(started)
    assert run("systemd-analyze", "verify", "--man=no", instance) == ""


@pytest.mark.parametrize("name", UNITS)
def test_what_the_unit_may_reach_is_little(name: str, tmp_path: Path) -> None:
    instance = tmp_path / name.replace("@", "@8001")
    instance.write_text((FOLDER / name).read_text())
    told = run("systemd-analyze", "security", "--offline=true", "--no-pager", "--threshold=20", instance)
    assert "Overall exposure level" in told


@pytest.mark.parametrize(("name", "role"), [(UNITS[0], "serve"), (UNITS[1], "jobs")], ids=["serve", "jobs"])
def test_a_unit_starts_the_program_in_its_role(name: str, role: str) -> None:
    program, *words = shlex.split(_unit(name)["Service"]["ExecStart"].replace("%i", "8001"))
    read = parsed(words)
    assert program == "/opt/esg/bin/esg"
    assert (read["role"], read["workers"]) == (role, 1)
    if role == "serve":
        assert (read["host"], read["port"]) == ("127.0.0.1", 8001)


def test_both_units_are_fenced_in_alike() -> None:
    ours = {"ExecStart", "TimeoutStopSec", "LimitNOFILE"}
    first, second = ({k: v for k, v in _unit(name)["Service"].items() if k not in ours} for name in UNITS)
    assert first == second
    assert first["ProtectSystem"] == "strict"
    assert first["User"] == "esg"


def test_the_example_of_the_environment_sets_what_the_program_reads() -> None:
    lines = (FOLDER / "environment.example").read_text().splitlines()
    names = {line.partition("=")[0]: line for line in lines if not line.startswith("#")}
    assert set(names) == {"ESG_DATABASE_URL", "ESG_ADMIN_KEY"}
    assert unread(names) == []
