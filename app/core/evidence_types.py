"""Which files are kept as evidence, by what they are called and how they begin."""

from collections.abc import Mapping

_ZIP, _PDF, _PNG, _JPEG = b"PK\x03\x04", b"%PDF-", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff"
_TEXT = b""
_TYPES: Mapping[str, tuple[str, bytes]] = {
    "pdf": ("application/pdf", _PDF),
    "png": ("image/png", _PNG),
    "jpg": ("image/jpeg", _JPEG),
    "jpeg": ("image/jpeg", _JPEG),
    "xlsx": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", _ZIP),
    "csv": ("text/csv", _TEXT),
    "eml": ("message/rfc822", _TEXT),
}
SUFFIXES = tuple(_TYPES)
TYPE_OF = {suffix: media_type for suffix, (media_type, _) in _TYPES.items()}
_BEGIN = 1_024


class FileUnsuited(ValueError):
    """The file is of no kind that is kept as evidence, or not of the one that its name says."""


def evidence_type(name: str, content: bytes) -> str:
    """Return the media type of a file that is kept as evidence; raises FileUnsuited.

    It is told by the file, never by who sends it: `bill.pdf` begins as PDF does, and text has no NUL.
    """
    suffix = name.rpartition(".")[2].lower()
    if suffix not in _TYPES:
        raise FileUnsuited(f"{name[-80:]!r} is none of {', '.join(SUFFIXES)}")
    media_type, begin = _TYPES[suffix]
    # What a PDF begins with may have some bytes before it.
    fits = begin in content[:_BEGIN] if begin is _PDF else content.startswith(begin)
    if not content or not fits or (begin is _TEXT and b"\0" in content[:_BEGIN]):
        raise FileUnsuited(f"{name[-80:]!r} is called {suffix} and is none")
    return media_type
