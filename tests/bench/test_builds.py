"""Functions are called inside the build they belong to, which is that of its commit."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.builds import ROOT, Build, CallFailed, UnknownCommit, pins, this_build, todays_build

_IN_GIT = subprocess.run(["git", "-C", ROOT, "rev-parse", "HEAD"], capture_output=True, check=False).returncode == 0
needs_git = pytest.mark.skipif(not _IN_GIT, reason="a copy without its history")


@pytest.fixture
def this(tmp_path: Path) -> Iterator[Build]:
    build = this_build(tmp_path)
    yield build
    build.close()


def test_a_function_is_called_with_its_arguments_inside_the_build(this: Build) -> None:
    assert this.call(":tree") == str(ROOT / "app")
    assert this.call("bench.figures:percentile", [3, 1, 2], 0.5) == 2


def test_what_a_function_raises_is_told_and_the_next_call_goes_through(this: Build) -> None:
    with pytest.raises(CallFailed, match=r"bench\.figures:percentile of this build:\n[^$]*IndexError"):
        this.call("bench.figures:percentile", [], 0.5)
    assert this.call("bench.figures:percentile", [7], 0.5) == 7


def test_a_database_is_prepared_and_handed_to_the_function(this: Build, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/bench.db"
    this.call(":prepare", url)
    assert this.call("bench.lab:scalar", "SELECT count(*) FROM meter", url=url) == 1_000


@needs_git
def test_todays_build_is_a_tree_of_its_own(tmp_path: Path) -> None:
    build = todays_build("HEAD", tmp_path)
    try:
        assert build.call(":tree") == str(tmp_path / "today" / "app")
        assert len(build.commit) == 40
    finally:
        build.close()


def test_a_commit_nobody_knows_is_named_with_the_way_out() -> None:
    with pytest.raises(UnknownCommit, match="no commit 0000000 here: name another with --today, or --today none"):
        todays_build("0000000", Path("unused"))


def test_pins_are_the_packages_with_their_versions(tmp_path: Path) -> None:
    file = tmp_path / "requirements.txt"
    file.write_text("# by uv\na==1.2 \\\n    --hash=sha256:0\nb==3 ; python_version < '3.12' \\\n    # via a==1.2\n")
    assert pins(file) == {"a==1.2", "b==3"}
