"""Resources that an organization added before the service shipped them: its own meaning stands, and that is told."""

from collections.abc import Iterable, Iterator

from app.accounting.findings import Finding, Severity
from app.core.inventory.resources import SHIPPED, Catalogue, UnknownResource
from app.core.sentences import listed, sentence


def resources_that_ship_now(catalogue: Catalogue, metered: Iterable[str]) -> Iterator[Finding]:
    """Yield a finding for each metered own resource whose key the catalogue that ships has too."""
    for resource in catalogue.own:
        try:
            shipped = SHIPPED.named(resource.key)
        except UnknownResource:
            continue
        if resource.key in metered:
            own, ships = (listed([sentence(each.title), each.unit]) for each in (resource, shipped))
            words = sentence(
                "%(resource)s is the organization's own (%(own)s) and ships by now (%(ships)s): the own one stands",
                resource=resource.key,
                own=own,
                ships=ships,
            )
            mend = sentence(
                "Define it under another key, and let new meters of that replace these, to have the one that ships"
            )
            yield Finding("resource_ships", Severity.WARNING, words, mend)
