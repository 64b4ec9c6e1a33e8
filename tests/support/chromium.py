"""A headless Chromium for looking at pages as a reader does."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

_FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
)
_TIMEOUT_S = 120


def chromium() -> str:
    """Return the browser's path; installs Debian's package when it is missing.

    Where that fails the test is skipped, but never where CI is set: there it fails.
    """
    path = shutil.which("chromium")
    if path is None and shutil.which("apt-get") and os.geteuid() == 0:
        print("chromium is missing: installing it with apt-get")  # noqa: T201 - whoever waits should know for what
        for command in (["apt-get", "update"], ["apt-get", "install", "-y", "chromium"]):
            subprocess.run(command, check=False, capture_output=True, timeout=600)
        path = shutil.which("chromium")
    if path is None:
        message = "chromium is not installed and could not be"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    return path


def dumped_dom(url: str, profile: Path, *flags: str) -> str:
    """Return the document of `url` as the browser holds it once loaded."""
    return _run([f"--user-data-dir={profile}", *flags, "--dump-dom", url])


def screenshot(url: str, profile: Path, picture: Path, *, width: int, height: int) -> None:
    """Write a PNG of `url` in a window of width x height pixels (at least 500 wide)."""
    _run([f"--user-data-dir={profile}", f"--window-size={width},{height}", f"--screenshot={picture}", url])


def _run(arguments: list[str]) -> str:
    command = [chromium(), *_FLAGS, *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=_TIMEOUT_S).stdout
