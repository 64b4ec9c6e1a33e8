"""Advisories about pinned packages: what a source tells fails the check, and a source that tells nothing is told of."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from tests.support.webhook_site import Answer, Asked, site

SCRIPT = Path(__file__).parents[2] / ".ci" / "advisories.py"
NOT_REACHED = "advisories not reached: no source could be asked about the pinned packages, and none was looked at\n"


def _told_of(*packages: str) -> Callable[[Asked], Answer]:
    """Answer as OSV does, with an advisory for each of these packages and nothing for the others."""

    def answer(asked: Asked) -> Answer:
        name = json.loads(asked.body)["package"]["name"]
        if name not in packages:
            return Answer(body=b"{}")
        fixed = [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "99.1"}]}]
        affected = [{"package": {"name": name, "ecosystem": "PyPI"}, "ranges": fixed}]
        return Answer(body=json.dumps({"vulns": [{"id": f"PYSEC-{name}", "affected": affected}]}).encode())

    return answer


def _looked(url: str) -> tuple[int, str]:
    command: list[str | Path] = [sys.executable, SCRIPT, "-s", "osv", "--osv-url", url, "--cache-dir", "/dev/null"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    return done.returncode, done.stdout


def test_an_advisory_fails_the_check_and_names_package_and_remedy() -> None:
    with site(_told_of("jinja2", "hypothesis")) as source:
        code, told = _looked(source.url)
    assert code == 1
    lines = told.splitlines()
    assert [line.partition(": ")[2] for line in lines] == [
        "PYSEC-hypothesis, mended in 99.1",
        "PYSEC-jinja2, mended in 99.1",
    ]
    assert [line.split(" ")[0] for line in lines] == ["hypothesis", "jinja2"]


def test_a_source_that_is_away_is_told_of_in_a_line() -> None:
    with site() as source:
        gone = source.url
    assert _looked(gone) == (0, NOT_REACHED)


def test_a_source_that_knows_nothing_of_a_known_bad_package_counts_as_not_reached() -> None:
    with site(_told_of()) as source:
        assert _looked(source.url) == (0, NOT_REACHED)
        assert [json.loads(asked.body)["package"]["name"] for asked in source.asked] == ["jinja2"]


def test_a_source_without_an_advisory_for_what_is_pinned_passes() -> None:
    def only_of_the_old_one(asked: Asked) -> Answer:
        return _told_of(*["jinja2"] * (json.loads(asked.body)["version"] == "2.10"))(asked)

    with site(only_of_the_old_one) as source:
        code, told = _looked(source.url)
        asked = {json.loads(each.body)["package"]["name"] for each in source.asked}
    assert (code, told.split(" ")[:3]) == (0, ["no", "advisory", "for"])
    assert asked >= {"cryptography", "opentelemetry-sdk", "pytest", "cyclonedx-bom"}
