"""A body of factors: one as a JSON object, many as `items` or as CSV."""

from dataclasses import dataclass
from typing import Annotated, Any, TypeAlias, cast

from fastapi import Depends, Request
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError

from app.accounting.selection.factor_import import SentFactor
from app.core.inventory.inventory import FieldProblem, InvalidFields
from app.ingest.problems import BodyUnreadable
from app.schemas.factors.factor_imports import MOST_FACTORS
from app.schemas.factors.factor_tables import sent_csv, sent_items
from app.schemas.factors.factors import FactorCreate
from app.schemas.wire.json import ExactRequest

_CSV = "text/csv"
FACTOR_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {
                    "oneOf": [{"$ref": f"#/components/schemas/{name}"} for name in ("FactorCreate", "FactorList")]
                }
            }
        },
    }
}
"""What the document says of a body of JSON; CSV, which is taken as well, has an operation of its own."""

FACTOR_FILE: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/octet-stream": {
                "schema": {"type": "string", "format": "binary"},
                "example": "code,resource,region,method,per,kg_co2e,gwp_set,valid_from,source\n"
                'mix-cn-2021,electricity.grid,CN,market,kWh,0.581,AR5,2021-01-01,"Residual mix, table 1"\n',
            }
        },
    }
}
"""What it says of a file."""


@dataclass(frozen=True, slots=True)
class FactorBody:
    """A body that has been read: the text of CSV, or else the value of JSON."""

    csv: str | None
    value: Any = None


async def _read(request: Request) -> FactorBody:
    received = cast(ExactRequest, request)
    if received.headers.get("content-type", "").partition(";")[0].strip().lower() == _CSV:
        return await _read_csv(request)
    await received.read_json()
    if not await received.body():
        raise BodyUnreadable("empty_body", "The body is empty; send a factor, or many as `items`")
    return FactorBody(None, await received.json())


async def _read_csv(request: Request) -> FactorBody:
    try:
        return FactorBody((await request.body()).decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise BodyUnreadable("not_utf8", f"The body is not UTF-8 at byte {error.start}") from error


Sent: TypeAlias = Annotated[FactorBody, Depends(_read)]
SentFile: TypeAlias = Annotated[FactorBody, Depends(_read_csv)]


def factors_sent(body: FactorBody) -> FactorCreate | list[SentFactor]:
    """Return the one factor of a JSON object, or the rows of many with what is wrong with the form of each.

    Raises RequestValidationError for one factor, InvalidFields for what is no list of factors.
    """
    if body.csv is not None:
        return _bounded(sent_csv(body.csv))
    value = body.value
    if isinstance(value, dict) and "items" in value:
        if set(value) != {"items"} or not isinstance(value["items"], list) or not value["items"]:
            words = 'Many factors are sent as {"items": [...]}, a list with one at least, and nothing beside it'
            raise InvalidFields([FieldProblem("items", "not_a_list", words)])
        return _bounded(sent_items(value["items"]))
    try:
        return FactorCreate.model_validate(value)
    except ValidationError as error:
        raise RequestValidationError([{**each, "loc": ("body", *each["loc"])} for each in error.errors()]) from error


def _bounded(rows: list[SentFactor]) -> list[SentFactor]:
    if len(rows) > MOST_FACTORS:
        words = f"{len(rows)} factors are more than the {MOST_FACTORS} that are taken together: send them in parts"
        raise InvalidFields([FieldProblem("items", "too_long", words)])
    return rows
