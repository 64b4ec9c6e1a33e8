"""The frame of a page: who reads it, what they have chosen, and what else they could choose."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from starlette.requests import Request

from app.core.access import Access, Scope
from app.core.calendar.fiscal_years import PeriodName
from app.core.language import gettext
from app.disclosure.frameworks.frameworks import Framework, frameworks
from app.disclosure.live.reporting import framework_for
from app.http.admission import WHOLE_ACCESS, now_ms
from app.http.choice import Choice, choice_of, with_changed
from app.http.sessions import COOKIE
from app.models import Organization, Plant
from app.pages.annual_page import Inventory, inventory_of, reachable_organizations, year_shown
from app.pages.frame.navigation import PLACES, Place
from app.schemas.wire.periods import PERIOD_NAMES, period_named
from app.store.engine.database import Database

_FRAME = "esg.frame"
_OF_A_THING = frozenset({"meter", "key", "figure"})
"""Parts of an address that another organization has not: from there, a choice leads to the annual table."""


@dataclass(frozen=True)
class Frame:
    """What is around every page; `access` is None for who is not signed in, and an organization may not be there.

    `here` is what who reads may do in the organization that is shown, `everywhere` what in every one.
    """

    request: Request
    choice: Choice
    access: Access | None = None
    organizations: Sequence[Organization] = ()
    inventory: Inventory | None = None
    here: Access | None = None
    everywhere: Access | None = None

    @property
    def organization(self) -> Organization | None:
        """Return the organization that is shown."""
        return None if self.inventory is None else self.inventory.organization

    @property
    def name(self) -> str | None:
        """Return what the user or the key is called; None for who is not signed in."""
        return self.access.key_name or "" if self.access and COOKIE in self.request.cookies else None

    @cached_property
    def year(self) -> PeriodName:
        """Return the reporting period that is shown: the chosen one, else the newest with readings."""
        assert self.inventory is not None  # noqa: S101 - asked for only where an organization is
        wanted = period_named(self.choice.year) if re.match(PERIOD_NAMES, self.choice.year) else None
        return year_shown(self.inventory, wanted, now_ms=now_ms())

    @property
    def years(self) -> list[PeriodName]:
        """Return the periods to choose from, newest first."""
        assert self.inventory is not None  # noqa: S101 - asked for only where an organization is
        return self.inventory.years_with(self.year)

    @property
    def plants(self) -> Sequence[Plant]:
        """Return the plants to choose from."""
        return () if self.inventory is None else self.inventory.plants

    @property
    def reported_by(self) -> Framework:
        """Return the edition by which the organization reports the year."""
        assert self.organization is not None  # noqa: S101 - asked for only where an organization is
        return framework_for(self.organization, self.year)

    @property
    def framework(self) -> Framework:
        """Return the edition that is shown: the chosen one, else that by which the year is reported."""
        return frameworks().get(self.choice.framework) or self.reported_by

    @property
    def frameworks(self) -> Sequence[Framework]:
        """Return every edition there is."""
        return tuple(frameworks().values())

    @property
    def path(self) -> str:
        """Return the page's own path."""
        return self.request.url.path

    @property
    def form_path(self) -> str:
        """Return where a choice leads to: to this page, or to the annual table from what only this organization has.

        From a meter's curve it leads to the curves, which keep to the meter where the organization has it.
        """
        if self._meter_looked_at:
            return self.path.rpartition("/")[0]
        return "/" if _OF_A_THING & self.request.path_params.keys() else self.path

    @property
    def form_fields(self) -> Mapping[str, str]:
        """Return what a choice takes along beside what is chosen."""
        return {"meter": self._meter_looked_at} if self._meter_looked_at else {}

    @property
    def _meter_looked_at(self) -> str:
        meter = str(self.request.path_params.get("meter", ""))
        return meter if meter and self.path == f"/organizations/{self.choice.organization}/look/{meter}" else ""

    @property
    def named_year(self) -> PeriodName | None:
        """Return the period that the address itself names; None where it names none."""
        return self.year if "year" in self.choice.named and self.choice.year else None

    def resource_title(self, key: str) -> str:
        """Return what a resource is called."""
        return key if self.inventory is None else gettext(self.inventory.catalogue.named(key).title)

    def plant_name(self, code: str) -> str:
        """Return what a plant of the organization is called."""
        return next((each.name for each in self.plants if each.code == code), code)

    @property
    def places(self) -> Sequence[Place]:
        """Return the pages to go to: those that who reads may open."""
        return [each for each in PLACES if self.may(each.scope)]

    def may(self, scope: str) -> bool:
        """Tell whether who reads has a scope in the organization that is shown: pages lead where one may go alone."""
        return self.here is not None and self.here.allows(Scope(scope))

    @property
    def administers_all(self) -> bool:
        """Tell whether who reads may administer every organization, and so the service."""
        return self.everywhere is not None and self.everywhere.allows(Scope.ADMIN)

    def holds(self, place: Place) -> bool:
        """Tell whether this page belongs to a place: it is there, or below it, whatever framework and year it is of."""
        own = self.address(place.path.partition("/{framework}")[0]).partition("?")[0]
        return self.path == own or (own != "/" and self.path.startswith(f"{own}/"))

    def address(self, path: str) -> str:
        """Return the address of another page with the same choice; a path that names framework and year has those."""
        if self.inventory is None or "{year}" not in path:
            return self.choice.address(path)
        shown = replace(self.choice, framework=self.framework.code, year=str(self.year))
        return shown.address(path)

    def again(self, **changes: str) -> str:
        """Return the address of this page in another language or other colours."""
        return with_changed(self.request, **changes)


def frame_of(request: Request) -> Frame:
    """Return the frame of the page that `request` asks for, with what its caller may know; it is read once.

    Only what is reached is shown: a choice that is out of reach, or of what no longer is, counts as none.
    """
    known: Frame | None = request.scope.get(_FRAME)
    if known is None:
        known = request.scope[_FRAME] = _read(request)
    return known


def _read(request: Request) -> Frame:
    choice = choice_of(request)
    whole: Access | None = request.scope.get(WHOLE_ACCESS)
    access = None if whole is None else whole.narrowed(Scope.READ)
    if whole is None or access is None or not access.allows(Scope.READ):
        return Frame(request, choice, whole)  # who may not read can sign out, and change their password
    database: Database = request.app.state.database
    with database.read() as session:
        organizations = reachable_organizations(session, access)
        if not organizations:
            return Frame(request, choice, access, everywhere=_everywhere(whole))
        chosen = next((each for each in organizations if each.code == choice.organization), organizations[0])
        inventory = inventory_of(session, chosen)
    plants = {each.code for each in inventory.plants}
    choice = replace(
        choice,
        organization=inventory.organization.code,
        plant=choice.plant if choice.plant in plants else "",
        framework=choice.framework if choice.framework in frameworks() else "",
    )
    here = whole.narrowed(organization=inventory.organization.code)
    return Frame(request, choice, access, organizations, inventory, here, _everywhere(whole))


def _everywhere(whole: Access) -> Access | None:
    """Return what is granted for every organization; None where that is nothing."""
    found = whole.narrowed(Scope.ADMIN, unlimited=True)
    return found if found.organizations is None else None
