"""Every operation that changes something leaves an entry in the audit log that says what it changed."""

import json
from typing import Any

import httpx
import pytest

from app.commands.scopes import operations
from app.store.engine.database import Database
from tests.audit.course import ACME, Course, without_secrets
from tests.support.shared import Shared, jobs_run

role = jobs_run
UNTOLD = {
    "post_readings": "its batches are the record",
    "upload_readings": "its batches are the record",
    "post_preview": "it changes nothing",
    "create_stream_ticket": "it changes nothing",
}
"""The operations by another method than GET of which the log says nothing, and why."""


@pytest.fixture
def gone_through(client: httpx.Client, database: Database) -> httpx.Client:
    """A client of a service that was asked for everything once."""
    Course(client, database).go()
    return client


def entries(client: httpx.Client, path: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    cursor: str | None = ""
    while cursor is not None:
        page = client.get(path, params={"limit": 40, **({"cursor": cursor} if cursor else {})}).json()
        found += page["items"]
        cursor = page["next"]
    return found


def test_every_operation_that_changes_something_leaves_an_entry(shared: Shared, gone_through: httpx.Client) -> None:
    told = [*entries(gone_through, f"{ACME}/audit"), *entries(gone_through, "/v1/audit")]

    mutating = {each.name for each in operations(shared.app) if each.method != "GET"}
    assert mutating - {each["operation"] for each in told} == set(UNTOLD)
    assert len(mutating) > 45
    told_of = {(each["operation"], each["kind"], each["subject"]) for each in told}
    assert {
        ("update_meter", "meter", "grid"),
        ("put_plant_holdings", "holdings", "main"),
        ("delete_reading", "reading", "grid"),
        ("create_acceptance", "reading", "grid"),
        ("put_factor_pins", "factor pins", "all"),
        ("recalculate_target", "target base", "less/2"),
        ("approve_publication", "publication", "gri/2021/1/approved"),
        ("comment_on_publication", "publication", "gri/2021/1/comments/1"),
        ("start_job_run", "job run", "old-deliveries/r" + run_of(told)),
    } <= told_of
    assert {each["actor"] for each in told if each["operation"] == "create_plant"} == {"environment"}
    assert {each["address"] for each in told if each["actor"] == "environment"} == {"127.0.0.1"}
    changed = next(each for each in told if each["operation"] == "update_meter")
    assert (changed["before"], changed["after"]) == ({"max_rate": None}, {"max_rate": "1"})
    approved = next(each for each in told if each["operation"] == "approve_publication")
    assert (approved["name"], approved["actor"]) == ("second", approved["after"]["key_code"])
    assert without_secrets(json.dumps(told))


def run_of(told: list[dict[str, Any]]) -> str:
    subject: str = next(each["subject"] for each in told if each["kind"] == "job run")
    return subject.partition("/r")[2]
