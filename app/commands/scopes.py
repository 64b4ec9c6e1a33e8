"""The matrix of operations and scopes, as the routes themselves declare it."""

from collections.abc import Iterator
from dataclasses import dataclass

from fastapi import FastAPI
from fastapi.routing import APIRoute, iter_route_contexts

from app.core.access import Scope
from app.http.admission import Requirement, requirement_of

BEGIN, END = "<!-- scopes: begin -->\n", "<!-- scopes: end -->\n"
"""Between these lines a page keeps the matrix."""


class NoMatrix(ValueError):
    """The page has no place for the matrix."""


@dataclass(frozen=True, slots=True, order=True)
class Operation:
    """A route as callers know it, and what it needs of their key; nothing when it is open."""

    path: str
    method: str
    name: str
    scopes: tuple[Scope, ...]
    unlimited: bool


def operations(app: FastAPI) -> list[Operation]:
    """Return every operation below /v1, in order of path and method."""
    return sorted(_operations(app))


def _operations(app: FastAPI) -> Iterator[Operation]:
    for context in iter_route_contexts(app.routes):
        route, path = context.original_route, context.path or ""
        if isinstance(route, APIRoute) and path.startswith("/v1/"):
            needed: Requirement | None = requirement_of(route.dependant)
            scopes = () if needed is None else needed.scopes
            for method in sorted(context.methods or ()):
                yield Operation(path, method, route.name, scopes, needed is not None and needed.unlimited)


def scope_matrix(app: FastAPI) -> str:
    """Return the matrix as a table in Markdown: which scopes let a key do which operation."""
    lines = [
        f"| operation | | {' | '.join(Scope)} |",
        f"|---|---|{'---|' * len(Scope)}",
        *(_line(each) for each in operations(app)),
    ]
    return "\n".join(lines) + "\n"


def _line(operation: Operation) -> str:
    marks = [_mark(operation, scope) for scope in Scope]
    path = operation.path.removeprefix("/v1").replace("/organizations/{organization}", "{org}")
    return f"| `{operation.method} {path}` | `{operation.name}` | {' | '.join(marks)} |"


def _mark(operation: Operation, scope: Scope) -> str:
    if scope not in operation.scopes and scope is not Scope.ADMIN:
        return ""
    return "every" if operation.unlimited else "yes"


def with_matrix(page: str, matrix: str) -> str:
    """Return a page with the matrix in its place; raises NoMatrix."""
    head, begin, rest = page.partition(BEGIN)
    _, end, tail = rest.partition(END)
    if not (begin and end):
        raise NoMatrix(f"The page has no lines {BEGIN.strip()} and {END.strip()}")
    return f"{head}{BEGIN}{matrix}{END}{tail}"
