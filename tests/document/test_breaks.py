"""What breaks clients: found, whichever side it is on, and named in the changelog."""

import json
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from app.schemas.document.breaks import Break, breaks, unnamed

ROOT = Path(__file__).parents[2]
PATH = "/plants/{plant}/meters/{meter}"


def nullable(kind: str) -> dict[str, Any]:
    return {"anyOf": [{"type": kind}, {"type": "null"}]}


def reference(name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{name}"}


def parameter(name: str, place: str = "query", **members: Any) -> dict[str, Any]:
    return {"name": name, "in": place, "required": place == "path", "schema": {"type": "string"}, **members}


def component(*required: str, **properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "required": list(required), "properties": properties}


def content(name: str, media: str = "application/json") -> dict[str, Any]:
    return {"content": {media: {"schema": reference(name)}}}


DOCUMENT: dict[str, Any] = {
    "paths": {
        PATH: {
            "put": {
                "operationId": "put_meter",
                "parameters": [parameter("plant", "path"), parameter("meter", "path"), parameter("reason")],
                "requestBody": content("Sent"),
                "responses": {"200": content("Read"), "409": {}},
            }
        }
    },
    "components": {
        "schemas": {
            "Sent": component("code", code={"type": "string", "maxLength": 64}, kind=reference("Kind")),
            "Read": component("code", code={"type": "string"}, name=nullable("string"), state=reference("State")),
            "Kind": {"type": "string", "enum": ["a", "b"], "description": "Closed."},
            "State": {"type": "string", "enum": ["on"], "description": "Closed."},
        }
    },
}


def put(document: dict[str, Any]) -> dict[str, Any]:
    operation: dict[str, Any] = document["paths"][PATH]["put"]
    return operation


def schema(document: dict[str, Any], name: str) -> dict[str, Any]:
    found: dict[str, Any] = document["components"]["schemas"][name]
    return found


def found(change: Callable[[dict[str, Any]], object]) -> list[str]:
    later = deepcopy(DOCUMENT)
    change(later)
    return [str(each) for each in breaks(DOCUMENT, later)]


@pytest.mark.parametrize(
    ("change", "broken"),
    [
        (lambda d: d["paths"].clear(), ["put_meter: PUT /plants/{plant}/meters/{meter} is gone"]),
        (lambda d: put(d).update(operationId="set_meter"), ["put_meter: is called set_meter"]),
        (lambda d: put(d)["parameters"].pop(), ["put_meter: has no parameter reason"]),
        (lambda d: put(d)["parameters"][2].update(required=True), ["put_meter: requires the parameter reason"]),
        (
            lambda d: put(d)["parameters"].append(parameter("key", required=True)),
            ["put_meter: requires the parameter key"],
        ),
        (
            lambda d: put(d)["parameters"][2].update(schema={"type": "integer"}),
            ["put_meter: takes reason as integer, no longer as string"],
        ),
        (
            lambda d: put(d)["parameters"][2]["schema"].update(maxLength=9),
            ["put_meter: the parameter reason has maxLength 9"],
        ),
        (
            lambda d: put(d)["parameters"].sort(key=lambda each: str(each["name"])),
            ["parameter order: put_meter has its path parameters in another order"],
        ),
        (
            lambda d: put(d).update(requestBody=content("Sent", "text/csv")),
            ["put_meter: says no longer that it takes application/json"],
        ),
        (lambda d: put(d)["responses"].pop("200"), ["put_meter: no longer answers 200"]),
        (
            lambda d: put(d)["responses"].update({"200": content("Read", "text/csv")}),
            ["put_meter: says no longer that it answers application/json"],
        ),
        (lambda d: schema(d, "Sent")["properties"].pop("code"), ["Sent.code: is gone"]),
        (lambda d: schema(d, "Sent")["properties"]["code"].update(maxLength=63), ["Sent.code: it has maxLength 63"]),
        (lambda d: schema(d, "Sent")["properties"]["code"].update(minLength=1), ["Sent.code: it has minLength 1"]),
        (lambda d: schema(d, "Sent")["properties"]["code"].update(pattern="x"), ["Sent.code: it has the pattern x"]),
        (lambda d: schema(d, "Sent")["required"].append("kind"), ["Sent.kind: is required"]),
        (lambda d: schema(d, "Read")["required"].clear(), ["Read.code: may be left out"]),
        (lambda d: schema(d, "Read")["properties"].update(code=nullable("string")), ["Read.code: may be null"]),
        (
            lambda d: schema(d, "Read")["properties"].update(name=nullable("integer")),
            ["Read.name: is integer, no longer string"],
        ),
        (lambda d: schema(d, "Kind").update(enum=["a"]), ["Kind: no longer takes 'b'"]),
        (lambda d: schema(d, "State").update(enum=["on", "off"]), ["State: may be 'off'"]),
    ],
)
def test_what_breaks_a_client_is_found(change: Callable[[dict[str, Any]], object], broken: list[str]) -> None:
    assert found(change) == broken


@pytest.mark.parametrize(
    "change",
    [
        lambda d: d["paths"].update({"/new": {"put": {**put(d), "operationId": "new"}}}),
        lambda d: put(d)["parameters"].append(parameter("note")),
        lambda d: put(d)["parameters"][2]["schema"].update(description="Why."),
        lambda d: put(d)["responses"].pop("409"),
        lambda d: schema(d, "Sent")["properties"].update(note={"type": "string"}),
        lambda d: schema(d, "Sent")["required"].clear(),
        lambda d: schema(d, "Sent")["properties"]["code"].update(maxLength=65),
        lambda d: schema(d, "Sent")["properties"].update(code=nullable("string")),
        lambda d: schema(d, "Read")["properties"].update(note={"type": "string"}),
        lambda d: schema(d, "Read")["required"].append("note"),
        lambda d: schema(d, "Read")["properties"].update(name={"type": "string"}),
        lambda d: schema(d, "Kind").update(enum=["a", "b", "c"]),
        lambda d: schema(d, "State").update(enum=[]),
        lambda d: d["components"]["schemas"].update(New=component(code={"type": "string"})),
    ],
)
def test_what_breaks_nobody_is_passed_over(change: Callable[[dict[str, Any]], object]) -> None:
    assert found(change) == []


def test_an_enum_that_said_it_may_grow_may_grow() -> None:
    before = deepcopy(DOCUMENT)
    schema(before, "State")["description"] = "More values may be added: treat one you do not know as something new."
    after = deepcopy(before)
    schema(after, "State")["enum"].append("off")

    assert breaks(before, after) == []


def test_a_component_that_is_called_otherwise_breaks_generated_clients() -> None:
    text = json.dumps(DOCUMENT).replace("schemas/Read", "schemas/app__Read").replace('"Read"', '"app__Read"')

    assert [str(each) for each in breaks(DOCUMENT, json.loads(text))] == ["Read: is gone, or called otherwise"]


def test_a_break_is_named_in_what_is_not_released_by_what_it_is_of() -> None:
    several = [Break("Read.code", "is gone"), Break("Sent.kind", "is gone"), Break("put_meter", "is gone")]
    changelog = "# Changelog\n\n## 2 (unreleased)\n\n* `Read.code`, and all of `Sent`.\n\n## 1\n\n* `put_meter`\n"

    assert unnamed(several, changelog) == [Break("put_meter", "is gone")]
    assert unnamed(several, changelog.replace("## 1\n", "")) == []


def test_the_changelog_names_every_break_since_the_last_release(document: dict[str, Any]) -> None:
    released = json.loads((ROOT / "openapi" / "released.json").read_text("utf-8"))

    assert unnamed(breaks(released, document), (ROOT / "CHANGELOG.md").read_text("utf-8")) == []
