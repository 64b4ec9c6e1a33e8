"""The rows of a framework file that ask for metrics: codes, titles, and how members of families are printed."""

from collections.abc import Mapping
from dataclasses import dataclass

from app.core.datafile import BadDataFile, Row
from app.core.inventory.resources import Aspect, matches
from app.disclosure.frameworks.stated_specs import CodeStatus, status_of

RESOURCE, OWN = "resource", "own"
"""The families whose members are resources: what ships, and what an organization has added that is no energy."""


@dataclass(frozen=True, slots=True)
class PrintRule:
    """Unit and decimals for members of families; a member that is not named fits any. No unit: that of the metric."""

    unit: str | None
    decimals: int
    resource: str | None
    denominator: str | None

    def fits(self, members: Mapping[str, str]) -> bool:
        """Tell whether the rule speaks of these members."""
        resource, denominator = members.get("resource", ""), members.get("denominator", "")
        return (self.resource is None or matches(self.resource, resource)) and (
            self.denominator is None or matches(self.denominator, denominator)
        )


@dataclass(frozen=True, slots=True)
class FigureRow:
    """A line of a framework file; a key with <placeholders> stands for every member of its families.

    `rules` end with the row's own unit and decimals. Each name in `dimensions` is an attribute by which the figure
    is broken down. `place` is that in the file; `also` are further codes that ask for the same figure. With `aspect` it
    stands for an organization's own resources of that aspect.
    """

    kpi: str
    key: str
    title: str
    rules: tuple[PrintRule, ...]
    dimensions: tuple[str, ...]
    status: CodeStatus
    place: int
    also: tuple[str, ...]
    aspect: Aspect | None


def figure_row(row: Row, place: int) -> FigureRow:
    """Return a row of a framework file that asks for a metric; raises BadDataFile."""
    rules = [_rule(item) for item in row.rows("print")] if row.has("print") else []
    unit = row.optional_text("unit") if _is_of_resources(row.text("key")) else row.text("unit")
    rules.append(PrintRule(unit, row.whole("decimals"), None, None))
    found = FigureRow(
        kpi=row.text("kpi"),
        key=row.text("key"),
        title=row.text("title"),
        rules=tuple(rules),
        dimensions=row.texts("dimensions"),
        status=status_of(row),
        place=place,
        also=row.texts("also"),
        aspect=_aspect(row),
    )
    row.close()
    return found


def _is_of_resources(key: str) -> bool:
    """Tell whether a key stands for a figure of each resource, which may be printed in the unit of its own."""
    return any(f"<{family}>" in key for family in (RESOURCE, OWN))


def _aspect(row: Row) -> Aspect | None:
    name = row.optional_text("aspect")
    try:
        return None if name is None else Aspect(name)
    except ValueError as error:
        raise BadDataFile(f"{row.where}: {error}") from error


def _rule(row: Row) -> PrintRule:
    rule = PrintRule(
        row.optional_text("unit"),
        row.whole("decimals"),
        row.optional_text("resource"),
        row.optional_text("denominator"),
    )
    row.close()
    return rule
