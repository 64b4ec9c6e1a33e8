"""A full file system: 503 with Retry-After, nothing half stored, and readings go in again once there is room."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.company import READINGS, Company, counts, found, post, reading
from tests.support.problems import assert_problem
from tests.support.processes import serving

CSV = {"Content-Type": "text/csv"}


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 12 MB; who may not mount one cannot have this test."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounting = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=12m", "tmpfs", str(disk)], capture_output=True)
    if mounting.returncode:
        pytest.skip("mounting a file system is not allowed here")
    try:
        yield disk
    finally:
        subprocess.run(["umount", "--lazy", str(disk)], check=True)


@pytest.fixture
def company(small_disk: Path) -> Iterator[Company]:
    url = f"sqlite:///{small_disk / 'esg.db'}"
    with serving(url, ESG_KEY_CACHE_S="600") as (server,), found(server, url) as acme:
        yield acme


def large(month: int) -> bytes:
    """Return 40,000 minutes of a month."""
    minutes = [f"2021-{month:02}-{n // 1440 + 1:02}T{n // 60 % 24:02}:{n % 60:02}:00Z" for n in range(40_000)]
    return "\n".join(["meter,timestamp,value", *(f"grid,{at},{n}" for n, at in enumerate(minutes))]).encode()


def test_a_full_disk_is_503_in_every_lane_and_what_was_refused_goes_in_once_there_is_room(
    company: Company, small_disk: Path
) -> None:
    filler = small_disk / "filler"
    assert post(company.admin, reading(0, 1)).status_code == 200
    express = company.metric("esg_express_posts_total")
    with pytest.raises(OSError, match="No space left"), filler.open("wb", buffering=0) as file:
        fill(file)
    refused = [company.admin.post(READINGS, content=large(6), headers=CSV)]
    refused += [post(company.admin, *(reading(hour, 7) for hour in range(1, 24)))]
    ready, live = company.admin.get("/health/ready"), company.admin.get("/health/live")
    readable = company.admin.get("/v1/organizations/acme/meters")

    filler.unlink()
    ready_again = company.admin.get("/health/ready")
    again = [company.admin.post(READINGS, content=large(6), headers=CSV)]
    again += [post(company.admin, *(reading(hour, 7) for hour in range(1, 24)))]

    for answer in refused:
        assert answer.headers["Retry-After"] == "30"
        assert_problem(answer, 503, "storage_full")
    assert [each["code"] for each in assert_problem(ready, 503, "not_ready")["errors"]] == ["storage_full"]
    assert (live.status_code, readable.status_code, ready_again.status_code) == (200, 200, 200)
    assert [counts(answer)[:4] for answer in again] == [[40_000, 40_000, 0, 0], [23, 23, 0, 0]]
    assert company.metric("esg_express_posts_total") == express + 2
    assert "request failed" not in company.server.output()


def fill(file: object) -> None:
    """Write until there is no room."""
    while True:
        file.write(bytes(4_096))  # type: ignore[attr-defined]
