"""What a fault came to: one row each."""

from collections.abc import Iterable
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Row:
    """One fault on one database.

    `acknowledged`, `lost` and `doubled` count readings; `healthy_s` is the longest time, over all `times`, from the end
    of the fault (from the end of a primary that is lost) until the service took readings again. `note` says what was
    seen besides. `may_lose` is true where losing is what the fault does.
    """

    fault: str
    how: str
    times: int
    acknowledged: int
    lost: int
    doubled: int
    healthy_s: float | None
    note: str = ""
    may_lose: bool = False

    @property
    def holds(self) -> bool:
        """Whether nothing doubled, and nothing was lost where nothing may be."""
        return self.doubled == 0 and (self.may_lose or self.lost == 0)

    def losing(self, why: str) -> "Row":
        """Return this row of a fault that may lose something, and why."""
        return replace(self, may_lose=True, note=", ".join(filter(None, (self.note, why))))


def table(rows: Iterable[Row]) -> str:
    """Return rows as a table in Markdown."""
    lines = ["| fault | how | times | acknowledged | lost | doubled | healthy after, at most | |"]
    lines.append("|---|---|---|---|---|---|---|---|")
    for row in rows:
        healthy = "" if row.healthy_s is None else f"{row.healthy_s:.1f} s"
        counts = (f"{row.times:,}", f"{row.acknowledged:,}", f"{row.lost:,}", f"{row.doubled:,}")
        lines.append(f"| {' | '.join((row.fault, row.how, *counts, healthy, row.note))} |")
    return "\n".join(lines)
