"""The audit log over HTTP and in an assurance pack: who may read it, by what it is narrowed, and whom it names."""

import io
import json
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner

from app.cli import cli
from tests.conftest import Make
from tests.support.shared import Shared

AUDIT = "/v1/organizations/acme/audit"


def with_key(key: str) -> dict[str, str]:
    return {"X-API-Key": key}


def test_the_log_is_read_by_kind_subject_actor_and_time(
    client: httpx.Client, make_organization: Make, make_plant: Make
) -> None:
    make_organization()
    for code in ("north", "south"):
        make_plant(code=code)
    client.patch("/v1/organizations/acme/plants/north", json={"name": "North works"})

    def subjects(**query: Any) -> list[tuple[str, str]]:
        answer = client.get(AUDIT, params=query)
        assert answer.status_code == 200, answer.text
        return [(each["operation"], each["subject"]) for each in answer.json()["items"]]

    every = [
        ("update_plant", "north"),
        ("create_plant", "south"),
        ("create_plant", "north"),
        ("create_organization", "acme"),
    ]
    assert subjects() == every
    assert subjects(kind="plant", subject="north") == [every[0], every[2]]
    assert subjects(kind=["plant", "organization"], actor="environment", limit=1000) == every
    assert subjects(actor="nobody") == []
    instants = [each["at"] for each in client.get(AUDIT).json()["items"]]
    assert subjects(start=instants[0])[0] == every[0]
    assert every[0] not in subjects(end=instants[0])


def test_the_log_is_for_keys_that_may_audit(client: httpx.Client, make_organization: Make) -> None:
    make_organization()
    make_organization(code="other")

    def status(path: str, scopes: list[str], organizations: list[str] | None) -> int:
        body = {"name": "k", "scopes": scopes, "organizations": organizations}
        key = client.post("/v1/keys", json=body).json()["key"]
        return client.get(path, headers=with_key(key)).status_code

    assert status(AUDIT, ["audit"], ["acme"]) == 200
    assert status(AUDIT, ["audit"], ["other"]) == 404
    assert status(AUDIT, ["read", "approve", "prepare", "ingest", "amend"], ["acme"]) == 403
    assert status("/v1/audit", ["audit"], ["acme"]) == 403
    assert status("/v1/audit", ["audit"], None) == 200


def test_the_acts_on_a_key_are_told_without_its_secret(client: httpx.Client, make_organization: Make) -> None:
    make_organization()
    body = {"name": "gateway", "scopes": ["read"], "organizations": ["acme"]}
    key = client.post("/v1/keys", json=body, headers={"X-Request-ID": "order-17"}).json()
    client.post(f"/v1/keys/{key['code']}/rotate", json={})
    client.delete(f"/v1/keys/{key['code']}")

    own = client.get(AUDIT, params={"kind": "key"}).json()["items"]
    service = client.get("/v1/audit", params={"kind": "key", "subject": key["code"]}).json()["items"]

    assert [each["operation"] for each in own] == ["delete_key", "rotate_key", "create_key"]
    assert [each["operation"] for each in service] == ["delete_key", "rotate_key", "create_key"]
    made, rotated, gone = own[2], own[1], own[0]
    assert (made["request_id"], made["before"], made["after"]["digest"]) == ("order-17", None, "(secret)")
    assert (gone["before"]["name"], gone["after"]) == ("gateway", None)
    assert set(rotated["after"]) == {"digest", "previous_digest", "previous_until", "rotated_at"}


def test_jobs_and_commands_are_named(
    shared: Shared, client: httpx.Client, database_url: str, make_organization: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_organization()
    monkeypatch.setenv("ESG_DATABASE_URL", database_url)
    monkeypatch.setattr(sys, "argv", ["esg", "plants", "create", "main"])
    made = CliRunner().invoke(cli, ["plants", "create", "main", "-o", "acme", "--country", "DE"])
    assert made.exit_code == 0, made.output

    (entry,) = client.get(AUDIT, params={"kind": "plant"}).json()["items"]

    assert (entry["actor"], entry["operation"], entry["request_id"]) == ("command", "plants create", None)


def test_the_assurance_pack_has_the_log_and_says_how_to_check_it(
    client: httpx.Client, make_organization: Make, make_plant: Make, tmp_path: Path
) -> None:
    make_organization(timezone="UTC")
    make_plant()
    year = "/v1/organizations/acme/disclosures/gri/2021/publications"
    assert client.post(year, json={}).status_code == 201
    reader = client.post("/v1/keys", json={"name": "r", "scopes": ["read"]}).json()["key"]
    make_plant(code="later")

    answers = [client.get(f"{year}/1/exports/zip", headers=headers) for headers in ({}, {}, with_key(reader))]

    assert answers[0].content == answers[1].content
    tags = [each.headers["ETag"] for each in answers]
    assert tags[0] == tags[1] != tags[2]
    packs = [zipfile.ZipFile(io.BytesIO(each.content)) for each in answers[1:]]
    names = [{name.partition("/")[2]: name for name in pack.namelist()} for pack in packs]
    assert [("audit.ndjson" in each) for each in names] == [True, False]
    log = packs[0].read(names[0]["audit.ndjson"]).decode()
    told = [(each["operation"], each["subject"]) for each in map(json.loads, log.splitlines())]
    assert told == [("create_organization", "acme"), ("create_plant", "main"), ("prepare_publication", "gri/2021/1")]

    readme = packs[0].read(names[0]["README.txt"]).decode()
    recipe = readme.partition("In Python:\n\n")[2]
    script = "\n".join(line.removeprefix("    ") for line in recipe.splitlines())
    assert run_in(tmp_path, log, script) == 0
    assert run_in(tmp_path, log.replace("create_plant", "create_plane"), script) == 1


def run_in(folder: Path, log: str, script: str) -> int:
    (folder / "audit.ndjson").write_text(log, "utf-8")
    return subprocess.run([sys.executable, "-c", script], cwd=folder, capture_output=True, check=False).returncode
