"""A headless Chromium for looking at pages as a reader does."""

import os
import shutil
import subprocess
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright


@pytest.fixture(scope="module")
def chromium_browser() -> Iterator[Browser]:
    """The system's Chromium, one for the tests of a file: while it runs, no other test here can run an event loop."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox", "--disable-quic"])
        yield browser
        browser.close()


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
