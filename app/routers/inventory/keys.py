"""API keys: list, make, delete."""

from typing import Annotated

from fastapi import Path

from app.core.access import Access
from app.core.calendar.periods import ms_from_instant
from app.core.inventory.inventory import FieldProblem, InvalidFields
from app.deps import DEFAULT_LIMIT, Cursor, Db, Keys, Limit, MayAdministerKeys, NowMs, ScopeMissing, api_router
from app.schemas.inventory.keys import KeyCreate, KeyCreated, KeyPage, key_from
from app.schemas.wire.json import ExactJSON
from app.schemas.wire.texts import Code
from app.store.inventory import organizations
from app.store.operations import keys

router = api_router("keys", "/v1/keys")


@router.get("")
def list_keys(access: MayAdministerKeys, database: Db, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None) -> KeyPage:
    """List the keys within the caller's reach, in order of code; secrets are not shown."""
    with database.read() as session:
        page = keys.key_page(session, access, cursor=cursor, limit=limit)
    return KeyPage(items=[key_from(row) for row in page.items], next=page.next)


@router.post("", status_code=201, response_model=KeyCreated)
def create_key(access: MayAdministerKeys, body: KeyCreate, database: Db, now_ms: NowMs) -> ExactJSON:
    """Make a key; its secret is in this answer and nowhere else."""
    _check_reach(access, body)
    if body.plants is not None:
        raise InvalidFields(
            [FieldProblem("plants", "not_supported", "Keys cannot be bound to plants yet; leave it out")]
        )
    expires_at_ms = None if body.expires_at is None else ms_from_instant(body.expires_at)
    if expires_at_ms is not None and expires_at_ms <= now_ms:
        raise InvalidFields([FieldProblem("expires_at", "in_the_past", "expires_at lies in the past")])
    with database.write() as session:
        unknown = organizations.unknown_codes(session, body.organizations or [])
        if unknown:
            raise InvalidFields(
                [FieldProblem("organizations", "unknown_organization", f"unknown: {', '.join(unknown)}")]
            )
        created, secret = keys.create_key(
            session,
            name=body.name,
            scopes=body.scopes,
            organizations=body.organizations,
            expires_at_ms=expires_at_ms,
            now_ms=now_ms,
        )
    answer = KeyCreated(**key_from(created).model_dump(), key=secret)
    return ExactJSON(answer, status_code=201, headers={"Location": f"/v1/keys/{created.code}"})


@router.delete("/{key}", status_code=204)
def delete_key(
    access: MayAdministerKeys,
    key: Annotated[Code, Path(description="The code of the key, not its secret.")],
    database: Db,
    keyring: Keys,
) -> None:
    """Delete a key; it stops working here at once, in other processes within seconds."""
    with database.write() as session:
        digest = keys.delete_key(session, access, key)
    keyring.forget_key(digest)


def _check_reach(access: Access, body: KeyCreate) -> None:
    if access.organizations is None:
        return
    if body.organizations is None:
        raise ScopeMissing("A key that is limited to organizations can only make keys limited to them")
    if foreign := [code for code in body.organizations if not access.reaches(code)]:
        raise InvalidFields([FieldProblem("organizations", "unknown_organization", f"unknown: {', '.join(foreign)}")])
