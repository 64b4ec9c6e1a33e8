"""Which rows are things whose changes mean something, what they are called, and what of them is told."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from hashlib import sha256
from typing import Any, TypeAlias

from sqlalchemy import inspect

from app import models

_LONGEST_TEXT = 4_096
_SECRET = "(secret)"  # noqa: S105 - what stands for one
Named: TypeAlias = Callable[[Any], str]


@dataclass(frozen=True, slots=True)
class Subject:
    """How rows of a table are told of: as what, by which name, and which columns are left out or told to be there."""

    kind: str
    name: Named
    silent: frozenset[str] = frozenset()
    secret: frozenset[str] = frozenset()


def _subject(kind: str, name: Named, *, silent: str = "", secret: str = "") -> Subject:
    return Subject(kind, name, frozenset({"id", "organization_id", *silent.split()}), frozenset(secret.split()))


def _code(row: Any) -> str:
    return str(row.code)


def _publication(row: Any) -> str:
    return publication_name(row.framework, row.year, row.number)


def publication_name(framework: str, year: int, number: int) -> str:
    """Return what a publication is called in the audit log; its steps have `/approved` and the like behind it.

    Its comments have `/comments/1` and the like.
    """
    return f"{framework}/{year}/{number}"


SUBJECTS: Mapping[type, Subject] = {
    models.Organization: _subject("organization", _code, silent="inventory_version"),
    models.Plant: _subject("plant", _code),
    models.Meter: _subject("meter", _code),
    models.Exchange: _subject("exchange", lambda row: str(row.at)),
    models.OwnResource: _subject("resource", lambda row: str(row.key)),
    models.OwnFactor: _subject("factor", _code),
    models.OwnCalorificValue: _subject("calorific value", _code),
    models.Instrument: _subject("instrument", _code),
    models.Datapoint: _subject("datapoint", _code),
    models.PermitLimit: _subject("limit", _code),
    models.Target: _subject("target", _code),
    models.TargetBase: _subject("target base", lambda row: f"{row.target}/{row.number}"),
    models.ImportedPublication: _subject("imported publication", _code),
    models.Publication: _subject("publication", _publication),
    models.PublicationStep: _subject("publication", lambda row: str(row.step), silent="publication_id"),
    models.PublicationComment: _subject(
        "publication", lambda row: f"comments/{row.number}", silent="publication_id number"
    ),
    models.BulkAmendment: _subject(
        "amendment", lambda row: str(row.batch_id), silent="position changed passed_over finished_at"
    ),
    models.NamedMapping: _subject("mapping", lambda row: str(row.name)),
    models.Connector: _subject(
        "connector",
        _code,
        silent="page_url page_newest failures lease leased_until",
        secret="headers",  # noqa: S106 - the name of a column
    ),
    models.Webhook: _subject(
        "webhook",
        _code,
        silent="after_transaction after_number lease leased_until",
        secret="secret previous_secret",  # noqa: S106 - names of columns
    ),
    models.User: _subject(
        "user",
        _code,
        silent="signed_in_at stamp",
        secret="password",  # noqa: S106 - the name of a column
    ),
    models.ApiKey: _subject(
        "key",
        _code,
        silent="last_used_at",
        secret="digest previous_digest",  # noqa: S106 - names of columns
    ),
}
"""Lists that are replaced as a whole, and changes of readings, are told of by who makes them: see `note`."""


def told(row: Any, names: list[str] | None = None) -> dict[str, Any]:
    """Return what is told of a row: all its columns that are not silent, or some of them."""
    subject = SUBJECTS[type(row)]
    columns = inspect(type(row)).column_attrs.keys() if names is None else names
    return {name: _plain(subject, name, getattr(row, name)) for name in columns if name not in subject.silent}


def value_told(row: Any, name: str, value: Any) -> Any:
    """Return a former value of a column as it is told of."""
    return _plain(SUBJECTS[type(row)], name, value)


def _plain(subject: Subject, name: str, value: Any) -> Any:
    if name in subject.secret:
        return dict.fromkeys(value, _SECRET) if isinstance(value, dict) else _SECRET if value else None
    return plain(value)


def plain(value: Any) -> Any:
    """Return a value as JSON has it: decimals and days as texts, and of a long text its hash and length."""
    if isinstance(value, Mapping):
        return {str(key): plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, str) and len(value) > _LONGEST_TEXT:
        return {"sha256": sha256(value.encode("utf-8", "surrogatepass")).hexdigest(), "characters": len(value)}
    if value is None or isinstance(value, str | bool | int):
        return value
    return str(value)
