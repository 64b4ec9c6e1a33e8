"""The footnotes of a report: each is told once, with every figure that it is of."""

from app.core.translation import translated
from app.disclosure.figures.wordings import Wording, told_of, wording_of


class Notes:
    """Notes in the order in which they are first needed, numbered from 1."""

    def __init__(self) -> None:
        self._keys: dict[Wording, tuple[int, str, list[str]]] = {}

    def number(self, text: str, key: str) -> int:
        """Return the number of a note of the figure `key`; one that says the same of another figure is the same."""
        number, _, keys = self._keys.setdefault(wording_of(text, key), (len(self._keys) + 1, text, []))
        if key not in keys:
            keys.append(key)
        return number

    @property
    def texts(self) -> tuple[str, ...]:
        """Return the notes in the reader's language, the first with number 1."""
        return tuple(translated(told_of(text, keys[0], keys)) for _, text, keys in self._keys.values())
