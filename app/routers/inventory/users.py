"""Users: list, make, change, disable, give a password."""

from collections.abc import Callable
from typing import Annotated

from anyio import from_thread, to_thread
from fastapi import Path, Request
from sqlmodel import Session

from app import models
from app.core.access import Access, Grant
from app.core.inventory.inventory import FieldProblem, InvalidFields
from app.http.admission import ScopeMissing
from app.http.deps import DEFAULT_LIMIT, Cursor, Db, Keys, Limit, MayAdministerKeys, NowMs, api_router
from app.http.idempotency import DoneOnce
from app.schemas.inventory.users import (
    User,
    UserCreate,
    UserCreated,
    UserPage,
    UserPassword,
    UserUpdate,
    granted_by,
    user_from,
)
from app.schemas.wire.json import ExactJSON
from app.schemas.wire.problems import conflicts
from app.store.engine.database import Database
from app.store.inventory import organizations
from app.store.operations import users
from app.store.operations.keyring import Keyring
from app.store.operations.passwords import PasswordRefused, check_password, hash_password, new_password
from app.store.sql.conflicts import NotThere

router = api_router("users", "/v1/users")
UserCode = Annotated[str, Path(min_length=1, max_length=254, description="The code of the user, or their address.")]


@router.get("")
def list_users(
    access: MayAdministerKeys, database: Db, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None
) -> UserPage:
    """List the users within the caller's reach, in order of code."""
    with database.read() as session:
        page = users.user_page(session, access, cursor=cursor, limit=limit)
    return UserPage(items=[user_from(row) for row in page.items], next=page.next)


@router.post("", status_code=201, response_model=UserCreated, responses=conflicts("email_taken", "secret_shown_once"))
def create_user(
    request: Request, access: MayAdministerKeys, body: UserCreate, database: Db, now_ms: NowMs, once: DoneOnce
) -> ExactJSON:
    """Make a user who signs in by a password; one that the service made is in this answer and nowhere else."""

    def answer_to(created: UserCreated) -> ExactJSON:
        return ExactJSON(created, status_code=201, headers={"Location": f"/v1/users/{created.code}"})

    def keep(session: Session, created: UserCreated) -> None:
        once.keep(session, answer_to(created), has_secret=True)

    hashed = hashing(request)
    return answer_to(made_user(access, body, database, now_ms, keep=keep, hashed=hashed))


def made_user(
    access: Access,
    body: UserCreate,
    database: Database,
    now_ms: int,
    *,
    keep: Callable[[Session, UserCreated], None] | None = None,
    hashed: Callable[[str], str] = hash_password,
) -> UserCreated:
    """Make a user and return them with the password that was made; raises ScopeMissing, InvalidFields, EmailTaken.

    `keep` is called in the same transaction; `hashed` returns what is kept of a password.
    """
    grants = granted_by(body.grants)
    _check_reach(access, grants)
    password = _checked(body.password, email=body.email, name=body.name)
    kept = hashed(password)
    with database.write() as session:
        _check_organizations(session, grants)
        _check_address(session, access, body.email)
        row = users.create_user(session, name=body.name, email=body.email, grants=grants, password=kept, now_ms=now_ms)
        made = _created(row, password, body.password)
        if keep is not None:
            keep(session, made)
    return made


def _check_address(session: Session, access: Access, email: str) -> None:
    """Raise InvalidFields for the address of a user out of the caller's reach, and do not tell that there is one.

    Who works for another organization is no business of this one's; of a user within reach EmailTaken tells.
    """
    if users.user_by_email(session, email) is None:
        return
    try:
        users.user_of(session, access, email)
    except NotThere:
        words = "no user can be made with this address here: take another one, or ask who runs the service"
        raise _invalid("email", "address_not_usable", words) from None


@router.get("/{user}")
def get_user(access: MayAdministerKeys, user: UserCode, database: Db) -> User:
    """Read a user."""
    with database.read() as session:
        return user_from(users.user_of(session, access, user))


@router.patch("/{user}", responses=conflicts("last_administrator"))
def update_user(
    request: Request, access: MayAdministerKeys, user: UserCode, body: UserUpdate, database: Db, keyring: Keys
) -> User:
    """Change the fields that are sent; what a user may do holds from their next request on."""
    spare = request.app.state.settings.admin_key is not None
    return changed_user(access, user, body, database, keyring, spare_key=spare)


def changed_user(
    access: Access, code: str, body: UserUpdate, database: Database, keyring: Keyring, *, spare_key: bool = False
) -> User:
    """Change a user; raises NotThere, ScopeMissing, InvalidFields, LastAdministrator.

    `spare_key` says that the operator has an administrator's key that is not stored.
    """
    grants = None if body.grants is None else granted_by(body.grants)
    if grants is not None:
        _check_reach(access, grants)
    with database.write() as session:
        row = users.user_of(session, access, code, locked=True)
        if grants is not None:
            _check_organizations(session, grants)
            if row.issuer is not None:
                raise _invalid(
                    "grants", "from_provider", f"what {row.name} may do is told by the groups of {row.issuer}"
                )
        users.change_user(session, row, name=body.name, grants=grants, active=body.active, spare_key=spare_key)
        changed = user_from(row)
    keyring.forget_everybody()
    return changed


@router.post("/{user}/password")
def set_user_password(
    request: Request, access: MayAdministerKeys, user: UserCode, body: UserPassword, database: Db, keyring: Keys
) -> UserCreated:
    """Give a user another password, and end their sessions."""
    return with_password(access, user, body, database, keyring, hashed=hashing(request))


def with_password(
    access: Access,
    code: str,
    body: UserPassword,
    database: Database,
    keyring: Keyring,
    *,
    hashed: Callable[[str], str] = hash_password,
) -> UserCreated:
    """Give a user another password; raises NotThere, and InvalidFields for one whose provider vouches for them."""
    with database.read() as session:
        row = users.user_of(session, access, code)
        email, name = row.email, row.name
    password = _checked(body.password, email=email, name=name)
    kept = hashed(password)
    with database.write() as session:
        row = users.user_of(session, access, code, locked=True)
        if row.issuer is not None:
            raise _invalid("password", "from_provider", f"{row.name} signs in at {row.issuer}")
        users.change_user(session, row, password=kept)
        made = _created(row, password, body.password)
    keyring.forget_everybody()
    return made


def hashing(request: Request) -> Callable[[str], str]:
    """Return what hashes a password in the threads for that, of which there are few."""
    limiter = request.app.state.threads.passwords

    async def hashed(password: str) -> str:
        return await to_thread.run_sync(hash_password, password, limiter=limiter)

    return lambda password: from_thread.run(hashed, password)


def _created(row: models.User, password: str, sent: str | None) -> UserCreated:
    return UserCreated(**user_from(row).model_dump(), password=password if sent is None else None)


def _checked(password: str | None, *, email: str, name: str) -> str:
    """Return the password that was sent, or one of ours; raises InvalidFields."""
    if password is None:
        return new_password()
    try:
        check_password(password, email=email, name=name)
    except PasswordRefused as error:
        raise _invalid("password", "weak_password", str(error)) from None
    return password


def _check_organizations(session: Session, grants: list[Grant]) -> None:
    named = sorted({code for each in grants for code in each.organizations or ()})
    if unknown := organizations.unknown_codes(session, named):
        raise _invalid("grants", "unknown_organization", f"unknown: {', '.join(unknown)}")


def _check_reach(access: Access, grants: list[Grant]) -> None:
    if access.organizations is None:
        return
    if any(each.organizations is None for each in grants):
        raise ScopeMissing("Who administers some organizations can only make users of these")
    named = {code for each in grants for code in each.organizations or ()}
    if foreign := sorted(named - access.organizations):
        raise _invalid("grants", "unknown_organization", f"unknown: {', '.join(foreign)}")


def _invalid(field: str, code: str, detail: str) -> InvalidFields:
    return InvalidFields([FieldProblem(field, code, detail)])
