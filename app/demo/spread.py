"""Spreading an annual total over slots so that the parts add up to it to the last digit."""

from collections.abc import Sequence
from itertools import accumulate, pairwise


class BadSpread(ValueError):
    """There is no slot with weight to put the total into."""


def spread(total: int, weights: Sequence[int], *, step: int = 1) -> list[int]:
    """Return one part a weight, in proportion to the weights; their sum is `total` exactly.

    total and step are integers of one unit (micro-units here), total >= 0, step >= 1, weights >= 0. Every part is a
    multiple of `step` except the heaviest, which takes what `total` leaves over a multiple. Raises BadSpread.
    """
    if total < 0 or step < 1 or not weights or min(weights) < 0 or max(weights) == 0:
        raise BadSpread(f"cannot spread {total} in steps of {step} over {len(weights)} slots")
    whole, remainder = divmod(total, step)
    bounds = list(accumulate(weights, initial=0))
    marks = [whole * bound // bounds[-1] * step for bound in bounds]
    parts = [end - start for start, end in pairwise(marks)]
    parts[max(range(len(weights)), key=weights.__getitem__)] += remainder
    return parts
