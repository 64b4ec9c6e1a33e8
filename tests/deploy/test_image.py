"""The image is built of files that are there, starts the program as it can be started, and asks where it listens."""

import json
import re
import sys
from pathlib import Path

from tests.deploy.tools import ROOT, parsed, run

DOCKERFILE = (ROOT / "Dockerfile").read_text()
_, BUILT, LAST = re.split(r"^FROM .*\n", DOCKERFILE, flags=re.MULTILINE)
HELD = "/opt/esg/share/esg-metrics"


def test_every_file_that_is_copied_is_there_and_not_ignored() -> None:
    lines = re.findall(r"^COPY (?!--from)(.+) \S+$", DOCKERFILE, re.MULTILINE)
    copied = {name for line in lines for name in line.split()}
    kept = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    assert copied == {
        "requirements.txt",
        "requirements-build.txt",
        "pyproject.toml",
        "README.md",
        "LICENSE",
        "NOTICE",
        ".ci/notices.py",
        "app",
    }
    assert [name for name in copied if not (ROOT / name).exists()] == []
    assert copied - kept == set()


def test_the_image_serves_on_the_port_that_it_asks() -> None:
    words = json.loads(re.findall(r"^CMD (\[.*\])$", DOCKERFILE, re.MULTILINE)[0])
    read = parsed(words)
    assert (read["host"], read["port"]) == ("0.0.0.0", 8000)  # noqa: S104 - inside a container of its own
    assert re.findall(r"^EXPOSE (\d+)$", DOCKERFILE, re.MULTILINE) == ["8000"]
    assert re.findall(r"http://127\.0\.0\.1:(\d+)(/[\w/]+)", DOCKERFILE) == [("8000", "/health/ready")]


def test_the_image_runs_as_nobody_else_and_on_the_python_that_is_asked_for() -> None:
    assert re.findall(r"^USER (\d+)$", DOCKERFILE, re.MULTILINE) == ["10001"]
    versions = set(re.findall(r"^FROM python:(\d+\.\d+)-slim", DOCKERFILE, re.MULTILINE))
    assert versions == {"3.11"}


def test_hadolint_finds_nothing() -> None:
    assert run(str(Path(sys.executable).parent / "hadolint"), ROOT / "Dockerfile") == ""


def test_what_is_built_into_the_image_cannot_install() -> None:
    assert "python -m venv --without-pip /opt/esg" in BUILT
    assert re.findall(r"(\S*pip) (?:--python \S+ )?install", BUILT) == ["/opt/build/bin/pip"] * 3
    assert re.findall(r"^COPY --from=build (\S+) (\S+)$", LAST, re.MULTILINE) == [("/opt/esg", "/opt/esg")]


def test_the_last_stage_takes_out_what_the_base_installs_with_and_adds_nothing() -> None:
    [takes_out] = re.findall(r"^RUN ((?:.+\\\n)*.+)", LAST, re.MULTILINE)
    assert "python -m pip uninstall --yes --root-user-action ignore setuptools wheel pip" in takes_out
    assert "rm -rf /usr/local/lib/python3.11/ensurepip" in takes_out
    assert re.findall(r"\b(?:apt-get|install|curl|wget|ADD)\b", LAST) == []


def test_the_image_has_its_parts_their_licences_and_notices() -> None:
    assert f"cp LICENSE NOTICE {HELD}" in BUILT
    assert re.findall(
        r"/opt/build/bin/(cyclonedx-py environment /opt/esg/bin/python) .*\\\n.* (\S+sbom\S+)", BUILT
    ) == [("cyclonedx-py environment /opt/esg/bin/python", f"{HELD}/sbom.cdx.json")]
    assert f"/opt/esg/bin/python .ci/notices.py texts > {HELD}/THIRD-PARTY.txt" in BUILT
    assert "cyclonedx-bom==" in (ROOT / "requirements-build.txt").read_text()
