"""An organization's fiscal-year settings as they are stored, and the calendar of reporting periods they make."""

import json
from collections.abc import Mapping, Sequence
from datetime import date
from functools import lru_cache
from typing import Any

from sqlmodel import Session, select

from app.core.calendar.fiscal_calendar import FiscalCalendar
from app.core.calendar.fiscal_years import FiscalYearLabel, FiscalYears, TransitionLength, Weekday, YearEnd, YearEndRule
from app.core.calendar.periods import date_of, day_of
from app.core.inventory.fiscal_settings import calendar_of_settings
from app.models import Organization

_FIELDS = (Organization.fiscal_year_start_month, Organization.fiscal_year_label, Organization.fiscal_years)


def calendar_of(organization: Organization) -> FiscalCalendar:
    """Return the reporting periods of an organization."""
    return _calendar(
        organization.fiscal_year_start_month, organization.fiscal_year_label, organization.fiscal_years or "[]"
    )


def calendar_in(session: Session, organization_id: int) -> FiscalCalendar:
    """Return the reporting periods of the organization with this database key, as its row is now."""
    return _calendar(*session.exec(select(*_FIELDS).where(Organization.id == organization_id)).one())


def undated_setting(organization: Organization) -> FiscalYears:
    """Return the setting that holds before the first dated one: the organization's own fields."""
    return FiscalYears(organization.fiscal_year_start_month, FiscalYearLabel(organization.fiscal_year_label))


def settings_text(dated: Sequence[FiscalYears]) -> str:
    """Return dated settings as they are stored: a JSON list in order of day."""
    return json.dumps([_members(each) for each in sorted(dated, key=lambda each: each.first_day or 0)])


def _members(setting: FiscalYears) -> dict[str, Any]:
    weeks = setting.weeks
    return {
        "valid_from": date_of(setting.first_day or 0).isoformat(),
        "start_month": setting.start_month,
        "label": setting.label,
        "weeks": None if weeks is None else {"weekday": weeks.weekday, "rule": weeks.rule, "month": weeks.month},
        "transition": setting.transition,
    }


@lru_cache(maxsize=1024)
def _calendar(start_month: int, label: str, dated: str) -> FiscalCalendar:
    undated = FiscalYears(start_month, FiscalYearLabel(label))
    return calendar_of_settings(undated, [_setting(each) for each in json.loads(dated)])


def _setting(stored: Mapping[str, Any]) -> FiscalYears:
    weeks, transition = stored["weeks"], stored["transition"]
    return FiscalYears(
        start_month=stored["start_month"],
        label=FiscalYearLabel(stored["label"]),
        first_day=day_of(date.fromisoformat(stored["valid_from"])),
        weeks=None
        if weeks is None
        else YearEnd(Weekday(weeks["weekday"]), YearEndRule(weeks["rule"]), int(weeks["month"])),
        transition=None if transition is None else TransitionLength(transition),
    )
