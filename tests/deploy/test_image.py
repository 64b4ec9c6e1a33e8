"""The image is built of files that are there, starts the program as it can be started, and asks where it listens."""

import json
import re

from tests.deploy.tools import ROOT, parsed

DOCKERFILE = (ROOT / "Dockerfile").read_text()


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
