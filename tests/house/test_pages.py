"""The pages for people say what is there: files, functions, settings and decisions that exist."""

import re
from pathlib import Path

import pytest

from tests.house.test_house import PAGES, ROOT, TREE

DECISIONS = sorted((ROOT / "docs" / "decisions").glob("*.md"))
_CODE = "\n".join(
    path.read_text()
    for path in TREE
    if path.suffix in {".py", ".json", ".yaml", ".yml", ".toml", ".sh", ".html", ".js", ".conf", ".service", ".jinja"}
    and path.stat().st_size < 3_000_000
)
_WORDS = set(re.findall(r"\w+", _CODE))
_OF_DATABASES = {
    "isolate_tenant_to_new_shard",
    "citus_create_restore_point",
    "max_standby_streaming_delay",
    "recovery_target_time",
}
_OF_PARTS = {"truncated_gzip", "truncated_zstd", "truncated_br"}
"""Codes that the program makes of a word and the name of a coding."""


def _name(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", DECISIONS, ids=_name)
def test_a_decision_says_what_was_decided_and_is_found_from_the_readme(path: Path) -> None:
    assert "**Decision.**" in path.read_text()
    assert f"decisions/{path.name}" in (ROOT / "README.md").read_text()


@pytest.mark.parametrize("path", [path for path in PAGES if path.name != "CHANGELOG.md"], ids=_name)
def test_a_page_names_only_files_and_names_of_the_program_that_exist(path: Path) -> None:
    text = path.read_text()
    files = re.findall(r"`((?:[\w-]+/)*[\w-]+\.(?:py|yaml|toml|sh|sql|conf))`", text)
    files = [name for name in files if not name.rpartition("/")[2].split(".")[0].isupper()]  # stands for any name
    known = {each.name for each in TREE}
    assert [name for name in files if name.rpartition("/")[2] not in known] == []
    slashed = [name for name in files if "/" in name]
    assert [name for name in slashed if not any(f"/{_name(each)}".endswith(f"/{name}") for each in TREE)] == []
    names = re.findall(r"`([a-z]+(?:_[a-z0-9]+)+)(?:\(\))?`", text)
    assert set(names) - _WORDS - _OF_DATABASES - _OF_PARTS == set()


def test_the_page_of_frameworks_lists_every_formula_there_is() -> None:
    text = (ROOT / "docs" / "decisions" / "framework-as-data.md").read_text()
    listed = re.findall(r"`(\w+)`", text.partition("A metric is one of:")[2].partition(".")[0])
    rows = (ROOT / "app" / "accounting" / "metrics" / "formulas.py").read_text()
    classes = re.findall(r"^class (\w+)", rows, re.MULTILINE)
    names = {"AsStated": "stated"}
    assert [names.get(name, name.lower()) for name in classes] == listed
