"""What a handler may ask for: the caller's access, the database, the hour; each by one declaration."""

from collections.abc import Callable
from functools import partial
from typing import Annotated, TypeAlias

from fastapi import APIRouter, Depends, Query, Request

from app.clients.addresses import Reach
from app.core.access import Access, OrganizationAccess, Scope
from app.http.admission import now_ms, require, require_in_organization
from app.http.downloads import DownloadRouter
from app.http.exact_route import PRIMARY, ExactRoute, operation_id
from app.http.threads import Threads
from app.ingest.door.door import Door
from app.ingest.writing.bulk_amend import AMENDMENTS
from app.store.engine.database import Database
from app.store.operations.keyring import Keyring

MayRead: TypeAlias = Annotated[OrganizationAccess, require_in_organization(Scope.READ)]
MayIngest: TypeAlias = Annotated[OrganizationAccess, require_in_organization(Scope.INGEST)]
MayAmend: TypeAlias = Annotated[OrganizationAccess, require_in_organization(Scope.AMEND)]
MayAmendOrPrepare: TypeAlias = Annotated[OrganizationAccess, require_in_organization(Scope.AMEND, Scope.PREPARE)]
MayPrepare: TypeAlias = Annotated[OrganizationAccess, require_in_organization(Scope.PREPARE)]
MayApprove: TypeAlias = Annotated[OrganizationAccess, require_in_organization(Scope.APPROVE)]
MayAudit: TypeAlias = Annotated[OrganizationAccess, require_in_organization(Scope.AUDIT)]
MayAuditAll: TypeAlias = Annotated[Access, require(Scope.AUDIT, unlimited=True)]
MayAdminister: TypeAlias = Annotated[OrganizationAccess, require_in_organization(Scope.ADMIN)]
MayDeleteOrganization: TypeAlias = Annotated[OrganizationAccess, require_in_organization(Scope.ADMIN, unlimited=True)]
MayReadAnywhere: TypeAlias = Annotated[Access, require(Scope.READ)]
MayAdministerKeys: TypeAlias = Annotated[Access, require(Scope.ADMIN)]
MayAdministerAll: TypeAlias = Annotated[Access, require(Scope.ADMIN, unlimited=True)]


async def _now() -> int:
    return now_ms()


async def _database(request: Request) -> Database:
    database: Database = request.app.state.database
    return database


async def _reads(request: Request) -> Database:
    database: Database = request.app.state.reads
    return await _database(request) if request.scope.get(PRIMARY) else database


async def _keyring(request: Request) -> Keyring:
    keyring: Keyring = request.app.state.keyring
    return keyring


async def _waking(request: Request) -> Callable[[], None]:
    wake: Callable[[], None] = request.app.state.runner.wake
    return wake


Waking: TypeAlias = Annotated[Callable[[], None], Depends(_waking)]
"""Has the roller look at once; called after the commit."""


async def _threads(request: Request) -> Threads:
    threads: Threads = request.app.state.threads
    return threads


Workers: TypeAlias = Annotated[Threads, Depends(_threads)]
"""The threads of what must be answered however many slow handlers run."""


async def _waking_amendments(request: Request) -> Callable[[], None]:
    return partial(request.app.state.runner.wake, AMENDMENTS)


WakingAmendments: TypeAlias = Annotated[Callable[[], None], Depends(_waking_amendments)]
"""Has what was ordered of many readings carried out at once; called after the commit."""


async def _door(request: Request) -> Door:
    door: Door = request.app.state.door
    return door


Entrance: TypeAlias = Annotated[Door, Depends(_door)]
"""Where bodies of readings are taken."""


async def _reach(request: Request) -> Reach:
    reach: Reach = request.app.state.settings.reach
    return reach


Outgoing: TypeAlias = Annotated[Reach, Depends(_reach)]
"""What the operator lets outgoing calls reach."""

Db: TypeAlias = Annotated[Database, Depends(_database)]
Reads: TypeAlias = Annotated[Database, Depends(_reads)]
"""The database for handlers that only read: their reads may go to its replica, which has all that was answered."""

Keys: TypeAlias = Annotated[Keyring, Depends(_keyring)]
NowMs: TypeAlias = Annotated[int, Depends(_now)]
"""The instant of the request, UTC milliseconds."""

Limit: TypeAlias = Annotated[int, Query(ge=1, le=1000, description="The most items a page may have.")]
Cursor: TypeAlias = Annotated[
    str | None, Query(max_length=500, description="`next` of the page before; filters repeat.")
]
DEFAULT_LIMIT = 100


def api_router(tag: str, prefix: str) -> APIRouter:
    """Return the router of one subject: its prefix, its one tag, exact JSON both ways, and files below `/files`."""
    return DownloadRouter(prefix=prefix, tags=[tag], route_class=ExactRoute, generate_unique_id_function=operation_id)
