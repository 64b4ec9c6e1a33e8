"""API keys: list, make, rotate, delete."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated

from fastapi import Path, Request
from sqlmodel import Session

from app.core.access import BINDABLE, Access
from app.core.calendar.periods import ms_from_instant
from app.core.inventory.inventory import FieldProblem, InvalidFields
from app.http.admission import ScopeMissing
from app.http.deps import DEFAULT_LIMIT, Cursor, Db, Keys, Limit, MayAdministerKeys, NowMs, api_router
from app.http.idempotency import DoneOnce
from app.schemas.inventory.keys import KeyCreate, KeyCreated, KeyPage, KeyRotation, key_from
from app.schemas.wire.json import ExactJSON
from app.schemas.wire.problems import conflicts
from app.schemas.wire.texts import Code
from app.store.engine.database import Database
from app.store.inventory import meters, organizations, plants
from app.store.operations import keys, users
from app.store.operations.keyring import Keyring
from app.store.sql.conflicts import NotThere

router = api_router("keys", "/v1/keys")
KeyCode = Annotated[Code, Path(description="The code of the key, not its secret.")]


@router.get("")
def list_keys(access: MayAdministerKeys, database: Db, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None) -> KeyPage:
    """List the keys within the caller's reach, in order of code; secrets are not shown."""
    with database.read() as session:
        page = keys.key_page(session, access, cursor=cursor, limit=limit)
    return KeyPage(items=[key_from(row) for row in page.items], next=page.next)


@router.post("", status_code=201, response_model=KeyCreated, responses=conflicts("secret_shown_once"))
def create_key(access: MayAdministerKeys, body: KeyCreate, database: Db, now_ms: NowMs, once: DoneOnce) -> ExactJSON:
    """Make a key; its secret is in this answer and nowhere else."""

    def answer_to(created: KeyCreated) -> ExactJSON:
        return ExactJSON(created, status_code=201, headers={"Location": f"/v1/keys/{created.code}"})

    def keep(session: Session, created: KeyCreated) -> None:
        once.keep(session, answer_to(created), has_secret=True)

    return answer_to(made_key(access, body, database, now_ms, keep=keep))


def made_key(
    access: Access,
    body: KeyCreate,
    database: Database,
    now_ms: int,
    *,
    keep: Callable[[Session, KeyCreated], None] | None = None,
) -> KeyCreated:
    """Make a key and return it with its secret; raises ScopeMissing and InvalidFields.

    `keep` is called in the same transaction.
    """
    _check_reach(access, body)
    expires_at_ms = _end_of(body.expires_at, now_ms)
    with database.write() as session:
        _check(session, body)
        owner = _owner_of(session, access, body.owner)
        created, secret = keys.create_key(
            session,
            name=body.name,
            scopes=body.scopes,
            organizations=body.organizations,
            plants=body.plants,
            meters=body.meters,
            expires_at_ms=expires_at_ms,
            now_ms=now_ms,
            owner=owner,
        )
        made = KeyCreated(**key_from(created).model_dump(), key=secret)
        if keep is not None:
            keep(session, made)
    return made


@router.post("/{key}/rotate", responses=conflicts("last_administrator"))
def rotate_key(
    request: Request,
    access: MayAdministerKeys,
    key: KeyCode,
    body: KeyRotation,
    database: Db,
    keyring: Keys,
    now_ms: NowMs,
) -> KeyCreated:
    """Give a key a new secret, shown in this answer alone; the one before works beside it for a while."""
    return rotated_key(access, key, body, database, keyring, now_ms, spare_key=_has_spare(request))


def rotated_key(
    access: Access,
    code: str,
    body: KeyRotation,
    database: Database,
    keyring: Keyring,
    now_ms: int,
    *,
    spare_key: bool = False,
) -> KeyCreated:
    """Give a key another secret and return it with that; raises NotThere, InvalidFields and LastAdministrator.

    `spare_key` says that the operator has an administrator's key that is not stored.
    """
    with database.write() as session:
        rotated, secret, before = keys.rotate_key(
            session,
            access,
            code,
            until_ms=now_ms + body.overlap_s * 1_000,
            expires_at_ms=_end_of(body.expires_at, now_ms),
            now_ms=now_ms,
            spare_key=spare_key,
        )
    for digest in before:
        keyring.forget_key(digest)
    return KeyCreated(**key_from(rotated).model_dump(), key=secret)


@router.delete("/{key}", status_code=204, responses=conflicts("last_administrator"))
def delete_key(request: Request, access: MayAdministerKeys, key: KeyCode, database: Db, keyring: Keys) -> None:
    """Delete a key; it stops working here at once, in other processes within seconds."""
    forgotten_key(access, key, database, keyring, spare_key=_has_spare(request))


def forgotten_key(access: Access, code: str, database: Database, keyring: Keyring, *, spare_key: bool = False) -> None:
    """Delete a key; raises NotThere and LastAdministrator. `spare_key` as of `rotated_key`."""
    with database.write() as session:
        digests = keys.delete_key(session, access, code, spare_key=spare_key)
    for digest in digests:
        keyring.forget_key(digest)


def _has_spare(request: Request) -> bool:
    return request.app.state.settings.admin_key is not None


def _check(session: Session, body: KeyCreate) -> None:
    """Raise InvalidFields for organizations, plants and meters that a new key cannot be held to."""
    if unknown := organizations.unknown_codes(session, body.organizations or []):
        raise _invalid("organizations", "unknown_organization", f"unknown: {', '.join(unknown)}")
    if body.plants is None and body.meters is None:
        return
    if body.organizations is None or len(set(body.organizations)) != 1:
        raise _invalid("organizations", "one_organization", "plants and meters are those of one organization: name it")
    if unbound := [scope for scope in body.scopes if scope not in BINDABLE]:
        words = f"a key with plants or meters cannot have {', '.join(unbound)}, only ingest: make another key for that"
        raise _invalid("scopes", "not_bindable", words)
    organization_id = organizations.organization_of(session, body.organizations[0]).id or 0
    for field, known in (("plants", plants.unknown_plants), ("meters", meters.unknown_meters)):
        if missing := known(session, organization_id, getattr(body, field) or []):
            raise _invalid(field, f"unknown_{field[:-1]}", f"unknown: {', '.join(missing)}")


def _owner_of(session: Session, access: Access, owner: str | None) -> str | None:
    """Return the code of the user whose key it shall be, told by code or address; raises InvalidFields."""
    if owner is None:
        return None
    try:
        user = users.user_of(session, access, owner)
    except NotThere:
        user = None
    if user is None or not user.active:
        raise _invalid("owner", "unknown_user", f"there is no active user {owner!r}")
    return user.code


def _end_of(expires_at: datetime | None, now_ms: int) -> int | None:
    expires_at_ms = None if expires_at is None else ms_from_instant(expires_at)
    if expires_at_ms is not None and expires_at_ms <= now_ms:
        raise _invalid("expires_at", "in_the_past", "expires_at lies in the past")
    return expires_at_ms


def _check_reach(access: Access, body: KeyCreate) -> None:
    if access.organizations is None:
        return
    if body.organizations is None:
        raise ScopeMissing("A key that is limited to organizations can only make keys limited to them")
    if foreign := [code for code in body.organizations if not access.reaches(code)]:
        raise _invalid("organizations", "unknown_organization", f"unknown: {', '.join(foreign)}")


def _invalid(field: str, code: str, detail: str) -> InvalidFields:
    return InvalidFields([FieldProblem(field, code, detail)])
