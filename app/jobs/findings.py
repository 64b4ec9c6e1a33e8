"""Looking for new gaps and for meters that fell silent, and telling of each once."""

import time
from collections.abc import Iterable

from app.core.calendar.periods import HOUR_MS, instant_from_ms
from app.core.events import EventKind
from app.models import Organization, id_of
from app.rollup.issues import IssueKind, IssueQuery, MeterIssue, issues_of
from app.store.directory.metered import metered
from app.store.engine.database import Database
from app.store.inventory.organizations import every_organization
from app.store.outbox.events import append_event
from app.store.reporting.findings import IssueKey, drop_told_issues, keep_told_issues, told_issues

_LOOKS_BACK_MS = 35 * 24 * HOUR_MS
_MOST_LISTED = 100
_KINDS = frozenset({IssueKind.GAP, IssueKind.SILENT})


def tell_findings(database: Database) -> int:
    """Append `issues.found` for gaps of the last five weeks and silent meters that are new; return how many are."""
    with database.read() as session:
        organizations = every_organization(session)
    return sum(_tell(database, organization) for organization in organizations)


def _tell(database: Database, organization: Organization) -> int:
    organization_id, now_ms = id_of(organization), time.time_ns() // 1_000_000
    query = IssueQuery(start_ms=now_ms - _LOOKS_BACK_MS, end_ms=None, now_ms=now_ms, kinds=_KINDS)
    with database.read() as session:
        told = told_issues(session, organization_id)
        found = {
            _key(issue): issue
            for meter in metered(session, organization_id)
            for issue in issues_of(session, meter, query)
        }
    gone = sorted(told - found.keys())
    if not gone and found.keys() <= told:
        return 0
    with database.write() as session:
        drop_told_issues(session, organization_id, gone)
        fresh = [found[key] for key in keep_told_issues(session, organization_id, found.keys() - told)]
        if fresh:
            append_event(
                session,
                organization_id=organization_id,
                kind=EventKind.ISSUES_FOUND,
                payload={"count": len(fresh), "issues": _listed(fresh[:_MOST_LISTED])},
                at_ms=now_ms,
                plants={issue.metered.plant for issue in fresh},
                resources={issue.metered.resource for issue in fresh},
            )
    return len(fresh)


def _key(issue: MeterIssue) -> IssueKey:
    return issue.metered.spec.id, str(issue.kind), issue.start_ms


def _listed(issues: Iterable[MeterIssue]) -> list[dict[str, str]]:
    return [
        {
            "meter": issue.metered.spec.code,
            "plant": issue.metered.plant,
            "kind": str(issue.kind),
            "start": instant_from_ms(issue.start_ms).isoformat().replace("+00:00", "Z"),
            "detail": issue.detail,
            "action": issue.action,
            **({"reference": issue.reference} if issue.reference else {}),
        }
        for issue in issues
    ]
