"""The page of a meter's curve, and what it is drawn of."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Annotated, TypeAlias
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Path, Query, Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from app.core.calendar.periods import date_of, instant_from_ms
from app.core.inventory.resources import MeterKind
from app.disclosure.figures.typesetting import typeset_unit
from app.http.deps import MayRead, NowMs, Reads
from app.http.page_route import PageRoute
from app.pages.frame.frame import frame_of
from app.pages.look.marks import Band, marks_of, reaching
from app.pages.look.newest import newest_of
from app.pages.look.series import beside, curve_of, readings_of, week_of
from app.pages.look.spans import Span, stretch_of
from app.pages.rendering import html
from app.schemas.wire.periods import PeriodOnPage
from app.schemas.wire.texts import Code
from app.store.arrivals.entered import entered
from app.store.directory.metered import Metered, metered
from app.store.rollups.rolling import newest_reading

router = APIRouter(include_in_schema=False, route_class=PageRoute, prefix="/organizations/{organization}/look")

MeterCode: TypeAlias = Annotated[Code, Path()]
MeterAsked: TypeAlias = Annotated[str, Query(max_length=64)]
Day: TypeAlias = Annotated[date, Query(alias="date", ge=date(1972, 1, 1), le=date(2200, 12, 31))]
Around: TypeAlias = Annotated[date | None, Query(alias="date", ge=date(1972, 1, 1), le=date(2200, 12, 31))]
_CELL = 14
"""Size of an hour in the picture of the week."""


@router.get("")
def first_meter(
    access: MayRead, database: Reads, request: Request, _year: PeriodOnPage, meter: MeterAsked = ""
) -> Response:
    """Go on to the meter that is asked for, else to the first one of the chosen plant; or say how one is made.

    The chosen year goes along.
    """
    frame = frame_of(request)
    with database.read() as session:
        found = metered(session, access.organization_id)
    if not found:
        return html("look/none.html", organization=access.organization)
    here = [each for each in found if frame.choice.plant in ("", each.plant)] or found
    code = next((each.spec.code for each in here if each.spec.code == meter), here[0].spec.code)
    address = f"/organizations/{access.organization}/look/{quote(code)}"
    chosen = (("plant", frame.choice.plant), ("framework", frame.choice.framework), ("year", frame.choice.year))
    named = [(name, text) for name, text in chosen if text and name in frame.choice.named]
    return RedirectResponse(f"{address}?{urlencode(named)}" if named else address, status_code=303)


@router.get("/{meter}")
def look_page(
    access: MayRead,
    meter: MeterCode,
    database: Reads,
    now_ms: NowMs,
    request: Request,
    _year: PeriodOnPage,
    span: Span | None = None,
    around: Around = None,
) -> Response:
    """Show a meter's curve of a day, week, month or year, by default the newest month that has a reading.

    Where the address names a year and no date, it is that year, or the span of it that begins on the year's first day.
    """
    frame = frame_of(request)
    if around is None and frame.named_year is not None and frame.inventory is not None:
        around = date_of(frame.inventory.calendar.named(frame.named_year).first_day)
        span = span or Span.YEAR
    span = span or Span.MONTH
    with entered(database, access.organization_id) as session:
        found = metered(session, access.organization_id, meters=[meter])[0]
        newest = newest_reading(session, found.spec)
        newest_shown = newest_of(session, found)
        others = [(each.name, each.spec.code) for each in metered(session, access.organization_id)]
        stretch = stretch_of(span, around or _local_day(found, now_ms if newest is None else newest[0]))
        marks = marks_of(session, found, stretch, now_ms=now_ms)
        week = week_of(session, found, stretch) if span in (Span.MONTH, Span.YEAR) else []
    return html(
        "look/meter.html",
        organization=access.organization,
        meter=found,
        meters=others,
        unit=typeset_unit(found.unit),
        newest=newest_shown,
        marks=marks.counts,
        kind="bars" if found.spec.kind is MeterKind.EVENT else "line",
        stretch=stretch,
        spans=list(Span),
        cells=list(_cells(week)),
        cell=_CELL,
    )


@router.get("/{meter}/series")
def series(
    access: MayRead, meter: MeterCode, database: Reads, now_ms: NowMs, span: Span, around: Day, every: bool = False
) -> Response:
    """Answer the curve of a stretch beside the same a year before, with its marks; `every` reading in place of sums."""
    stretch = stretch_of(span, around)
    with entered(database, access.organization_id) as session:
        found = metered(session, access.organization_id, meters=[meter])[0]
        marks = marks_of(session, found, stretch, now_ms=now_ms)
        if every:
            drawn = reaching(readings_of(session, found, stretch), marks)
            return _answer(
                found, drawn.x, {meter: drawn.y}, marks.bands, [[each.at_s, each.value] for each in marks.dots]
            )
        now, before = (curve_of(session, found, each) for each in (stretch, stretch.years_before))
    now = reaching(now, marks)
    dots = [[each.at_s, None] for each in marks.dots]  # a reading's value is of no height among sums
    drawn_before = beside(now, before, found, stretch)
    return _answer(
        found, now.x, {str(stretch.first): now.y, str(stretch.years_before.first): drawn_before}, marks.bands, dots
    )


def _answer(
    meter: Metered,
    x: list[int],
    curves: dict[str, list[float | None]],
    bands: Sequence[Band],
    dots: Sequence[Sequence[float | None]],
) -> Response:
    """Answer what the page's script draws: instants and a list of values for each label, and marks beside them."""
    drawn = {
        "unit": typeset_unit(meter.unit),
        "labels": list(curves),
        "x": x,
        "series": list(curves.values()),
        "bands": [[each.mark, each.start_s, each.end_s] for each in bands],
        "dots": dots,
    }
    return JSONResponse(drawn, headers={"Cache-Control": "no-store"})


def _cells(week: list[list[float | None]]) -> Iterator[dict[str, object]]:
    """Yield the squares of the picture of a week, the darker the more; empty hours are left out."""
    known = [value for of_day in week for value in of_day if value is not None]
    most = max(known, default=0.0)
    for weekday, of_day in enumerate(week):
        for hour, value in enumerate(of_day):
            if value is not None:
                share = value / most if most > 0 else 0.0
                place = {"x": hour * _CELL, "y": weekday * _CELL}
                yield {
                    **place,
                    "share": f"{max(share, 0.04):.2f}",
                    "value": f"{value:,.3g}",
                    "hour": hour,
                    "day": weekday,
                }


def _local_day(meter: Metered, at_ms: int) -> date:
    return instant_from_ms(at_ms).astimezone(meter.spec.zone).date()
