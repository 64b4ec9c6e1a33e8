"""The quick starts run as they are printed, against a running service."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.processes import ADMIN_KEY, Server

pytestmark = pytest.mark.parametrize("server", ["sqlite"], indirect=True)
CLIENTS = Path(__file__).parents[2] / "clients"


def test_the_quick_start_in_python_runs_as_it_is_printed(server: Server, tmp_path: Path) -> None:
    printed = re.search(r"```python\n(.*?)```", (CLIENTS / "python/README.md").read_text(), re.DOTALL)
    assert printed is not None
    (tmp_path / "quick_start.py").write_text(printed[1])
    environment = {**os.environ, "ESG_ADDRESS": server.address, "ESG_KEY": ADMIN_KEY}
    environment["PYTHONPATH"] = str(CLIENTS / "python/src")
    ran = subprocess.run(
        [sys.executable, "quick_start.py"], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.splitlines() == [
        "2 stored, timestamp_unreadable",
        "2020-12-31T16:00:00Z 16777217.1",
        "2021-12-30T16:00:00Z 16778217.1",
        "2021-12-31T16:00:00Z 16778219.1",
        "Electricity consumption 1 MWh",
        "409 duplicate_code",
    ]
    assert (tmp_path / "table.xlsx").stat().st_size > 4_000
