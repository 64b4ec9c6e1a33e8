"""What a handler may ask for: the caller's access, the database, the hour; each by one declaration."""

import time
from collections import Counter
from collections.abc import Callable, Coroutine, Iterator, Mapping
from functools import partial
from typing import Annotated, Any, TypeAlias, get_args, get_origin

from anyio import to_thread
from fastapi import APIRouter, Depends, Path, Query, Request, Security
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from fastapi.security import APIKeyHeader
from starlette.responses import Response

from app.clients.addresses import Reach
from app.core.access import Access, OrganizationAccess, Scope
from app.core.inventory.inventory import FieldProblem, InvalidFields
from app.ingest.door.door import Door
from app.ingest.writing.bulk_amend import AMENDMENTS
from app.schemas.wire.json import ExactRequest, exactly
from app.schemas.wire.number_forms import answering
from app.schemas.wire.texts import Code
from app.store.engine.database import Database
from app.store.engine.replica import ReplicaFailed
from app.store.operations.keyring import Keyring, UnknownKey, access_to
from app.store.sql.conflicts import NotThere
from app.threads import Threads

_api_key = APIKeyHeader(name="X-API-Key", scheme_name="ApiKey", auto_error=False)
_ACCESS = "esg.access"
_PRIMARY = "esg.primary"


class ScopeMissing(PermissionError):
    """The key is good, but not for this."""


class Requirement:
    """The scope a route needs, settled before its body is read; the access it grants is what the handler receives.

    Of several scopes any one does.
    """

    def __init__(self, *scopes: Scope, unlimited: bool = False) -> None:
        self.scopes = scopes
        self.unlimited = unlimited

    async def admit(self, request: Request) -> None:
        """Let the request in or raise UnknownKey, ScopeMissing, or NotThere for an organization out of reach."""
        access = await self._access(request)
        if not access.allows(*self.scopes):
            raise ScopeMissing(f"This needs a key with the scope {' or '.join(self.scopes)}")
        if self.unlimited and access.organizations is not None:
            raise ScopeMissing("This needs a key that is not limited to organizations")
        organization = request.path_params.get("organization")
        if organization is not None:
            access = await _within(request, access, organization)
        request.scope[_ACCESS] = access

    async def _access(self, request: Request) -> Access:
        secret = request.headers.get("X-API-Key")
        if secret is None:
            if request.app.state.settings.anonymous_read and request.method == "GET" and self.scopes == (Scope.READ,):
                return Access(None, frozenset({Scope.READ}), None)
            raise UnknownKey("Send an API key in the header X-API-Key")
        keyring: Keyring = request.app.state.keyring
        now = _now_ms()
        access = keyring.remembered(secret, now)
        if access is None:
            limiter = request.app.state.threads.admission
            access = await to_thread.run_sync(keyring.look_up, secret, now, limiter=limiter)
        return access


async def _within(request: Request, access: Access, organization: str) -> OrganizationAccess:
    keyring: Keyring = request.app.state.keyring
    organization_id = None
    if access.reaches(organization):
        organization_id = keyring.remembered_organization(organization)
        if organization_id is None:
            limiter = request.app.state.threads.admission
            organization_id = await to_thread.run_sync(keyring.look_up_organization, organization, limiter=limiter)
    if organization_id is None:
        raise NotThere("There is no such organization")
    return access_to(access, organization_id, organization)


class _Anywhere(Requirement):
    async def __call__(self, request: Request, _key: Annotated[str | None, Security(_api_key)]) -> Access:
        access: Access = request.scope[_ACCESS]
        return access


class _InOrganization(Requirement):
    async def __call__(
        self,
        request: Request,
        organization: Annotated[Code, Path(description="The code of the organization.")],
        _key: Annotated[str | None, Security(_api_key)],
    ) -> OrganizationAccess:
        access: OrganizationAccess = request.scope[_ACCESS]
        return access


def require(*scopes: Scope, unlimited: bool = False) -> Any:
    """Declare the scope a route outside any organization needs; `unlimited` asks for a key that reaches every one."""
    return Depends(_Anywhere(*scopes, unlimited=unlimited))


def require_in_organization(*scopes: Scope, unlimited: bool = False) -> Any:
    """Declare the scope a route below /v1/organizations/{organization} needs."""
    return Depends(_InOrganization(*scopes, unlimited=unlimited))


MayRead: TypeAlias = Annotated[OrganizationAccess, require_in_organization(Scope.READ)]
MayIngest: TypeAlias = Annotated[OrganizationAccess, require_in_organization(Scope.INGEST)]
MayAmend: TypeAlias = Annotated[OrganizationAccess, require_in_organization(Scope.AMEND)]
MayAmendOrPrepare: TypeAlias = Annotated[OrganizationAccess, require_in_organization(Scope.AMEND, Scope.PREPARE)]
MayPrepare: TypeAlias = Annotated[OrganizationAccess, require_in_organization(Scope.PREPARE)]
MayApprove: TypeAlias = Annotated[OrganizationAccess, require_in_organization(Scope.APPROVE)]
MayAdminister: TypeAlias = Annotated[OrganizationAccess, require_in_organization(Scope.ADMIN)]
MayDeleteOrganization: TypeAlias = Annotated[OrganizationAccess, require_in_organization(Scope.ADMIN, unlimited=True)]
MayReadAnywhere: TypeAlias = Annotated[Access, require(Scope.READ)]
MayAdministerKeys: TypeAlias = Annotated[Access, require(Scope.ADMIN)]
MayAdministerAll: TypeAlias = Annotated[Access, require(Scope.ADMIN, unlimited=True)]


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


async def _now() -> int:
    return _now_ms()


async def _database(request: Request) -> Database:
    database: Database = request.app.state.database
    return database


async def _reads(request: Request) -> Database:
    database: Database = request.app.state.reads
    return await _database(request) if request.scope.get(_PRIMARY) else database


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


class ExactRoute(APIRoute):
    """A route that admits its caller before it reads the body, reads exact JSON and answers with exact JSON."""

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        super().__init__(path, exactly(endpoint, options.get("status_code")), **options)
        requirement = requirement_of(self.dependant)
        if requirement is not None:  # for the OpenAPI document, which says it in words as well
            unlimited = {"x-unlimited-key": True} if requirement.unlimited else {}
            self.openapi_extra = {
                **(self.openapi_extra or {}),
                "x-required-scopes": [scope.value for scope in requirement.scopes],
                **unlimited,
            }

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()
        requirement = requirement_of(self.dependant)
        fields = [each for part in _with_dependencies(self.dependant) for each in part.query_params]
        parameters = {each.alias: _repeats(each.field_info.annotation) for each in fields}

        async def exact(request: Request) -> Response:
            received = ExactRequest(request.scope, request.receive)
            if requirement is not None:
                await requirement.admit(received)
            _refuse_misread(received, parameters)
            if self.body_field is not None:
                await received.read_json()
            with answering(received.headers.get("accept", "")):
                try:
                    answer = await handle(received)
                except ReplicaFailed:  # what only reads can be done again
                    request.scope[_PRIMARY] = True
                    answer = await handle(received)
            if request.method in ("GET", "HEAD"):
                answer.headers.add_vary_header("Accept")
            return answer

        return exact


def _refuse_misread(request: Request, parameters: Mapping[str, bool]) -> None:
    """Raise InvalidFields for query parameters that would not be taken as they were meant.

    `parameters` tells of each that the route has whether it repeats. One that it does not have is refused, since a
    misspelt `dry_run` must not store; so is one that has one value and is given twice, of which one would not count.
    """
    given = Counter(name for name, _ in request.query_params.multi_items())
    there_is = ", ".join(sorted(parameters)) or "none"
    problems = [
        FieldProblem(name, "unknown_parameter", f"There is no such parameter here; there is: {there_is}")
        for name in given
        if name not in parameters
    ]
    problems += [
        FieldProblem(name, "repeated_parameter", "This has one value and is given more than once: send it once")
        for name, times in given.items()
        if times > 1 and not parameters.get(name, True)
    ]
    if problems:
        raise InvalidFields(problems)


def _repeats(annotation: Any) -> bool:
    """Tell whether a parameter of this type takes several values: a list or a tuple, or either of them or null."""
    return any(get_origin(each) in (list, tuple) for each in (annotation, *get_args(annotation)))


def requirement_of(dependant: Dependant) -> Requirement | None:
    """Return what a route requires of its caller; None when it is open to everybody."""
    for each in _with_dependencies(dependant):
        if isinstance(each.call, Requirement):
            return each.call
    return None


def _with_dependencies(dependant: Dependant) -> Iterator[Dependant]:
    yield dependant
    for dependency in dependant.dependencies:
        yield from _with_dependencies(dependency)


def api_router(tag: str, prefix: str) -> APIRouter:
    """Return the router of one subject: its prefix, its one tag, and exact JSON both ways."""
    return APIRouter(prefix=prefix, tags=[tag], route_class=ExactRoute)
