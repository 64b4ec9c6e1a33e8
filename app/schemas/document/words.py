"""What every property means, said once: by its name, or by its component where the name alone does not tell.

Names mean the same in all of the program, so that 1,700 properties have 440 names. What is said of them lies in
`app/reference/words`: `every.yaml` has names, `components.yaml` what one component means by a name. A field that says
itself what it means, or a type that does, comes between the two.

    components.yaml   Meter: {unit: "The unit of its readings; fixed once it has any."}    Meter.unit
    Field(description=...)                                                                 WebhookCreate.url
    every.yaml        unit: "The unit of the numbers beside it."                           RollupItem.unit, and 30 more
"""

from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from typing import Any, NamedTuple

from app.core.datafile import documents

MAY_GROW = "More values may be added"
"""What the description of an enum says that is not closed."""

_GROWING = f"\n\n{MAY_GROW}: treat one you do not know as something new, and neither as an error nor as another."


_AS = "as"
"""Where a component names another whose words hold of it too."""


class Words(NamedTuple):
    """What is said of a property, and an example of it; None where its schema tells one."""

    says: str
    like: Any = None


class Glossary(NamedTuple):
    """The words of properties by name and by component, and examples of parameters.

    `present` are properties that the example of an object shows although they may be null, `closed` enums that will
    not grow.
    """

    every: Mapping[str, Words]
    components: Mapping[str, Mapping[str, Words]]
    parameters: Mapping[str, Any]
    present: frozenset[str]
    closed: frozenset[str]

    def of(self, component: str, name: str) -> Words | None:
        """Return what the component means by a property, where its name alone does not tell."""
        return self.components.get(component, {}).get(name)


@cache
def glossary() -> Glossary:
    """Return the words that ship with the program."""
    (every,) = documents("words/every.yaml")
    (components,) = documents("words/components.yaml")
    (rest,) = documents("words/parameters.yaml")
    return Glossary(
        every=_words(every["every"]),
        components={name: _words(_with_others(components, said)) for name, said in components.items()},
        parameters={name: plainly(value) for name, value in rest["parameters"].items()},
        present=frozenset(rest["present"]),
        closed=frozenset(rest["closed"]),
    )


def _with_others(components: Mapping[str, Mapping[str, Any]], said: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what is said of a component, and of the one that it is `as`."""
    own = dict(said)
    other = own.pop(_AS, None)
    return own if other is None else {**_with_others(components, components[other]), **own}


def _words(said: Mapping[str, Any]) -> Mapping[str, Words]:
    return {
        name: Words(value[0], plainly(value[1])) if isinstance(value, list) else Words(value)
        for name, value in said.items()
    }


def plainly(value: Any) -> Any:
    """Return a value of a data file as JSON writes it: whole numbers and fractions instead of Decimals."""
    if isinstance(value, Decimal):
        return int(value) if value == int(value) else float(value)
    if isinstance(value, Mapping):
        return {name: plainly(each) for name, each in value.items()}
    if isinstance(value, list):
        return [plainly(each) for each in value]
    return value


def describe(document: dict[str, Any]) -> None:
    """Say of every property what it means, and of every enum whether it may grow."""
    for name, schema in document["components"]["schemas"].items():
        for property_, members in schema.get("properties", {}).items():
            words = glossary().of(name, property_)
            if words is None and "description" not in members:
                words = glossary().every.get(property_)
            if words is not None:
                members["description"] = words.says
        if "enum" in schema and name not in glossary().closed:
            schema["description"] += _GROWING
