"""What an organization looks like from outside."""

from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import Field

from app import models
from app.core.calendar.fiscal_years import FiscalYearLabel
from app.core.calendar.periods import EPOCH, instant_from_ms
from app.core.inventory.inventory import Consolidation, InvalidFields
from app.core.inventory.meters import Plausibility
from app.core.units.quantities import Rounding
from app.disclosure.live.reporting import name_problems, names_of
from app.schemas.wire.base import Change, Received, Shape, unsent
from app.schemas.wire.instants import Day, Instant
from app.schemas.wire.numbers import WholeNumber
from app.schemas.wire.texts import Code, CurrencyCode, Name, Word, ZoneName

Month = Annotated[WholeNumber, Field(ge=1, le=12)]


HistoryDay = Annotated[Day, Field(ge=EPOCH)]
FrameworkNames = Annotated[list[Code], Field(max_length=20)]


class OrganizationCreate(Received):
    """A new reporting entity; `name` is its code when omitted.

    `frameworks` are what it reports by, the main one first: families, of which the edition in force in a year is used,
    or single editions. Null is the service's default. Readings of days before `history_from` are refused; null is the
    service's default, 2000-01-01 where the operator has not said otherwise.
    """

    code: Code
    name: Name | None = None
    timezone: ZoneName
    currency: CurrencyCode
    fiscal_year_start_month: Month = 1
    fiscal_year_label: FiscalYearLabel = FiscalYearLabel.START
    consolidation: Consolidation = Consolidation.OPERATIONAL_CONTROL
    rounding: Rounding = Rounding.HALF_UP
    factor_set: Word | None = None
    frameworks: FrameworkNames | None = None
    plausibility: Plausibility = Plausibility.HISTORY
    history_from: HistoryDay | None = None

    def values(self) -> dict[str, Any]:
        """Return the columns of the new organization; raises InvalidFields for frameworks there are not."""
        names = {"frameworks": _stored(self.frameworks)}
        return {**self.model_dump(), **names, "name": self.name or self.code}


class OrganizationUpdate(Change):
    """What may change of an organization."""

    name: Name = unsent()
    timezone: ZoneName = unsent()
    currency: CurrencyCode = unsent()
    fiscal_year_start_month: Month = unsent()
    fiscal_year_label: FiscalYearLabel = unsent()
    consolidation: Consolidation = unsent()
    rounding: Rounding = unsent()
    factor_set: Word | None = unsent()
    frameworks: FrameworkNames | None = unsent()
    plausibility: Plausibility = unsent()
    history_from: HistoryDay | None = unsent()

    def values(self) -> dict[str, Any]:
        """Return the columns that change; raises InvalidFields for frameworks there are not."""
        sent = dict(self.sent())
        return {**sent, "frameworks": _stored(sent["frameworks"])} if "frameworks" in sent else sent


class Organization(Shape):
    """A reporting entity; `frameworks` are those it reports by, the main one first."""

    code: str
    name: str
    timezone: str
    currency: str
    fiscal_year_start_month: int
    fiscal_year_label: FiscalYearLabel
    consolidation: Consolidation
    rounding: Rounding
    factor_set: str | None
    frameworks: list[str]
    plausibility: Plausibility
    history_from: Day | None
    created_at: Instant


class OrganizationPage(Shape):
    """Some organizations, and the cursor of those that follow."""

    items: list[Organization]
    next: str | None


def organization_from(row: models.Organization) -> Organization:
    """Return the outside view of a stored organization."""
    return Organization(
        code=row.code,
        name=row.name,
        timezone=row.timezone,
        currency=row.currency,
        fiscal_year_start_month=row.fiscal_year_start_month,
        fiscal_year_label=FiscalYearLabel(row.fiscal_year_label),
        consolidation=Consolidation(row.consolidation),
        rounding=Rounding(row.rounding),
        factor_set=row.factor_set,
        frameworks=list(names_of(row)),
        plausibility=Plausibility(row.plausibility),
        history_from=row.history_from,
        created_at=instant_from_ms(row.created_at),
    )


def _stored(names: Sequence[str] | None) -> str | None:
    """Return names of frameworks as they are stored; raises InvalidFields."""
    if names is None:
        return None
    if problems := list(name_problems(names)):
        raise InvalidFields(problems)
    return ",".join(names)
