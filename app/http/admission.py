"""Who may use a route: the scope that it needs, and the access that its caller gets, settled before a body is read."""

import time
from collections.abc import Iterator
from functools import partial
from typing import Annotated, Any

from anyio import to_thread
from fastapi import Depends, Path, Request, Security
from fastapi.dependencies.models import Dependant
from fastapi.security import APIKeyHeader

from app.core.access import Access, OrganizationAccess, Scope
from app.core.acting import ANONYMOUS, Actor
from app.http.key_limits import KeyLimits
from app.http.sessions import session_access
from app.schemas.wire.texts import Code
from app.store.operations.keyring import Keyring, UnknownKey, access_to
from app.store.operations.page_sessions import SessionOver
from app.store.operations.stream_tickets import access_by_ticket
from app.store.sql.conflicts import NotThere

_api_key = APIKeyHeader(name="X-API-Key", scheme_name="ApiKey", auto_error=False)
_ACCESS = "esg.access"
REQUEST_ID = "esg.request_id"
"""Where a request's scope keeps its id."""
WHOLE_ACCESS = "esg.whole_access"
"""Where it keeps what its caller may do anywhere, of which a page shows what else there is."""


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
        """Let the request in or raise UnknownKey, ScopeMissing, KeyOverLimit, or NotThere for what is out of reach.

        A key in the header counts before a session in the cookie, which acts from our own pages alone
        (CrossSiteRequest).
        """
        access = request.scope[WHOLE_ACCESS] = await self._access(request)
        organization = request.path_params.get("organization")
        if organization is not None and access.grants and not access.reaches(organization):
            raise NotThere("There is no such organization")
        access = access.narrowed(*self.scopes, organization=organization, unlimited=self.unlimited)
        if not access.allows(*self.scopes):
            raise ScopeMissing(f"This needs a key with the scope {' or '.join(self.scopes)}")
        if self.unlimited and access.organizations is not None:
            raise ScopeMissing("This needs a key that is not limited to organizations")
        limits: KeyLimits = request.app.state.key_limits
        await limits.admit(request.scope, access.key_code, request.app.state.threads.admission)
        if organization is not None:
            access = await _within(request, access, organization)
        request.scope[_ACCESS] = access

    async def _access(self, request: Request) -> Access:
        secret = request.headers.get("X-API-Key")
        if secret is None:
            over: UnknownKey | None = None
            try:
                in_session = await session_access(request, now_ms=now_ms(), uses=_ACCESS not in request.scope)
            except SessionOver as error:
                in_session, over = None, error
            if in_session is not None:
                return in_session
            if request.app.state.settings.anonymous_read and request.method == "GET" and self.scopes == (Scope.READ,):
                return Access(None, frozenset({Scope.READ}), None)
            raise over or UnknownKey("Send an API key in the header X-API-Key")
        keyring: Keyring = request.app.state.keyring
        now = now_ms()
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


class _ByTicket(_InOrganization):
    """Lets in by a ticket in the address, too, where no header has a key: a browser's EventSource sends none."""

    async def _access(self, request: Request) -> Access:
        ticket = request.query_params.get("ticket")
        if ticket is None or "X-API-Key" in request.headers:
            return await super()._access(request)
        by_ticket = partial(
            access_by_ticket,
            request.app.state.keyring,
            ticket,
            request.path_params["organization"],
            now_ms=now_ms(),
            opens=_ACCESS not in request.scope,
        )
        return await to_thread.run_sync(by_ticket, limiter=request.app.state.threads.admission)


FOLLOWING = _ByTicket(Scope.READ)
"""What is required of who follows a stream, at its beginning and as long as it lasts."""


def require(*scopes: Scope, unlimited: bool = False) -> Any:
    """Declare the scope a route outside any organization needs; `unlimited` asks for a key that reaches every one."""
    return Depends(_Anywhere(*scopes, unlimited=unlimited))


def require_in_organization(*scopes: Scope, unlimited: bool = False) -> Any:
    """Declare the scope a route below /v1/organizations/{organization} needs."""
    return Depends(_InOrganization(*scopes, unlimited=unlimited))


def actor_of(request: Request, operation: str) -> Actor:
    """Return who asks: the key that was admitted, from which address, and what for."""
    access: Access | None = request.scope.get(_ACCESS)
    return Actor(
        who=ANONYMOUS if access is None or access.key_code is None else access.key_code,
        name=None if access is None else access.key_name,
        operation=operation,
        request_id=request.scope.get(REQUEST_ID),
        address=request.client.host if request.client else None,
    )


def now_ms() -> int:
    """Return the instant it is, UTC milliseconds."""
    return time.time_ns() // 1_000_000


def access_of(request: Request) -> Access | None:
    """Return the access that a request was admitted with; None where the route is open to everybody."""
    access: Access | None = request.scope.get(_ACCESS)
    return access


def requirement_of(dependant: Dependant) -> Requirement | None:
    """Return what a route requires of its caller; None when it is open to everybody."""
    for each in with_dependencies(dependant):
        if isinstance(each.call, Requirement):
            return each.call
    return None


def with_dependencies(dependant: Dependant) -> Iterator[Dependant]:
    """Yield what a route depends on, itself first, and what each of those depends on."""
    yield dependant
    for dependency in dependant.dependencies:
        yield from with_dependencies(dependency)
