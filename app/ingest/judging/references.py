"""References of event rows: the ticket, manifest or invoice number that tells deliveries of one moment apart."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from app.core.inventory.meters import MeterSpec
from app.core.inventory.resources import MeterKind
from app.core.readings.columns import NO_REFERENCE, ReferenceColumn
from app.ingest.problems import RowCode

LONGEST_REFERENCE = 64

_Reject = Callable[[int, str, RowCode, str], None]


def is_reference(text: str) -> bool:
    """Tell whether a text can be a reference: 1 to 64 printable characters, none of the outer ones a space."""
    return 0 < len(text) <= LONGEST_REFERENCE and text.isprintable() and text == text.strip()


def judged_references(
    texts: Sequence[str | None], specs: Sequence[MeterSpec | None], local: NDArray[np.intp], reject: _Reject
) -> ReferenceColumn | None:
    """Return each row's reference, None when no row has one; row n is of the meter `specs[local[n]]`.

    Only readings of event meters have one: those of other kinds are told apart by their timestamps.
    """
    found = np.full(len(texts), NO_REFERENCE, dtype=object)
    stated = [(at, text) for at, text in enumerate(texts) if text is not None]
    for at, text in stated:
        spec = specs[local[at]]
        if spec is not None and spec.kind is not MeterKind.EVENT:
            detail = f"only a reading of an event meter has a reference; {spec.code!r} is of kind {spec.kind}"
            reject(at, "reference", RowCode.REFERENCE_NOT_ALLOWED, detail)
        elif is_reference(text):
            found[at] = text
        else:
            detail = f"a reference is 1 to {LONGEST_REFERENCE} printable characters without spaces around them"
            reject(at, "reference", RowCode.REFERENCE_UNREADABLE, detail)
    return found if stated else None
