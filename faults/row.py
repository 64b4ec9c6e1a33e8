"""What a fault came to: one row each."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """One fault on one database.

    `acknowledged`, `lost` and `doubled` count readings; `healthy_s` is the longest time, over all `times`, from the end
    of the fault until the service took readings again. `note` says what was seen besides.
    """

    fault: str
    how: str
    times: int
    acknowledged: int
    lost: int
    doubled: int
    healthy_s: float | None
    note: str = ""

    @property
    def holds(self) -> bool:
        """Whether nothing was lost and nothing doubled."""
        return self.lost == self.doubled == 0


def table(rows: Iterable[Row]) -> str:
    """Return rows as a table in Markdown."""
    lines = ["| fault | how | times | acknowledged | lost | doubled | healthy after, at most | |"]
    lines.append("|---|---|---|---|---|---|---|---|")
    for row in rows:
        healthy = "" if row.healthy_s is None else f"{row.healthy_s:.1f} s"
        counts = (f"{row.times:,}", f"{row.acknowledged:,}", f"{row.lost:,}", f"{row.doubled:,}")
        lines.append(f"| {' | '.join((row.fault, row.how, *counts, healthy, row.note))} |")
    return "\n".join(lines)
