"""Entity tags: which bytes an answer has, and whether a condition names them (RFC 9110, sections 8.8.3 and 13.1)."""

import hashlib
import re

_TAG = re.compile(r'(W/)?"([^"]*)"')
_PACKED = re.compile(r"-(?:gzip|zstd|br)$")
_ANY = "*"


def entity_tag(content: bytes) -> str:
    """Return the tag of these bytes, in its quotes: other bytes have another one."""
    return f'"{hashlib.blake2b(content, digest_size=16).hexdigest()}"'


def packed_tag(tag: str, coding: str) -> str:
    """Return the tag of an answer that was packed; a weak one, which several forms may share, is as it was."""
    return tag if tag.startswith("W/") else f'{tag[:-1]}-{coding}"'


def named_by(condition: str | None, tag: str) -> str | None:
    """Return the tag as the header If-None-Match names it, None when it does not.

    Of `"a"` it may name `"a"`, `W/"a"`, `"a-gzip"`, which is `"a"` as it was packed for that reader, or `*`, any.
    """
    if condition is None:
        return None
    if condition.strip() == _ANY:
        return tag
    return next((found[0] for found in _TAG.finditer(condition) if _plain(found[2]) == tag[1:-1]), None)


def required_by(condition: str, tag: str | None) -> bool:
    """Tell whether the header If-Match names the tag of what there is, None for nothing; weak tags name nothing."""
    if tag is None or condition.strip() == _ANY:
        return tag is not None
    return any(not found[1] and _plain(found[2]) == tag[1:-1] for found in _TAG.finditer(condition))


def _plain(opaque: str) -> str:
    return _PACKED.sub("", opaque)
