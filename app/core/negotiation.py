"""What a client accepts: the weighted names of Accept and Accept-Encoding, as RFC 9110 has them in section 12.5."""

from collections.abc import Sequence
from dataclasses import dataclass

_WHOLE = 1_000
_ANY = "*"


@dataclass(frozen=True, slots=True)
class _Named:
    """A name of a header with its weight, 0 to 1,000; 0 means that it is not accepted."""

    name: str
    weight: int


def media_type_preferred(accept: str | None, offered: Sequence[str]) -> str | None:
    """Return which of some media types a client prefers; None when it accepts none of them.

    Of those it weighs alike, the one it names more exactly, then the one it names first, then the first offered: of
    JSON and CSV, `text/csv, */*` has CSV, `*/*` has JSON, `text/csv;q=0.5, application/json` has JSON. Parameters do
    not count, and without a header everything is accepted.
    """
    if accept is None or not accept.strip():
        return offered[0]
    named = _named(accept)
    found = [(rank, media) for at, media in enumerate(offered) if (rank := _rank(media, at, named)) is not None]
    return min(found)[1] if found else None


def _rank(media: str, at: int, named: Sequence[_Named]) -> tuple[int, int, int, int] | None:
    ranges = (media, f"{media.partition('/')[0]}/*", "*/*")
    for generality, each in enumerate(ranges):
        for place, found in enumerate(named):
            if found.name == each:
                return None if found.weight == 0 else (-found.weight, generality, place, at)
    return None


def coding_preferred(accept_encoding: str | None, offered: Sequence[str]) -> str | None:
    """Return which of some content codings a client prefers; None when it is to have none.

    Codings that it weighs alike go by the order of the offer, and each goes before none at all: of br and gzip,
    `gzip, br` has br, `gzip, br;q=0.5` has gzip, `*` has br, `identity, gzip;q=0.5` has none.
    """
    weights = {each.name.removeprefix("x-"): each.weight for each in reversed(_named(accept_encoding or ""))}
    plain = weights.get("identity", 0)
    found = [
        (-weight, at, name) for at, name in enumerate(offered) if (weight := weights.get(name, weights.get(_ANY, 0)))
    ]
    if not found or -min(found)[0] < plain:
        return None
    return min(found)[2]


def _named(header: str) -> list[_Named]:
    """Return the names of a header in its order, in small letters."""
    named = []
    for part in header.split(","):
        name, *parameters = (each.strip().lower() for each in part.split(";"))
        if name:
            named.append(_Named(name, _weight(parameters)))
    return named


def _weight(parameters: Sequence[str]) -> int:
    """Return the weight that parameters give, in thousandths; one that cannot be read counts as none given."""
    for each in parameters:
        name, _, value = each.partition("=")
        if name.strip() == "q":
            try:
                return min(max(round(float(value) * _WHOLE), 0), _WHOLE)
            except (ValueError, OverflowError):
                return _WHOLE
    return _WHOLE
