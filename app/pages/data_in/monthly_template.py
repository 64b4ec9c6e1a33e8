"""The workbook of monthly figures that an organization fills in and uploads: a row a meter, a column a month."""

import io
from collections.abc import Sequence
from decimal import Decimal

from fastapi import APIRouter, Request
from starlette.responses import Response

from app.core.calendar.calendar_periods import CalendarPeriod
from app.http.deps import MayRead, Reads
from app.http.page_route import PageRoute
from app.pages.data_in.monthly_grid import GridRow, is_monthly, monthly_grid, months_of
from app.pages.frame.frame import frame_of
from app.pages.frame.words import gettext as _
from app.schemas.wire.periods import PeriodOnPage
from app.store.arrivals.entered import entered
from app.store.directory.metered import metered
from app.store.sql.conflicts import NotThere

router = APIRouter(include_in_schema=False, route_class=PageRoute, prefix="/organizations/{organization}/upload")

_MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_LARGEST = 2**32
"""What a reading may be in its meter's unit."""

_WIDTHS = (18, 28, 14, 22, 8)
_MONTH_WIDTH = 12


@router.get("/template")
def monthly_template(
    access: MayRead, database: Reads, request: Request, _year: PeriodOnPage, plant: str = ""
) -> Response:
    """Answer with a workbook of the monthly meters of a year, of all plants or of one, with the figures there are."""
    inventory = frame_of(request).inventory
    assert inventory is not None  # noqa: S101 - who may read has an organization to read
    if plant and plant not in {each.code for each in inventory.plants}:
        raise NotThere(f"There is no plant {plant!r} in this organization")
    period = inventory.calendar.named(frame_of(request).year)
    months = months_of(period)
    with entered(database, access.organization_id) as session:
        meters = [each for each in metered(session, access.organization_id) if is_monthly(each)]
        meters = sorted(
            (each for each in meters if plant in ("", each.plant)), key=lambda each: (each.plant, each.spec.code)
        )
        rows = monthly_grid(session, meters, months)
    name = "-".join(filter(None, (access.organization, plant, str(period.name))))
    kept = {"Content-Disposition": f'attachment; filename="{name}.xlsx"', "X-Content-Type-Options": "nosniff"}
    return Response(_workbook(rows, months), media_type=_MEDIA_TYPE, headers=kept)


def _workbook(rows: Sequence[GridRow], months: Sequence[CalendarPeriod]) -> bytes:
    """Return the workbook: what is no figure of a month is locked, without a password, and figures are numbers."""
    import xlsxwriter

    written = io.BytesIO()
    book = xlsxwriter.Workbook(written, {"in_memory": True})
    head = book.add_format({"bold": True, "bg_color": "#E8EEEA", "border": 1, "border_color": "#BFC9C3"})
    figure = book.add_format({"locked": False, "num_format": "General", "border": 1, "border_color": "#DFE5E1"})
    sheet = book.add_worksheet(_("Monthly figures"))
    titles = (_("Meter"), _("Name"), _("Plant"), _("Resource"), _("Unit"))
    sheet.write_row(0, 0, [*titles, *map(str, months)], head)
    for at, row in enumerate(rows, start=1):
        found = row.metered
        sheet.write_row(at, 0, [found.spec.code, found.name, found.plant, found.resource, found.unit])
        for place, cell in enumerate(row.cells, start=len(titles)):
            if cell.value:
                sheet.write_number(at, place, Decimal(cell.value), figure)
            else:
                sheet.write_blank(at, place, None, figure)
    last = max(len(rows), 1), len(titles) + len(months) - 1
    sheet.data_validation(1, len(titles), *last, _only_numbers())
    for at, width in enumerate(_WIDTHS):
        sheet.set_column(at, at, width)
    sheet.set_column(len(titles), last[1], _MONTH_WIDTH)
    sheet.freeze_panes(1, len(titles))
    sheet.protect("", {"format_columns": True, "format_rows": True, "sort": True, "autofilter": True})
    _explain(book)
    book.close()
    return written.getvalue()


def _only_numbers() -> dict[str, object]:
    return {
        "validate": "decimal",
        "criteria": "between",
        "minimum": -_LARGEST,
        "maximum": _LARGEST,
        "error_title": _("A number"),
        "error_message": _("Write the figure of the month as a number, in the unit of column E"),
    }


def _explain(book: object) -> None:
    """Add a sheet of words, behind the one that is read."""
    sheet = book.add_worksheet(_("How to fill it in"))  # type: ignore[attr-defined]
    sheet.set_column(0, 0, 100)
    for at, words in enumerate(
        (
            _("Write what the bill of a month says, in the unit of the meter. An empty cell is no figure; 0 is one."),
            _("Leave the first row and the first column as they are: by these the file is recognized."),
            _("Save the workbook and upload it. You see what it would change before anything is stored."),
        )
    ):
        sheet.write_string(at, 0, words)
