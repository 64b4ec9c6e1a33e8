"""A connector as a request states it, to a source that is not there and at a time that does not come."""

from typing import Any

PULLED: dict[str, Any] = {
    "url": "https://historian.example/values",
    "headers": {"Authorization": "Bearer s3cret"},
    "schedule": "0 0 1 1 *",
    "mapping": {
        "format": "json",
        "records": "items",
        "meter": {"field": "tag"},
        "timestamp": {"field": "at"},
        "value": {"field": "v"},
    },
}
