"""Which resources emit in which scope, and whose factors they use."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from app.accounting.factors.factor import Method
from app.core.datafile import BadDataFile, Row, documents, rows_of
from app.core.inventory.resources import Resource, matches


@dataclass(frozen=True, slots=True)
class Emitter:
    """A resource, or a pattern ending in `.*`, that emits in a scope; no methods means it is accounted one way only.

    What has all the attributes `less` did not escape: it is deducted.
    """

    resource: str
    scope: int
    methods: tuple[Method, ...]
    factors_of: str | None
    less: Mapping[str, str] = field(default_factory=dict, hash=False)

    def deducts(self, attributes: Mapping[str, str]) -> bool:
        """Tell whether what has these attributes is taken off."""
        return bool(self.less) and self.less.items() <= attributes.items()

    def method(self, asked: Method | None) -> Method | None:
        """Return the method its factors are chosen by when a figure asks for `asked`."""
        return asked if asked in self.methods else None


@lru_cache(maxsize=1)
def emitters() -> tuple[Emitter, ...]:
    """Return the emitters in the order of the data file; raises BadDataFile."""
    return tuple(_emitter(row) for row in rows_of(documents("emissions.yaml")[0], where="emissions.yaml"))


def _emitter(row: Row) -> Emitter:
    emitter = Emitter(
        resource=row.text("resource"),
        scope=row.whole("scope"),
        methods=tuple(Method(method) for method in row.texts("methods")),
        factors_of=row.optional_text("factors_of"),
        less=row.text_map("less"),
    )
    row.close()
    if emitter.scope not in (1, 2):
        raise BadDataFile(f"{row.where}: scope is 1 or 2")
    return emitter


@lru_cache(maxsize=4096)
def emitter_of(resource: Resource) -> Emitter | None:
    """Return how a resource emits, or None when it emits in neither Scope 1 nor Scope 2.

    Its key tells by the patterns of the data file, or else the scope that its organization has stated.
    """
    for emitter in emitters():
        if matches(emitter.resource, resource.key):
            return emitter
    return None if resource.scope is None else Emitter(resource.key, resource.scope, (), None)
