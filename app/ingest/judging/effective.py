"""What is remembered of a meter's amounts after some were corrected or withdrawn: only what stands makes what is usual.

Four highest of 5, 6, 7 and 50, where 50 was a slip and is corrected to 5: the slip leaves, and the highest of what
stands that is not among them, another 5, takes its place.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from app.core.inventory.usual import REMEMBERED, Usual
from app.core.readings.columns import COUNTS_BELOW, NO_START, STANDING_STEP, Standing
from app.core.readings.versions import Correction, Version


def amount_of(version: Version) -> int:
    """Return what a version says of how high its meter goes; 0 where it does not count, or covers a time of its own."""
    return abs(version.value) if version.stored < COUNTS_BELOW and version.start == NO_START else 0


def after_corrections(usual: Usual, corrections: Sequence[Correction], standing: Callable[[], Iterable[int]]) -> Usual:
    """Return what is remembered of a meter after corrections of its readings.

    `standing` returns the amounts that stand once they are carried out; it is asked for only where one that was among
    the highest stands no more.
    """
    if usual.lacking is None:
        return usual
    highest, gone = list(usual.highest), 0
    raised: list[int] = []
    for each in corrections:
        old, new = amount_of(each.old), amount_of(each.new)
        if old == new:
            continue
        if old in highest:
            highest.remove(old)
            gone += 1
        if new > min(highest, default=0):
            raised.append(new)
    if gone:
        left = Counter(sorted(standing())[-REMEMBERED:]) - Counter(highest)
        highest += sorted(left.elements())[-gone:]
    else:
        highest = sorted((*highest, *raised))[-max(len(highest), 1) :]
    settled = {each.at for each in corrections if each.new.stored // STANDING_STEP != Standing.SUSPECT}
    far = tuple(each for each in usual.far if each[0] not in settled)
    # Of fewer than are remembered none is the fourth highest: until there are as many again nothing is doubted.
    lacking = max(usual.lacking, REMEMBERED - len(highest))
    return replace(usual, lacking=lacking, highest=tuple(sorted(highest)), far=far)
