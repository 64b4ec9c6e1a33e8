"""Words and examples: none missing, none that nothing uses, and examples that are what they are examples of."""

from typing import Any

import httpx
import pytest
from jsonschema import Draft202012Validator

from app.core.datafile import documents
from app.schemas.document.words import glossary, plainly
from tests.document.walking import operations, properties, schemas

SHORTEST = 8


def leads_on(document: dict[str, Any], schema: dict[str, Any]) -> bool:
    """Tell whether a schema leads to a component with properties, whose examples are its own."""
    if "$ref" in schema:
        return "properties" in document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    inner = [*schema.get("anyOf", ()), schema.get("items"), schema.get("additionalProperties")]
    return any(leads_on(document, each) for each in inner if isinstance(each, dict))


def check(document: dict[str, Any], schema: dict[str, Any], value: Any) -> list[str]:
    """Return what is wrong with a value by a schema of the document."""
    whole = {**schema, "components": document["components"]}
    return [error.message for error in Draft202012Validator(whole).iter_errors(value)]


def test_every_property_says_what_it_means_and_has_an_example(document: dict[str, Any]) -> None:
    said = dict(properties(document))

    assert [
        name for name, each in said.items() if len(each.get("description", "")) < SHORTEST and name != "Health"
    ] == [
        "Health.status",
        "Readiness.status",
    ]
    assert [name for name, each in said.items() if "examples" not in each and not leads_on(document, each)] == []


def test_every_operation_and_parameter_says_what_it_means_and_has_an_example(document: dict[str, Any]) -> None:
    for each in operations(document):
        assert len(each.members["description"]) > SHORTEST, each.name
        for parameter in each.members.get("parameters", ()):
            assert len(parameter["description"]) > SHORTEST, (each.name, parameter["name"])
            assert "example" in parameter, (each.name, parameter["name"])
        for media in each.members.get("requestBody", {}).get("content", {}).values():
            assert "example" in media, each.name
        for status, answer in each.members["responses"].items():
            for kind, media in answer.get("content", {}).items():
                if status < "400" and kind == "application/json" and each.name != "get_export":
                    assert "example" in media, each.name


def test_examples_are_what_they_are_examples_of(document: dict[str, Any]) -> None:
    media = [each for each in _all(document["paths"]) if "schema" in each and "example" in each]
    media += [each for each in _all(document["webhooks"]) if "schema" in each and "example" in each]
    wrong = {
        str(each["schema"]): found for each in media if (found := check(document, each["schema"], each["example"]))
    }

    assert len(media) > 500
    assert wrong == {}
    wrong = {
        name: found
        for name, each in properties(document)
        for example in each.get("examples", ())
        if (found := check(document, each, example))
    }
    assert wrong == {}


def _all(node: Any) -> Any:
    if isinstance(node, dict):
        yield node
        for name, each in node.items():
            if name not in ("example", "examples"):
                yield from _all(each)
    elif isinstance(node, list):
        for each in node:
            yield from _all(each)


def test_no_words_are_kept_that_nothing_uses(document: dict[str, Any]) -> None:
    (components,) = documents("words/components.yaml")
    shown = {name: each["description"] for name, each in properties(document)}
    names = {(name.rpartition(".")[2], words) for name, words in shown.items()}

    assert {name for name, words in glossary().every.items() if (name, words.says) not in names} == set()
    assert set(components) <= {name.partition(".")[0] for name in shown}
    lost = {
        f"{component}.{name}"
        for component, said in components.items()
        for name, words in said.items()
        if name != "as" and (name, words[0] if isinstance(words, list) else words) not in names
    }
    assert lost == set()
    assert glossary().closed <= set(document["components"]["schemas"])
    known = {
        each["name"].lower() for operation in operations(document) for each in operation.members.get("parameters", ())
    }
    named = {name.rpartition(".")[2] for name in glossary().parameters}
    assert {name for name in named if "-" not in name} <= known  # headers are those of HTTP, whoever takes them
    assert glossary().present <= {name for name, _ in names}


def test_an_enum_says_whether_it_may_grow(document: dict[str, Any]) -> None:
    enums = {name: each for name, each in document["components"]["schemas"].items() if "enum" in each}

    assert "More values may be added" in enums["EventKind"]["description"]
    assert "More values may be added" in enums["IssueKind"]["description"]
    assert "More values may be added" not in enums["Weekday"]["description"]
    growing = [name for name, each in enums.items() if "More values may be added" in each["description"]]
    assert len(growing) > 20
    assert not set(growing) & glossary().closed


def test_bodies_that_are_written_out_are_of_operations_there_are(document: dict[str, Any]) -> None:
    (bodies,) = documents("words/bodies.yaml")
    shown = {
        each.name: media["example"]
        for each in operations(document)
        for media in each.members.get("requestBody", {}).get("content", {}).values()
    }

    assert [name for name, body in bodies.items() if shown.get(name) != plainly(body)] == []


STEPS = """
    create_organization update_organization put_fiscal_years create_plant update_plant put_plant_holdings create_meter
    update_meter post_readings create_resource create_key create_webhook update_webhook rotate_webhook create_connector
    update_connector create_factor create_calorific_value put_gwp_sets create_instrument create_instrument_withdrawal
    create_imported_publication put_figure_settings post_preview post_datapoint create_target create_amendment
"""


def test_bodies_of_the_examples_are_taken_one_after_the_other(document: dict[str, Any], client: httpx.Client) -> None:
    named = {each.name: each for each in operations(document)}
    answers = []
    for name in STEPS.split():
        each = named[name]
        path, (media,) = each.path, each.members["requestBody"]["content"].values()
        for parameter in each.members.get("parameters", ()):
            if parameter["in"] == "path":
                path = path.replace(f"{{{parameter['name']}}}", str(parameter["example"]))
        answer = client.request(each.method, path, json=media["example"])
        answers.append(f"{name} {answer.status_code} {answer.text if answer.is_error else ''}".strip())

    refused = [each for each in answers if each.split()[1] not in ("200", "201", "202")]
    assert refused == [], "\n".join(refused)
    assert len(answers) == 27


def test_no_property_is_left_without_words_of_its_component(document: dict[str, Any]) -> None:
    assert [each for each in schemas(document["components"]["schemas"]) if each.get("description") == ""] == []


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("Meter.unit", "The unit of its readings; fixed once it has any."),
        ("MeterUpdate.unit", "The unit of its readings; fixed once it has any."),
        ("RollupItem.unit", "The unit of the numbers beside it."),
        ("FactorCreate.other_gases", "kg of further gases of the GWP sets, such as SF6 and HFC134a."),
        ("KeyCreated.key", "The secret, for the header `X-API-Key`; shown this once."),
    ],
)
def test_words_of_a_component_come_before_those_of_a_name(document: dict[str, Any], name: str, words: str) -> None:
    assert dict(properties(document))[name]["description"] == words
