"""Lines that hold other plants than the table they stand in."""

from collections.abc import Iterator

from app.accounting.findings import Finding, Severity
from app.core.sentences import N_, Sentence, listed, sentence
from app.disclosure.checks.relations import parts_of
from app.disclosure.checks.statement import Statement


def lines_of_another_boundary(statement: Statement) -> Iterator[Finding]:
    """Yield a finding for each figure that holds only some of the plants the table is said to cover."""
    told: set[str] = set()
    for line in statement.valued:
        if line.boundary is None or line.boundary == statement.boundary or line.dimensions or line.key in told:
            continue
        told.add(line.key)
        words = sentence(
            N_("%(line)s is a ratio of %(boundary)s alone, in a table of %(whole)s")
            if parts_of(line, statement)
            else N_("%(line)s is a figure of %(boundary)s alone, in a table of %(whole)s"),
            line=line.name,
            boundary=_named(line.boundary),
            whole=_named(statement.boundary),
        )
        mend = sentence(
            "Give %(line)s for the table's whole boundary, or label it with the plants it holds", line=line.key
        )
        yield Finding("boundary_differs", Severity.WARNING, words, mend, line.key)


def _named(plants: frozenset[str]) -> Sentence:
    return listed(sorted(plants)) if plants else sentence("no plant")
