"""Where energy comes from by contract: what an instrument covers is of the instrument's source, the rest as metered."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext

from app.accounting.factors.fuel import Fuel
from app.accounting.findings import Finding, Severity
from app.accounting.ledger.activity import Activity
from app.accounting.ledger.instrument import Instrument, carrier_of
from app.accounting.ledger.ledger import Entry, Ledger
from app.accounting.ledger.origin import part_from, states_origin
from app.core.inventory.resources import Origin
from app.core.sentences import N_, Sentence, listed, sentence
from app.core.units.quantities import EXACT, plain

VIEW = sentence("market-based")


@dataclass(frozen=True, slots=True)
class Part:
    """A part of an activity whose energy is of one kind: `quantity` of it, covered by an instrument or by none.

    The quantity is None where nothing is known. `is_whole` tells that no instrument covers any of the activity: then it
    is all of it, as its meters state. `covered_by` are the values by which the instrument's amount reaches so far.
    """

    activity: Activity
    quantity: Decimal | None
    instrument: Instrument | None
    is_whole: bool
    covered_by: tuple[Sentence, ...] = ()

    def share(self, origin: Origin | None) -> Decimal:
        """Return which part of its energy has an origin, 0 to 1: the instrument's, or else what its meters state."""
        if origin is None:
            return Decimal(1)
        stated = None if self.instrument is None else self.instrument.origin
        return part_from(self.activity, origin) if stated is None else Decimal(stated == origin)

    @property
    def is_silent(self) -> bool:
        """Tell whether neither an instrument nor a meter says where it comes from."""
        unsaid = self.instrument is None or self.instrument.origin is None
        return unsaid and self.activity.has_data and not states_origin(self.activity)

    @property
    def notes(self) -> tuple[Sentence, ...]:
        """Return what a figure says of it where contracts decide."""
        if self.is_whole:
            return ()
        if self.instrument is not None:
            told = sentence("%(view)s: %(instrument)s", view=VIEW, instrument=self.instrument.words)
            return (told, *self.covered_by)
        words = sentence(
            N_("%(view)s: %(resource)s that no instrument covers counts as fossil, its origin not being stated")
            if self.is_silent
            else N_("%(view)s: %(resource)s that no instrument covers counts as its meters state"),
            view=VIEW,
            resource=self.activity.resource,
        )
        return (words,)


@dataclass(frozen=True, slots=True)
class Source:
    """What was used of an activity on days on which it converts in one way, and its parts by where they come from.

    `whole` is the activity of all its days.
    """

    whole: Activity
    activity: Activity
    fuel: Fuel
    parts: tuple[Part, ...]


def sources_of(entry: Entry, *, metered: bool) -> list[Source]:
    """Return an entry by how it converts, in the parts that instruments tell apart; `metered` overlooks them."""
    portions = () if metered else entry.by_contract
    if not portions:
        return [
            Source(entry.activity, use.activity, use.fuel, (Part(use.activity, use.activity.quantity, None, True),))
            for use in entry.uses
        ]
    return [
        Source(
            entry.activity,
            use.activity,
            use.fuel,
            tuple(
                Part(each.activity, each.quantity, each.instrument, is_whole=False, covered_by=each.covered_by)
                for each in portions
                if use.activity.first_day <= each.activity.first_day and each.activity.end_day <= use.activity.end_day
            ),
        )
        for use in entry.uses
    ]


def findings_of_contracts(ledger: Ledger, sources: Iterable[Source], *, metered: bool) -> list[Finding]:
    """Return what must be said of origins: what instruments cover, what they leave, and what nobody says."""
    parts = [part for source in sources for part in source.parts]
    found = list(_covered(parts))
    found += [_assumed_fossil(part) if part.instrument is None else _unstated(part) for part in parts if part.is_silent]
    carriers = set() if metered else {carrier_of(part.activity.resource) for part in parts}
    found += [each.finding for each in ledger.findings if each.carrier in carriers]
    return list(dict.fromkeys(found))


def _covered(parts: Sequence[Part]) -> Iterator[Finding]:
    """Say which view was used, and how much of each resource instruments cover."""
    amounts: dict[tuple[str, str], Decimal] = {}
    with localcontext(EXACT):
        for part in parts:
            if part.instrument is not None and part.quantity is not None:
                key = part.activity.resource, part.activity.unit
                amounts[key] = amounts.get(key, Decimal(0)) + part.quantity * part.activity.site.share
    if amounts:
        each = listed(
            sentence("%(amount)s of %(resource)s", amount=f"{plain(amount)} {unit}", resource=resource)
            for (resource, unit), amount in amounts.items()
        )
        words = sentence(
            "the origin of energy is %(view)s: instruments cover %(amounts)s; "
            "the metered view is in the metrics .metered",
            view=VIEW,
            amounts=each,
        )
        yield Finding("origin_by_contract", Severity.INFO, words)


def _unstated(part: Part) -> Finding:
    instrument = part.instrument.code if part.instrument is not None else ""
    words = sentence(
        "the instrument %(instrument)s states no energy source: %(amount)s that it covers do not count as renewable",
        instrument=instrument,
        amount=_amount(part),
    )
    mend = sentence("withdraw it and enter it again with its energy_source")
    return Finding("energy_source_not_stated", Severity.WARNING, words, mend=mend)


def _assumed_fossil(part: Part) -> Finding:
    activity = part.activity
    resource = sentence("%(resource)s of %(plant)s", resource=activity.resource, plant=activity.site.place.plant)
    mend = sentence("state origin on %(meters)s", meters=listed(activity.meters))
    if part.is_whole:
        words = sentence("the origin of %(resource)s is not stated: it counts as fossil", resource=resource)
        return Finding("origin_not_stated", Severity.INFO, words, mend=mend)
    words = sentence(
        "no instrument covers %(amount)s, and their origin is not stated: they count as fossil", amount=_amount(part)
    )
    return Finding("origin_not_stated", Severity.WARNING, words, mend=mend)


def _amount(part: Part) -> Sentence:
    activity = part.activity
    known = "" if part.quantity is None else f"{plain(part.quantity)} "
    return sentence(
        "%(amount)s of %(resource)s of %(plant)s",
        amount=f"{known}{activity.unit}",
        resource=activity.resource,
        plant=activity.site.place.plant,
    )
