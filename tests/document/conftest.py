"""The document as the program prints it, made once."""

import json
from typing import Any

import pytest

from app.cli import openapi_text


@pytest.fixture(scope="package")
def document() -> dict[str, Any]:
    """The OpenAPI document."""
    read: dict[str, Any] = json.loads(openapi_text())
    return read
