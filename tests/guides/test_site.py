"""The documents as a site: whole, searched from a folder, and without a request to another machine."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.support.chromium import chromium_browser
from tests.support.guides import ROOT

__all__ = ["chromium_browser"]

_LOADED = re.compile(r"""<(?:script|link|img|iframe|source)\b[^>]*?\b(?:src|href|srcset)=["']?([^"'\s>]+)""")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, built as `make docs` builds it: whatever MkDocs warns of fails."""
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--quiet", "--site-dir", str(folder)]
    done = subprocess.run(
        command, cwd=ROOT, env={**os.environ, "NO_MKDOCS_2_WARNING": "1"}, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout + done.stderr) == (0, "")
    return folder


def test_every_page_is_there_and_loads_what_lies_beside_it(site: Path) -> None:
    pages = sorted(path.relative_to(ROOT / "docs") for path in (ROOT / "docs").rglob("*.md"))
    assert [page for page in pages if not (site / page.with_suffix(".html")).exists()] == []
    for page in site.rglob("*.html"):
        text = page.read_text()
        loaded = _LOADED.findall(text)
        assert loaded
        assert "<p>```" not in text, page
        assert [each for each in loaded if "//" in each] == [], page
        inside = [each.split("?")[0].split("#")[0] for each in loaded if not each.startswith(("data:", "/"))]
        assert [each for each in inside if not (page.parent / each).exists()] == [], page


def test_no_style_fetches_anything(site: Path) -> None:
    for style in site.rglob("*.css"):
        assert re.findall(r"(?:url\(|@import )[\"']?(?:https?:)?//", style.read_text()) == [], style


def test_the_site_is_searched_from_its_folder(site: Path, chromium_browser: Browser) -> None:
    page = chromium_browser.new_page()
    page.goto(f"{(site / 'index.html').as_uri()}?q=recompute")

    found = page.locator(".md-search-result__meta")
    expect(found).to_have_text(re.compile(r"^\d+ matching documents"), timeout=30_000)
    assert int(found.inner_text().split()[0]) >= 2
    page.close()
