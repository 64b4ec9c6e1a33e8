"""The route of every operation of the API: what is asked of a request before its handler, and done with its answer."""

import warnings
from collections import Counter
from collections.abc import Callable, Coroutine, Mapping, Sequence
from datetime import timedelta
from functools import partial
from threading import RLock
from typing import Any, get_args, get_origin

from fastapi import Request
from fastapi.routing import APIRoute
from pydantic.warnings import UnsupportedFieldAttributeWarning
from starlette.responses import Response
from starlette.routing import compile_path, get_name

from app.core.acting import acting_as
from app.core.entity_tags import entity_tag
from app.core.inventory.inventory import FieldProblem, InvalidFields
from app.core.negotiation import media_type_preferred
from app.http.admission import actor_of, requirement_of, with_dependencies
from app.http.conditional import IF_NONE_MATCH, NOT_MODIFIED, answer_unless_known, is_from_data
from app.http.deprecation import tell_deprecation
from app.http.idempotency import answer_once
from app.schemas.wire.instants import instant_from_rfc3339
from app.schemas.wire.json import ExactJSON, ExactRequest, WrittenPage, exactly
from app.schemas.wire.links import add_link, next_page
from app.schemas.wire.number_forms import JSON_MEDIA_TYPE, answering
from app.store.engine.replica import ReplicaFailed

PRIMARY = "esg.primary"
"""Where a request's scope keeps that its reads are to go to the primary."""

_MAKING = RLock()
"""Held while a whole route is made, which then is made once; FastAPI asks for what is not there meanwhile."""

# FastAPI gives the type of a body its parameter's name and keeps pydantic from saying that it has no use there: while
# the route is made, and not when the type is built, at its first use.
warnings.filterwarnings("ignore", "The 'alias' attribute", UnsupportedFieldAttributeWarning)


_MOST_ITEMS = 1_000
"""Of a page by the document, which says itself what is beyond it."""


class NotAcceptable(ValueError):
    """The client accepts none of the media types that an operation answers by."""

    def __init__(self, produced: Sequence[str]) -> None:
        super().__init__(f"This answers by {' or '.join(produced)}: name one of them in Accept, or leave it out")


def operation_id(route: APIRoute) -> str:
    """Return the id of a route's operation: the name of its handler."""
    return route.name


class ExactRoute(APIRoute):
    """A route that admits its caller before it reads the body, reads exact JSON and answers with exact JSON.

    It is made in two steps, since there are more than a hundred routes and most processes see a few of them: what
    FastAPI makes of all handlers and their parameters took a quarter of the start. At first it has what requests are
    matched by. When anything else is asked of it, by the first request to it or by the OpenAPI document, the whole
    route is made and this one takes over all that it has, at once, so that no thread sees half of it. An example:
    `route.methods` is there; `route.app` is not, so `__getattr__` is asked, and the second time it is there.
    """

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        self.path = path
        self.path_regex, self.path_format, self.param_convertors = compile_path(path)
        self.methods = {method.upper() for method in options.get("methods") or ("GET",)}
        self.name = options.get("name") or get_name(endpoint)
        self.endpoint = exactly(endpoint, options.get("status_code"))
        self._whole = partial(_WholeRoute, path, self.endpoint, **options)

    def __getattr__(self, name: str) -> Any:
        """Return what is not there before the whole route is made."""
        with _MAKING:
            make = self.__dict__.get("_whole")
            if make is not None:
                whole = make()
                self.__dict__.update(whole.__dict__)
                del self.__dict__["_whole"]
        if name not in self.__dict__:
            raise AttributeError(name)
        return self.__dict__[name]

    @property
    def _is_from_data(self) -> bool:
        """Whether what it answers as JSON depends on what is stored alone; files are written while they are read."""
        return is_from_data(self.endpoint) and JSON_MEDIA_TYPE in _produced(self)

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()
        requirement = requirement_of(self.dependant)
        fields = [each for part in with_dependencies(self.dependant) for each in part.query_params]
        parameters = {each.alias: _repeats(each.field_info.annotation) for each in fields}
        produced, from_data = _produced(self), self._is_from_data

        async def exact(request: Request) -> Response:
            received = ExactRequest(request.scope, request.receive)
            if requirement is not None:
                await requirement.admit(received)
            _refuse_misread(received, parameters)
            _refuse_unacceptable(received, produced)
            if self.body_field is not None:
                await received.read_json()

            async def respond() -> Response:
                with acting_as(actor_of(received, self.name)), answering(received.headers.get("accept", "")):
                    try:
                        return await handle(received)
                    except ReplicaFailed:  # what only reads can be done again
                        request.scope[PRIMARY] = True
                        return await handle(received)

            if request.method == "GET":
                answer = await answer_unless_known(received, respond, depends_on_data_alone=from_data)
                answer.headers.add_vary_header("Accept")
            else:
                answer = _tagged_if_changed(request, await answer_once(received, respond))
            if isinstance(answer, ExactJSON | WrittenPage) and answer.following is not None:
                add_link(answer.headers, next_page(request.url, answer.following), "next")
            tell_deprecation(answer.headers, self.openapi_extra)
            return answer

        return exact


def _tagged_if_changed(request: Request, answer: Response) -> Response:
    """Return the answer to a change with the tag of what the thing is now, which is what GET answers."""
    if request.method in ("PATCH", "PUT") and answer.status_code == 200:
        answer.headers["ETag"] = entity_tag(bytes(answer.body))
    return answer


class _WholeRoute(ExactRoute):
    """The route with all that FastAPI makes of it."""

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        APIRoute.__init__(self, path, endpoint, **options)
        requirement = requirement_of(self.dependant)
        if requirement is not None:  # for the OpenAPI document, which says it in words as well
            unlimited = {"x-unlimited-key": True} if requirement.unlimited else {}
            self.openapi_extra = {
                **(self.openapi_extra or {}),
                "x-required-scopes": [scope.value for scope in requirement.scopes],
                **unlimited,
            }
        if self._is_from_data:
            self.responses = {**self.responses, **NOT_MODIFIED}
            self.openapi_extra = {**(self.openapi_extra or {}), "parameters": [IF_NONE_MATCH]}


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
    most_items = request.app.state.settings.max_page_items
    if not problems and "limit" in parameters and _passes(request.query_params.get("limit", ""), most_items):
        problems.append(FieldProblem("limit", "page_too_large", f"A page has at most {most_items:,} items here"))
    longest_days = request.app.state.settings.max_query_days
    if not problems and longest_days is not None and {"start", "end"} <= parameters.keys():
        problems += _too_wide(request, longest_days)
    if problems:
        raise InvalidFields(problems)


def _passes(limit: str, most: int) -> bool:
    """Tell whether a limit is more than the operator allows, and not so much that nobody allows it."""
    return limit.isascii() and limit.isdigit() and most < int(limit[:5]) <= _MOST_ITEMS


def _too_wide(request: Request, longest_days: int) -> list[FieldProblem]:
    """Return the problem of a range that is longer than the operator allows; what is no instant has its own."""
    try:
        start, end = (instant_from_rfc3339(request.query_params[name]) for name in ("start", "end"))
    except ValueError:
        return []
    except KeyError:
        words = f"A range has a start and an end here, and at most {longest_days} days"
        return [FieldProblem("start" if "start" not in request.query_params else "end", "range_too_wide", words)]
    if end - start <= timedelta(days=longest_days):
        return []
    return [FieldProblem("end", "range_too_wide", f"A range has at most {longest_days} days here: ask for parts of it")]


def _repeats(annotation: Any) -> bool:
    """Tell whether a parameter of this type takes several values: a list or a tuple, or either of them or null."""
    return any(get_origin(each) in (list, tuple) for each in (annotation, *get_args(annotation)))


def _produced(route: APIRoute) -> tuple[str, ...]:
    """Return the media types that a route answers by, the usual one first; none where it answers nothing."""
    if route.status_code == 204:
        return ()
    declared = [
        media for status, each in route.responses.items() if str(status)[0] == "2" for media in each.get("content", ())
    ]
    own = getattr(route.response_class, "media_type", None)
    if own is None and (route.response_field is not None or not declared):
        own = JSON_MEDIA_TYPE
    return tuple(dict.fromkeys([*([own] if own else []), *declared]))


def _refuse_unacceptable(request: Request, produced: Sequence[str]) -> None:
    """Raise NotAcceptable for a caller who accepts nothing of it; where the address says the format, that holds."""
    stated = "format" in request.query_params or "format" in request.path_params
    accept = ",".join(request.headers.getlist("accept"))
    if produced and not stated and media_type_preferred(accept, produced) is None:
        raise NotAcceptable(produced)
