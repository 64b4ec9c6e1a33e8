"""Who looks at a page: a user or the holder of a key, by their session, or anybody where that is allowed."""

from dataclasses import dataclass
from typing import Annotated, TypeAlias

from fastapi import Depends, Request

from app.core.access import Access, Scope
from app.http.admission import WHOLE_ACCESS, now_ms
from app.http.sessions import session_access
from app.store.operations.page_sessions import SessionOver


@dataclass(frozen=True, slots=True)
class Reader:
    """Whoever looks at a page, and whether a session of their own let them in; `whole` is all that they may do."""

    access: Access
    signed_in: bool
    whole: Access

    @property
    def name(self) -> str | None:
        """Return what the user or the key is called; None for who is not signed in."""
        return self.access.key_name if self.signed_in else None


async def reader_of(request: Request, *, uses: bool = True) -> Reader | None:
    """Return who reads, by their session or else anonymously where that is allowed; None when nobody may.

    `uses` is false for what a page asks by itself, which keeps no session alive.
    """
    try:
        access = await session_access(request, now_ms=now_ms(), uses=uses)
    except SessionOver:
        access = None
    if access is not None and access.allows(Scope.READ):
        return Reader(access.narrowed(Scope.READ), signed_in=True, whole=access)
    if request.app.state.settings.anonymous_read:
        anybody = Access(None, frozenset({Scope.READ}), None)
        return Reader(anybody, signed_in=False, whole=anybody)
    return None


async def _reader(request: Request) -> Reader | None:
    found = await reader_of(request)
    if found is not None:
        request.scope[WHOLE_ACCESS] = found.whole
    return found


ReaderOrNone: TypeAlias = Annotated[Reader | None, Depends(_reader)]
