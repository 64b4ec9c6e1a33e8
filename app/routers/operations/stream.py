"""Events as they happen, as server-sent events."""

from functools import partial
from typing import Annotated, Any, TypeAlias

from fastapi import Depends, Header, Query, Request

from app.core.access import OrganizationAccess
from app.core.calendar.periods import instant_from_ms
from app.core.events import EventKind
from app.http.admission import FOLLOWING, ScopeMissing
from app.http.deps import Keys, MayRead, NowMs, api_router
from app.schemas.inventory.filters import PlantFilter, ResourceFilter
from app.schemas.operations.stream import StreamTicket, position_after, wanted_from
from app.store.engine.outages import DatabaseUnavailable
from app.store.operations.keyring import UnknownKey
from app.store.operations.stream_tickets import TICKET_MS, stream_ticket
from app.store.sql.conflicts import NotThere
from app.stream.reader import EventSource, Reader
from app.stream.response import EVENT_STREAM, EventStream

router = api_router("stream", "/v1/organizations/{organization}/stream")

_EXAMPLE = (
    "id: 0-1042\nevent: month.closed\n"
    'data: {"id":"0-1042","kind":"month.closed","at":"2021-07-04T16:00:00.000Z","plants":null,"resources":null,'
    '"payload":{"month":"2021-06","meters":12,"complete":11,"incomplete":["grid-1"]}}\n\n'
)
_STREAM: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "Events as they happen; `data` is as the document's `webhooks` have it, less `organization`.",
        "content": {EVENT_STREAM: {"schema": {"type": "string"}, "example": _EXAMPLE}},
    }
}


async def _source(request: Request) -> EventSource:
    source: EventSource = request.app.state.events
    return source


Source: TypeAlias = Annotated[EventSource, Depends(_source)]


MayFollow: TypeAlias = Annotated[OrganizationAccess, Depends(FOLLOWING)]


@router.post("/tickets")
def create_stream_ticket(access: MayRead, keyring: Keys, now_ms: NowMs) -> StreamTicket:
    """Make a ticket with which a browser's `EventSource` opens the stream for a minute: `?ticket=` in its address.

    So no key stands in an address. A stream that is open goes on; it ends with the key that the ticket was made with.
    """
    until_ms = now_ms + TICKET_MS
    ticket = stream_ticket(keyring, access.key_code or "", access.organization, until_ms=until_ms)
    return StreamTicket(ticket=ticket, expires_at=instant_from_ms(until_ms))


@router.get("", status_code=200, response_class=EventStream, responses=_STREAM)
async def get_stream(
    access: MayFollow,
    request: Request,
    source: Source,
    kind: Annotated[tuple[EventKind, ...], Query(description="Only these kinds of event; repeat for more.")] = (),
    plant: PlantFilter = (),
    resource: ResourceFilter = (),
    last_event_id: Annotated[str | None, Header(description="Resume after this event.", max_length=80)] = None,
    _ticket: Annotated[
        str | None, Query(alias="ticket", max_length=300, description="A ticket, in place of a key in a header.")
    ] = None,
) -> EventStream:
    """Follow what happens: `id`, `event` (its kind) and `data` (JSON); without `Last-Event-ID`, from now on.

    Events come in order and each once; a reader that was away resumes without loss while events are kept. An event
    `stream.gap` says that some it asked for are not.
    """
    source.admit()
    after = position_after(last_event_id)
    reader = Reader(
        organization_id=access.organization_id,
        wanted=wanted_from(kind, plant, resource),
        position=source.feed.position if after is None else after,
        resumes=after is not None,
    )
    return source.stream(reader, partial(_still_allowed, request))


async def _still_allowed(request: Request) -> bool:
    """Tell whether the request would still be admitted: its key may have been deleted since, or its organization.

    While the database does not tell, there are no events either; it is asked again at the next sign of life.
    """
    try:
        await FOLLOWING.admit(request)
    except (UnknownKey, ScopeMissing, NotThere):
        return False
    except DatabaseUnavailable:
        return True
    return True
