"""What a writing transaction changes, gathered while it goes on and appended to the audit log as its last act."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import event, inspect, select
from sqlmodel import Session, col

from app.models import ApiKey, Meter, Organization, Plant, Publication, PublicationComment, PublicationStep, User, id_of
from app.store.audit.chain import SERVICE, Change, append
from app.store.audit.subjects import SUBJECTS, plain, told, value_told

_GATHERED = "esg_audit"
_CODES = {"plant_id": Plant, "meter_id": Meter, "parent_id": Meter, "replaces_id": Meter}
"""Columns that are told by the code of what they refer to."""

_OF_PUBLICATIONS = (PublicationStep, PublicationComment)


class WritingSession(Session):
    """The session of a writing transaction: what it adds, changes and deletes of things that matter is noted."""


@dataclass(slots=True)
class _Touched:
    """A row that the transaction has touched; `before` holds what its columns said first, `gone` all it said last."""

    row: Any
    new: bool
    before: dict[str, Any] = field(default_factory=dict)
    gone: dict[str, Any] | None = None


@dataclass(slots=True)
class _Gathered:
    touched: dict[int, _Touched] = field(default_factory=dict)
    noted: list[Change] = field(default_factory=list)


def note(
    session: Session, organization_id: int, kind: str, subject: str, *, before: Any = None, after: Any = None
) -> None:
    """Note a change that no single row of `SUBJECTS` tells: a list replaced, readings withdrawn, a job started."""
    _gathered(session).noted.append(Change(organization_id, kind, subject, plain(before), plain(after)))


def append_changes(session: Session) -> None:
    """Append what the transaction has changed to the audit log; costs nothing where that is nothing."""
    session.flush()
    gathered: _Gathered | None = session.info.pop(_GATHERED, None)
    if gathered is None:
        return
    changes = [each for touched in gathered.touched.values() for each in _changes(session, touched)] + gathered.noted
    if changes:
        append(session.connection(), changes)


def _gathered(session: Session) -> _Gathered:
    found: _Gathered = session.info.setdefault(_GATHERED, _Gathered())
    return found


@event.listens_for(WritingSession, "before_flush")
def _gather(session: Session, _context: object, _instances: object) -> None:
    for row in session.new:
        if type(row) in SUBJECTS:
            _gathered(session).touched[id(row)] = _Touched(row, new=True)
    for row in session.dirty:
        if type(row) in SUBJECTS:
            found = _gathered(session).touched.setdefault(id(row), _Touched(row, new=False))
            for name, value in _former(row):
                found.before.setdefault(name, value)
    for row in session.deleted:
        if type(row) in SUBJECTS:
            found = _gathered(session).touched.setdefault(id(row), _Touched(row, new=False))
            found.gone = {**told(row), **found.before}


def _former(row: Any) -> Iterator[tuple[str, Any]]:
    attributes = inspect(row).attrs
    for name in inspect(type(row)).column_attrs.keys():  # noqa: SIM118 - no dict
        history = attributes[name].history
        if history.has_changes():
            yield name, value_told(row, name, history.deleted[0] if history.deleted else None)


def _changes(session: Session, touched: _Touched) -> Iterator[Change]:
    """Yield the change of a row, once for each chain that tells of it."""
    row, subject = touched.row, SUBJECTS[type(touched.row)]
    if touched.gone is not None:
        before, after = (None if touched.new else touched.gone), None
    elif touched.new:
        before, after = None, told(row)
    else:
        names = [name for name in touched.before if name not in subject.silent]
        before, after = {name: touched.before[name] for name in names}, told(row, names)
        if not names or (before == after and not subject.secret.intersection(names)):
            return
    if before is None and after is None:
        return
    name = _name_below(session, row) if isinstance(row, _OF_PUBLICATIONS) else subject.name(row)
    for organization_id in _chains(session, row, created_or_deleted=touched.new or touched.gone is not None):
        yield Change(organization_id, subject.kind, name, _named(session, row, before), _named(session, row, after))


def _chains(session: Session, row: Any, *, created_or_deleted: bool) -> list[int]:
    """Return the organizations whose logs tell of a row; that of the service is the one of keys and organizations."""
    if isinstance(row, Organization):
        return [id_of(row), SERVICE] if created_or_deleted else [id_of(row)]
    if isinstance(row, ApiKey | User):
        named = select(col(Organization.id)).where(col(Organization.code).in_(_organizations(row)))
        return [SERVICE, *session.connection().execute(named).scalars()]
    return [int(row.organization_id)]


def _organizations(row: ApiKey | User) -> list[str]:
    """Return the codes of the organizations that a key or a user is for; none for one that is for every one."""
    if isinstance(row, ApiKey):
        return list(row.organizations or ())
    return sorted({code for grant in row.grants for code in grant["organizations"] or ()})


def _named(session: Session, row: Any, values: dict[str, Any] | None) -> dict[str, Any] | None:
    """Return what is told of a row with codes in the place of ids."""
    if values is None:
        return None
    told_values = dict(values)
    for name, model in _CODES.items():
        if told_values.get(name) is not None:
            told_values[name.removesuffix("_id")] = _code(session, row, model, told_values.pop(name))
    return told_values


def _name_below(session: Session, row: PublicationStep | PublicationComment) -> str:
    """Return a step or a comment behind the name of its publication, such as `gri/2021/1/approved`."""
    found = session.get_one(Publication, (row.organization_id, row.publication_id))
    return f"{SUBJECTS[Publication].name(found)}/{SUBJECTS[type(row)].name(row)}"


def _code(session: Session, row: Any, model: Any, row_id: int) -> Any:
    query = select(model.code).where(model.organization_id == row.organization_id, model.id == row_id)
    return session.connection().execute(query).scalar() or row_id
