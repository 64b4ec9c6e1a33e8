"""What has moved since a publication, and how two publications of a year differ."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from starlette.responses import Response

from app.core.calendar.fiscal_years import year_of
from app.disclosure.drift.drift import DEFAULT_THRESHOLD_PERCENT, publication_drift
from app.disclosure.figures.typesetting import spaced, typeset_unit
from app.disclosure.history.canonical import document_from
from app.http.deps import MayRead, Reads
from app.http.page_route import PageRoute
from app.pages.rendering import html
from app.routers.disclosures.editions import EditionOfPage
from app.schemas.wire.periods import PeriodInPathOfPage
from app.store.reporting.publications import publication_of

router = APIRouter(
    include_in_schema=False, route_class=PageRoute, prefix="/organizations/{organization}/reports/{framework}/{year}"
)


@dataclass(frozen=True, slots=True)
class Difference:
    """A figure that two publications print differently; None where one of them has none."""

    kpi: str
    title: str
    unit: str
    before: str | None
    after: str | None


@router.get("/{number}/drift")
def drift_page(
    access: MayRead,
    framework: EditionOfPage,
    year: PeriodInPathOfPage,
    number: Annotated[int, Path(ge=1)],
    database: Reads,
) -> Response:
    """Show the figures that are no longer what was published, by how much, and why."""
    found = publication_drift(
        database,
        organization=access.organization,
        framework=framework,
        year=year_of(year),
        number=number,
        threshold=DEFAULT_THRESHOLD_PERCENT,
    )
    return html(
        "reports/drift.html",
        organization=access.organization,
        framework=framework,
        year=year,
        number=number,
        figures=found.figures,
        threshold=found.threshold,
        spaced=spaced,
        unit=typeset_unit,
    )


@router.get("/differences")
def differences_page(
    access: MayRead,
    framework: EditionOfPage,
    year: PeriodInPathOfPage,
    database: Reads,
    before: Annotated[int, Query(ge=1)],
    after: Annotated[int, Query(ge=1)],
) -> Response:
    """Show what one publication prints otherwise than another."""
    with database.read() as session:
        rows = [
            publication_of(session, access.organization_id, framework, year_of(year), each) for each in (before, after)
        ]
        documents = [document_from(each.document) for each in rows]
    return html(
        "reports/differences.html",
        organization=access.organization,
        framework=framework,
        year=year,
        before=before,
        after=after,
        lines=list(differences(*documents)),
    )


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Difference]:
    """Yield what two publications print differently: figures as the later one has them, then what is gone."""
    earlier, later = ({_name(each): each for each in document["figures"]} for document in (before, after))
    for name in dict.fromkeys((*later, *earlier)):
        old, new = (_shown(each.get(name)) for each in (earlier, later))
        if old != new:
            told = later.get(name) or earlier[name]
            dimensions = ", ".join(told["dimensions"].values())
            title = f"{told['title']}, {dimensions}" if dimensions else told["title"]
            yield Difference(told["kpi"], title, typeset_unit(told["unit"]), old, new)


def _name(figure: Mapping[str, Any]) -> str:
    return json.dumps([figure["key"], figure["dimensions"], figure["kpi"]], sort_keys=True)


def _shown(figure: Mapping[str, Any] | None) -> str | None:
    return None if figure is None else figure.get("text") or spaced(figure["display"])
