"""Names, types, defaults and order: what generators make of the document."""

import json
import re
from typing import Any

from openapi_spec_validator import validate

from tests.document.walking import operations, properties, schemas


def test_the_document_is_valid(document: dict[str, Any]) -> None:
    validate(document)


def test_every_operation_has_a_short_name_of_its_own_and_one_tag(document: dict[str, Any]) -> None:
    names = [each.name for each in operations(document)]

    assert len(names) == len(set(names))
    assert {"post_readings", "get_readings", "get_rollups", "get_disclosure", "create_plant"} <= set(names)
    assert all(len(each.members["tags"]) == 1 for each in operations(document))
    tags = {each["name"] for each in document["tags"]}
    assert {each.members["tags"][0] for each in operations(document)} == tags - {"events"}


def test_names_of_components_are_ours_and_not_those_of_modules(document: dict[str, Any]) -> None:
    names = list(document["components"]["schemas"])

    assert [name for name in names if not re.fullmatch(r"[A-Z][A-Za-z0-9]*", name)] == []
    assert len({name.lower() for name in names}) == len(names), "files of some systems do not tell case apart"


def test_no_schema_has_a_title_that_a_generator_would_take_for_a_name(document: dict[str, Any]) -> None:
    assert [each for each in schemas(document) if isinstance(each.get("title"), str)] == []


def test_path_parameters_come_in_the_order_of_the_path(document: dict[str, Any]) -> None:
    for each in operations(document):
        parameters = each.members.get("parameters", [])
        assert [p["name"] for p in parameters if p["in"] == "path"] == re.findall(r"{(\w+)}", each.path)
        places = [("path", "query", "header").index(p["in"]) for p in parameters]
        assert places == sorted(places), each.name


def test_integers_have_64_bits_and_no_bound_beyond_them(document: dict[str, Any]) -> None:
    integers = [each for each in schemas(document) if each.get("type") == "integer"]

    assert len(integers) > 100
    for each in integers:
        assert each["format"] == "int64"
        assert max(each.get("maximum", 0), each.get("exclusiveMaximum", 0)) < 2**53


def test_defaults_are_of_the_type_they_are_defaults_of(document: dict[str, Any]) -> None:
    types = {"string": str, "boolean": bool, "integer": int, "number": int | float, "array": list, "object": dict}
    defaults = [each for each in schemas(document) if "default" in each and "type" in each]

    assert len(defaults) > 50
    for each in defaults:
        assert isinstance(each["default"], types[each["type"]]), each
        assert each["default"] != {}
    schema = document["components"]["schemas"]
    assert schema["MeterCreate"]["properties"]["multiplier"]["default"] == 1
    assert schema["TargetCreate"]["properties"]["recalculation_threshold"]["default"] == 0.05
    assert "default" not in schema["LimitCreate"]["properties"]["reference"]


def test_values_that_are_no_names_have_names_for_generated_enums(document: dict[str, Any]) -> None:
    delimiter = document["components"]["schemas"]["Delimiter"]

    assert delimiter["enum"] == [",", ";", "\t", "|"]
    assert delimiter["x-enum-varnames"] == ["COMMA", "SEMICOLON", "TAB", "BAR"]
    assert document["components"]["schemas"]["PeriodKind"]["x-enum-varnames"][2:] == ["WEEKS_52", "WEEKS_53"]
    for each in schemas(document):
        if any(not re.fullmatch(r"[\w.]+", value) for value in each.get("enum", ())):
            assert len(each["x-enum-varnames"]) == len(each["enum"])


def test_every_reference_leads_somewhere_and_numbers_are_numbers(document: dict[str, Any]) -> None:
    schema = document["components"]["schemas"]
    text = json.dumps(document)

    assert document["openapi"] == "3.1.0"
    for part in text.split('"$ref": "#/components/schemas/')[1:]:
        assert part.partition('"')[0] in schema
    assert '"const"' not in text
    assert "itemSchema" not in text
    multiplier = schema["Meter"]["properties"]["multiplier"]
    assert (multiplier["type"], multiplier["exclusiveMinimum"]) == ("number", 0)
    assert schema["Meter"]["properties"]["created_at"]["format"] == "date-time"
    assert schema["Scope"]["enum"] == ["ingest", "amend", "read", "prepare", "approve", "audit", "admin"]
    assert "required" not in schema["MeterUpdate"]
    assert all("default" not in each for each in schema["MeterUpdate"]["properties"].values())
    assert set(schema["PlantPage"]["required"]) == {"items", "next"}
    assert len(dict(properties(document))) > 1500


def test_a_body_and_an_answer_of_json_are_json_alone_and_files_have_operations_of_their_own(
    document: dict[str, Any],
) -> None:
    named = {each.name: each for each in operations(document)}

    for each in named.values():
        body = each.members.get("requestBody", {}).get("content", {"application/json": {}})
        assert len(body) == 1, each.name
        for answer in each.members["responses"].values():
            content = answer.get("content", {})
            if "application/json" in content and each.name != "get_export":
                assert list(content) == ["application/json"], each.name
    upload, download = named["upload_readings"], named["download_readings"]
    assert (upload.method, upload.path) == ("post", "/v1/organizations/{organization}/readings/files")
    assert (download.method, download.path) == ("get", upload.path)
    (file,) = upload.members["requestBody"]["content"].items()
    assert (file[0], file[1]["schema"]) == ("application/octet-stream", {"type": "string", "format": "binary"})
    assert list(download.members["responses"]["200"]["content"])[:2] == ["text/csv", "application/x-ndjson"]
    asked = {each["name"]: each for each in download.members["parameters"]}
    assert asked["format"]["required"]
    assert "limit" not in asked
    assert "format" not in {each["name"] for each in named["get_readings"].members["parameters"]}
    assert "429" in upload.members["responses"]
