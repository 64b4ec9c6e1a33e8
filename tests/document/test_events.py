"""Events as the document has them, and as they are told."""

import json
from typing import Any

import httpx
from jsonschema import Draft202012Validator

from app.core.events import BEGINNING, EventKind
from app.jobs.announcements import announce_batches
from app.jobs.figures import tell_figures
from app.jobs.webhook_delivery import event_body
from app.rollup.rolling.roller import roll_pending
from app.schemas.operations.events import PAYLOADS
from app.store.engine.database import Database
from app.store.outbox.events import events_after
from tests.conftest import Make


def test_every_kind_of_event_has_a_webhook_and_a_payload(document: dict[str, Any]) -> None:
    assert list(document["webhooks"]) == [kind.value for kind in EventKind]
    assert set(PAYLOADS) == set(EventKind)
    for kind, item in document["webhooks"].items():
        (media,) = item["post"]["requestBody"]["content"].values()
        event = document["components"]["schemas"][media["schema"]["$ref"].rpartition("/")[2]]
        assert event["properties"]["kind"]["enum"] == [kind]
        assert media["example"]["kind"] == kind
        assert [each["name"] for each in item["post"]["parameters"]] == [
            "Webhook-Id",
            "Webhook-Timestamp",
            "Webhook-Signature",
        ]


def test_what_is_told_is_what_the_document_says(
    document: dict[str, Any],
    client: httpx.Client,
    database: Database,
    make_organization: Make,
    make_plant: Make,
    make_meter: Make,
) -> None:
    make_organization()
    make_plant()
    make_meter(interval="P1Y")
    rows = [{"meter": "grid", "timestamp": "2021-01-01T00:00:00+08:00", "value": 1200}]
    assert client.post("/v1/organizations/acme/readings", json={"readings": rows}).status_code == 200
    roll_pending(database)
    announce_batches(database)
    tell_figures(database)
    publications = "/v1/organizations/acme/disclosures/hkex-2020/2021/publications"
    assert client.post(publications, json={}).status_code == 201

    with database.read() as session:
        events = events_after(session, BEGINNING)
    bodies = [json.loads(event_body(each, "acme")) for each in events]
    assert {"readings.accepted", "rollups.changed", "publication.prepared"} <= {each["kind"] for each in bodies}
    for body in bodies:
        name = "".join(part.title() for part in EventKind(body["kind"]).name.split("_")) + "Event"
        schema = {"$ref": f"#/components/schemas/{name}", "components": _strictly(document)}
        assert [error.message for error in Draft202012Validator(schema).iter_errors(body)] == []


def _strictly(document: dict[str, Any]) -> dict[str, Any]:
    """Return the components with those of events refusing members that they do not name."""
    schemas = document["components"]["schemas"]
    told = {model.__name__ for model in PAYLOADS.values()} | {"FigureChange", "IssueFound", "StaleFactor"}
    strict = {
        name: {**each, "additionalProperties": False} if name in told or name.endswith("Event") else each
        for name, each in schemas.items()
    }
    return {"schemas": strict}


def test_what_receivers_are_sent_has_a_tag_of_its_own(document: dict[str, Any]) -> None:
    """Generators make a file of each tag: of two with one name the second one is written over the first."""
    asked = {tag for path in document["paths"].values() for operation in path.values() for tag in operation["tags"]}
    sent = {tag for item in document["webhooks"].values() for tag in item["post"]["tags"]}
    assert sent == {"events"}
    assert asked & sent == set()
