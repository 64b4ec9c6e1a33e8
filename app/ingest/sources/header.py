"""The names of a table's columns, from its header of one line or more."""

from collections import Counter
from collections.abc import Sequence


def column_names(lines: Sequence[Sequence[str]]) -> list[str]:
    """Return a name for each column; one that is not named has none, and of equal names the second is `name (2)`.

    The lines of a header are joined by a space. In all but the last an empty cell has the text to its left, since
    merged cells keep theirs in the first of them:

        Hall 1 |       | Hall 2
        kWh    | m3    | kWh        make `Hall 1 kWh`, `Hall 1 m3`, `Hall 2 kWh`
    """
    width = max(map(len, lines), default=0)
    padded = [[*(text.strip() for text in line), *[""] * (width - len(line))] for line in lines]
    spread = [_spread(line) for line in padded[:-1]] + padded[-1:]
    return _distinct([" ".join(filter(None, texts)) for texts in zip(*spread, strict=True)])


def _spread(line: Sequence[str]) -> list[str]:
    texts: list[str] = []
    for text in line:
        texts.append(text or (texts[-1] if texts else ""))
    return texts


def _distinct(names: Sequence[str]) -> list[str]:
    seen: Counter[str] = Counter()
    result = []
    for name in names:
        seen[name] += 1
        result.append(f"{name} ({seen[name]})" if name and seen[name] > 1 else name)
    return result
