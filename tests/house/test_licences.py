"""Licences of what runs with the program: the page is current, what asks for more is named, and texts are there."""

import importlib.util
import re
import subprocess
import sys
from importlib.metadata import distribution
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]
LOCK = (ROOT / "requirements.txt").read_text()


def _notices() -> ModuleType:
    spec = importlib.util.spec_from_file_location("notices", ROOT / ".ci" / "notices.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


NOTICES = _notices()


def test_the_page_of_licences_is_of_what_is_installed() -> None:
    command: list[str | Path] = [sys.executable, ROOT / ".ci" / "notices.py", "page", ROOT / "docs" / "licences.md"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_a_page_that_is_not_current_is_told_of(tmp_path: Path) -> None:
    page = tmp_path / "licences.md"
    page.write_text((ROOT / "docs" / "licences.md").read_text().replace("| certifi | MPL-2.0 |\n", ""))
    assert NOTICES.main(["page", str(page)]) == 1


def test_what_asks_for_more_than_its_text_is_named_with_how_that_is_met() -> None:
    section = (ROOT / "docs" / "licences.md").read_text().split("## Parts of others")[0]
    assert re.findall(r"^\| (\S+) \| (\S+) \| \w", section, re.MULTILINE)[1:] == [
        ("certifi", "MPL-2.0"),
        ("fontpkg-lato", "OFL-1.1"),
        ("psycopg", "LGPL-3.0-only"),
        ("psycopg-binary", "LGPL-3.0-only"),
        ("pygal", "LGPL-3.0-or-later"),
        ("pylopdf-fonts-zh-cn", "OFL-1.1"),
    ]


def test_a_licence_that_nobody_has_read_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(NOTICES, "KNOWN", NOTICES.KNOWN - {"MPL-2.0"})
    with pytest.raises(NOTICES.Unlicensed, match=r"certifi: its licence 'MPL-2.0' is not one of those"):
        NOTICES.page(LOCK)


def test_another_package_that_asks_for_more_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(NOTICES, "READ", {**NOTICES.READ, "jinja2": "LGPL-3.0-only"})
    with pytest.raises(NOTICES.Unlicensed, match=r"\['jinja2'\]"):
        NOTICES.page(LOCK)


def test_every_package_brings_its_text_or_is_known_to_bring_none() -> None:
    assert [name for name, package in NOTICES.packages(LOCK) if not NOTICES.texts_of(package)] == ["fontpkg"]


def test_the_notices_have_the_texts_that_have_to_go_along() -> None:
    texts = NOTICES.texts(LOCK)
    version = distribution("psycopg").version
    assert f"\npsycopg {version}: LGPL-3.0-only\n" in texts
    for opening in (
        r"GNU LESSER GENERAL PUBLIC LICENSE\s+Version 3, 29 June 2007",
        r"GNU GENERAL PUBLIC LICENSE\s+Version 3, 29 June 2007",  # on which the LGPL rests
        r"SIL OPEN FONT LICENSE Version 1\.1",
        r"Mozilla Public License,?\s+v\. 2\.0",
        r"Apache Arrow\s+Copyright 2016-\d+ The Apache Software Foundation",
    ):
        assert re.search(opening, texts), opening
