"""The rules of the tree that no linter holds: locks, sizes, words, links, and what the wheel carries."""

import ast
import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from app.core.codings import Coding, CodingFault, Fault
from app.disclosure.frameworks.frameworks import frameworks
from app.http.errors import ANSWERS
from app.ingest.problems import RowCode
from app.settings import Settings

ROOT = Path(__file__).parents[2]
LOCKS = ("requirements.txt", "requirements-dev.txt", "requirements-build.txt")
LICENCES = ("LICENSE", "NOTICE")
LONGEST = 300
MACHINE_PATH = re.compile(r"(?<![\w.~-])/(?:work|home|root|Users)/(?=\w)")
LINK = re.compile(r"""\]\(([^)\s]+)\)|(?:src|srcset)=["']([^"']+)["']""")


def _tree() -> list[Path]:
    """Every file that is, or would be, committed."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(command, cwd=ROOT, check=True, capture_output=True).stdout.decode().split("\0")
    return [ROOT / name for name in names if name and (ROOT / name).is_file()]


TREE = _tree()
CODE = [path for path in TREE if path.is_relative_to(ROOT / "app") and path.suffix in {".py", ".html", ".css", ".js"}]
TESTS = [path for path in TREE if path.is_relative_to(ROOT / "tests") and path.suffix == ".py"]
PAGES = [path for path in TREE if path.suffix == ".md"]


def _name(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_names_no_address_and_hashes_every_package(lock: str) -> None:
    text = (ROOT / lock).read_text()
    assert not re.search(r"://|^\s*-(?:-\S*(?:index|find-links|host)|i\b|f\b)|@ *file:", text, re.MULTILINE)
    packages = re.findall(r"^[a-z0-9][^\n]*==[^\n]*\n[^\n]*", text, re.MULTILINE)
    assert packages
    assert [package for package in packages if "--hash=sha256:" not in package] == []


@pytest.mark.parametrize("lock", [path for path in TREE if path.name == "package-lock.json"], ids=_name)
def test_a_lock_of_npm_names_no_address_and_hashes_every_package(lock: Path) -> None:
    text = lock.read_text()
    assert [line for line in text.splitlines() if "://" in line or '"resolved"' in line] == []
    packages = {name: package for name, package in json.loads(text)["packages"].items() if name}
    assert packages
    unhashed = [name for name, package in packages.items() if not package.get("integrity", "").startswith("sha512-")]
    assert unhashed == []


def test_the_locks_of_npm_are_found() -> None:
    assert len([path for path in TREE if path.name == "package-lock.json"]) >= 2


def test_the_development_lock_holds_the_versions_that_run() -> None:
    def pins(lock: str) -> set[str]:
        return set(re.findall(r"^(\S+==\S+)", (ROOT / lock).read_text(), re.MULTILINE))

    assert pins("requirements.txt") - pins("requirements-dev.txt") == set()
    assert pins("requirements-build.txt") - pins("requirements-dev.txt") == set()


def test_no_file_names_a_path_of_the_machine_it_was_written_on() -> None:
    found = []
    for path in TREE:
        data = path.read_bytes()
        if b"\0" not in data:
            found += [f"{_name(path)}: {match[0]}" for match in MACHINE_PATH.finditer(data.decode())]
    assert found == []


@pytest.mark.parametrize("path", [*CODE, *TESTS], ids=_name)
def test_a_file_of_the_program_or_of_its_tests_fits_the_limit(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= LONGEST


@pytest.mark.parametrize("path", [path for path in CODE if path.suffix == ".py"], ids=_name)
def test_a_module_opens_with_a_sentence(path: Path) -> None:
    docstring = ast.get_docstring(ast.parse(path.read_text()))
    assert docstring
    opening = docstring.split("\n\n")[0]
    assert "TODO" not in opening
    assert opening[0].isupper() or not opening[0].isalpha()
    assert opening.rstrip().endswith((".", ":"))


def test_the_program_names_no_framework() -> None:
    names = {each for framework in frameworks().values() for each in (framework.code, framework.family)}
    named = re.compile(rf"""["'/](?:{"|".join(map(re.escape, sorted(names)))})["'/]""")
    found = [f"{_name(path)}: {match[0]}" for path in CODE for match in named.finditer(path.read_text())]
    assert names >= {"hkex", "hkex-2025", "gri"}
    assert found == []


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_a_link_between_files_leads_somewhere(page: Path) -> None:
    targets = [first or second for first, second in LINK.findall(page.read_text())]
    files = [target.split("#")[0] for target in targets if "://" not in target and not target.startswith("#")]
    assert [target for target in files if not (page.parent / target).exists()] == []


def test_the_readme_names_only_make_targets_that_exist() -> None:
    rules = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = set(re.findall(r"\bmake ([a-z-]+)\b", (ROOT / "README.md").read_text()))
    assert {"demo", "test", "check"} <= named
    assert named <= rules


def test_the_readme_explains_every_setting_and_no_other() -> None:
    explained = re.findall(r"^\| `(ESG_\w+)` \|", (ROOT / "README.md").read_text(), re.MULTILINE)
    assert sorted(explained) == sorted(f"ESG_{name.upper()}" for name in Settings.model_fields)


def test_the_guide_explains_every_error_code_and_no_other() -> None:
    guide = (ROOT / "docs" / "api.md").read_text().partition("## Errors")[2]
    explained = {
        code for cell in re.findall(r"^\|(?: \d+ \|)? (`[^|]*`) \|", guide, re.MULTILINE) for code in _codes(cell)
    }
    sources = "\n".join(path.read_text() for path in CODE if path.suffix == ".py")
    raised = set(re.findall(r"""Body(?:Unreadable|Invalid)\(\s*"(\w+)\"""", sources))
    raised |= set(re.findall(r"""status=[^()]*\bcode="(\w+)\"""", sources))
    raised |= {answer.code for answer in ANSWERS.values()} | {code.value for code in RowCode}
    raised |= {CodingFault(fault, coding, "").code for fault in Fault for coding in Coding}
    assert explained == raised | {"method_not_allowed"}


def _codes(cell: str) -> list[str]:
    return re.findall(r"`(\w+)`", cell)


def test_the_hooks_and_ci_are_local_and_call_the_same_programs() -> None:
    hooks = (ROOT / ".pre-commit-config.yaml").read_text()
    assert re.findall(r"repo: (\S+)", hooks) == ["local"]
    assert "://" not in hooks
    assert os.access(ROOT / ".ci" / "run", os.X_OK)


def test_the_wheel_carries_every_file_of_the_program(tmp_path: Path) -> None:
    source = tmp_path / "source"
    for path in TREE:
        if path.is_relative_to(ROOT / "app") or _name(path) in {"pyproject.toml", "README.md", *LICENCES}:
            copy = source / path.relative_to(ROOT)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, copy)
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--no-index"]
    subprocess.run([*command, "--wheel-dir", str(tmp_path), str(source)], check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    carried = set(zipfile.ZipFile(wheel).namelist())
    written = {_name(path) for path in TREE if path.is_relative_to(ROOT / "app")}
    assert written - carried == set()
    licences = {name for name in carried if ".dist-info/licenses/" in name}
    assert {name.rpartition("/")[2] for name in licences} == set(LICENCES)


@pytest.mark.parametrize("path", [path for path in TREE if path.match("tests/*/*.py")], ids=_name)
def test_a_folder_of_tests_imports_no_other_folder_of_tests(path: Path) -> None:
    own = path.relative_to(ROOT / "tests").parts[0]
    found = re.findall(r"^\s*(?:from|import) tests\.(\w+)\.", path.read_text(), re.MULTILINE)
    assert set(found) - {own, "support"} == set()
