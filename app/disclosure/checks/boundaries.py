"""Lines that hold other plants than the table they stand in."""

from collections.abc import Iterator

from app.accounting.findings import Finding, Severity
from app.disclosure.checks.relations import parts_of
from app.disclosure.checks.statement import Statement


def lines_of_another_boundary(statement: Statement) -> Iterator[Finding]:
    """Yield a finding for each figure that holds only some of the plants the table is said to cover."""
    told: set[str] = set()
    for line in statement.valued:
        if line.boundary is None or line.boundary == statement.boundary or line.dimensions or line.key in told:
            continue
        told.add(line.key)
        ratio = "ratio" if parts_of(line, statement) else "figure"
        words = f"{line.name} is a {ratio} of {_named(line.boundary)} alone, in a table of {_named(statement.boundary)}"
        mend = f"Give {line.key} for the table's whole boundary, or label it with the plants it holds"
        yield Finding("boundary_differs", Severity.WARNING, words, mend, line.key)


def _named(plants: frozenset[str]) -> str:
    return ", ".join(sorted(plants)) or "no plant"
