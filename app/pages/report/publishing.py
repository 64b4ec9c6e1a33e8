"""The page that asks once more before a publication is published, and names what is open in it by how grave it is."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Path
from starlette.responses import RedirectResponse, Response

from app.accounting.findings import Finding, Severity
from app.core.calendar.fiscal_years import year_of
from app.core.sentences import sentence
from app.disclosure.frameworks.frameworks import framework_named
from app.disclosure.history.canonical import document_from
from app.disclosure.history.standing import DisclosureStatus, status_of
from app.http.deps import MayApprove, Reads
from app.http.page_route import PageRoute
from app.models import id_of
from app.pages.findings import findings_of
from app.pages.rendering import html
from app.routers.disclosures.editions import EditionOfPage
from app.schemas.wire.periods import PeriodInPathOfPage
from app.store.reporting.comments import comment_counts
from app.store.reporting.publications import listed_of, publication_of

router = APIRouter(
    include_in_schema=False, route_class=PageRoute, prefix="/organizations/{organization}/reports/{framework}/{year}"
)


@router.get("/{number}/publish")
def publishing_page(
    access: MayApprove,
    framework: EditionOfPage,
    year: PeriodInPathOfPage,
    number: Annotated[int, Path(ge=1, le=2**31 - 1)],
    database: Reads,
) -> Response:
    """Show what is open in an approved publication, the gravest first; from any other, go back to the report."""
    with database.read() as session:
        row = publication_of(session, access.organization_id, framework, year_of(year), number)
        standing = status_of(listed_of(session, row))
        comments = comment_counts(session, access.organization_id, [id_of(row)]).get(id_of(row), 0)
    if standing is not DisclosureStatus.APPROVED:
        return RedirectResponse(f"/organizations/{access.organization}/reports/{framework}/{year}", status_code=303)
    document = document_from(row.document)
    findings = findings_of(_kept(document))
    found = Counter(each.severity for each in findings.lines)
    return html(
        "reports/publish.html",
        organization=access.organization,
        framework=framework_named(framework),
        year=year,
        number=number,
        interim=row.interim,
        findings=findings,
        by_severity=[
            (each, [line for line in findings.lines if line.severity is each])
            for each in (Severity.ERROR, Severity.WARNING, Severity.INFO)
            if each in found
        ],
        comments=comments,
    )


def _kept(document: Mapping[str, Any]) -> Iterator[Finding]:
    """Yield the findings that were frozen with a publication."""
    for each in document["checks"]:
        yield Finding(
            each["code"],
            Severity(each["severity"]),
            sentence(each["detail"]),
            sentence(each.get("mend") or ""),
            each.get("key"),
        )
