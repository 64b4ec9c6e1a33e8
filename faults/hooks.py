"""What schemathesis is told of the service it calls: names that exist, so that its cases get past the first look-up."""

import json
import os
import zlib
from typing import Any

import schemathesis

KNOWN = "ESG_FUZZ_KNOWN"
"""The variable with the names there are, as JSON: of each path parameter a list."""

_known: dict[str, list[str]] = json.loads(os.environ.get(KNOWN, "{}"))
_OF_FOUR = 3


@schemathesis.hook
def map_path_parameters(context: Any, path_parameters: dict[str, Any] | None) -> dict[str, Any] | None:
    """Put names that exist in place of generated ones, three times out of four; the operation stays what it was.

    An organization is not deleted by its name: everything after that would be answered 404.
    """
    if not path_parameters or context.operation.label == "DELETE /v1/organizations/{organization}":
        return path_parameters
    named = dict(path_parameters)
    for name, value in path_parameters.items():
        draw = zlib.crc32(repr((name, value)).encode())
        if name in _known and _known[name] and draw % 4 < _OF_FOUR:
            named[name] = _known[name][draw // 4 % len(_known[name])]
    return named
