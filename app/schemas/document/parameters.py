"""Parameters as clients take them: in the order of the path, never null, without an empty default."""

import re
from typing import Any

_PLACES = ("path", "query", "header")


def declare_parameters(path: str, operation: dict[str, Any]) -> None:
    """Put an operation's parameters in order, and say of each only what can be sent.

    Generated functions take path parameters by position: `/meters/{meter}` below an organization must not ask for the
    meter first, where two texts that are swapped go unnoticed.
    """
    in_path = re.findall(r"{(\w+)}", path)
    _leave_out_files(path, operation)
    parameters = operation.get("parameters", [])
    parameters.sort(key=lambda each: (_PLACES.index(each["in"]), *_place(in_path, each)))
    for parameter in parameters:
        parameter["schema"] = _without_null(parameter["schema"])
        if parameter["schema"].get("default") == []:
            del parameter["schema"]["default"]  # a filter that is left out: all
        if parameter["name"] == "format" and path.endswith("/files"):
            parameter["required"] = True  # without it a client would have to set Accept or Content-Type by hand
        if "description" in parameter["schema"] and "description" in parameter:
            del parameter["schema"]["description"]


def _leave_out_files(path: str, operation: dict[str, Any]) -> None:
    """Have an operation that answers JSON say that alone: generated clients choose badly among media types.

    The files it answers as well are of an operation of their own, below `/files`.
    """
    parameters = operation.get("parameters", [])
    kept = [each for each in parameters if (each["in"], each["name"]) != ("query", "format")]
    if path.endswith("/files") or kept == parameters:
        return
    content = operation["responses"]["200"]["content"]
    operation["responses"]["200"]["content"] = {"application/json": content["application/json"]}
    operation["parameters"] = kept


def _place(in_path: list[str], parameter: dict[str, Any]) -> tuple[int, ...]:
    return (in_path.index(parameter["name"]),) if parameter["in"] == "path" else ()


def _without_null(schema: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of a parameter that may be left out but can never be null."""
    choices = [choice for choice in schema.get("anyOf", ()) if choice != {"type": "null"}]
    if len(choices) != 1:
        return schema
    return {**choices[0], **{name: value for name, value in schema.items() if name != "anyOf"}}
