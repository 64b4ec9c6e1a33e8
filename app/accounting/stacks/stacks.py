"""The stacks with a pollutant whose mass no meter weighs, and what is needed to derive it."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from app.accounting.findings import Finding, Severity
from app.accounting.ledger.activity import CountedMeter
from app.accounting.ledger.sites import Site
from app.accounting.years.ledgers import Boundary
from app.core.sentences import Sentence, sentence

FLOW = "air.flow"
_PREFIX, _CONCENTRATION, _MASS = "air.", ".concentration", ".mass"


@dataclass(frozen=True, slots=True)
class Stack:
    """A pollutant of a stack with the two meters that give its mass."""

    site: Site
    name: str
    pollutant: str
    concentration: CountedMeter
    flow: CountedMeter

    @property
    def resource(self) -> str:
        """Return the mass as a resource."""
        return f"{_PREFIX}{self.pollutant}{_MASS}"

    @property
    def words(self) -> Sentence:
        """Return what it is, for findings."""
        return sentence(
            "%(pollutant)s of stack %(stack)s at %(plant)s",
            pollutant=self.pollutant,
            stack=self.name,
            plant=self.site.place.plant,
        )


@dataclass(frozen=True, slots=True)
class _Found:
    """The counted meters of one pollutant at one stack."""

    plant: str
    stack: str
    pollutant: str
    gauges: Sequence[tuple[Site, CountedMeter]]
    flows: Sequence[CountedMeter]


def unweighed(boundary: Boundary) -> list[Finding]:
    """Return which pollutants are gauged and have no mass, because a stack has no flow meter or several of one kind."""
    return [
        Finding(
            "no_mass",
            Severity.WARNING,
            sentence(
                "%(pollutant)s of stack %(stack)s at %(plant)s has no mass: %(gauges)s concentration and "
                "%(flows)s flow meters count, and one of each is needed",
                pollutant=found.pollutant,
                stack=found.stack,
                plant=found.plant,
                gauges=len(found.gauges),
                flows=len(found.flows),
            ),
        )
        for found in _gauged(boundary)
        if not _is_pair(found)
    ]


def stacks_of(boundary: Boundary) -> Iterator[Stack]:
    """Yield each stack and pollutant that has one gauge and one flow meter, and no meter of mass."""
    for found in _gauged(boundary):
        if _is_pair(found):
            site, gauge = found.gauges[0]
            yield Stack(site, found.stack, found.pollutant, gauge, found.flows[0])


def _is_pair(found: _Found) -> bool:
    return len(found.gauges) == 1 and len(found.flows) == 1


def _gauged(boundary: Boundary) -> Iterator[_Found]:
    """Yield each pollutant that is gauged at a stack, unless a meter weighs it there or in the whole plant."""
    flows: dict[tuple[str, str], list[CountedMeter]] = defaultdict(list)
    gauges: dict[tuple[str, str, str], list[tuple[Site, CountedMeter]]] = defaultdict(list)
    weighed: set[tuple[str, str | None, str]] = set()
    for group in boundary.groups:
        plant, stack, pollutant = group.site.place.plant, group.attributes.get("stack"), _pollutant(group.resource)
        if pollutant is not None and group.resource.endswith(_MASS):
            weighed.add((plant, stack, pollutant))
        elif stack is not None and group.resource == FLOW:
            flows[plant, stack] += group.meters
        elif stack is not None and pollutant is not None:
            gauges[plant, stack, pollutant] += [(group.site, meter) for meter in group.meters]
    for (plant, stack, pollutant), found in sorted(gauges.items(), key=lambda item: item[0]):
        if not {(plant, stack, pollutant), (plant, None, pollutant)} & weighed:
            yield _Found(plant, stack, pollutant, found, flows[plant, stack])


def _pollutant(resource: str) -> str | None:
    """Return the pollutant whose concentration or mass a resource is."""
    name = resource.removeprefix(_PREFIX)
    for suffix in (_CONCENTRATION, _MASS):
        if name != resource and name.endswith(suffix):
            return name.removesuffix(suffix)
    return None
