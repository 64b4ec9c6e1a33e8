"""Passwords: kept as a scrypt hash that takes a tenth of a second and 16 MB to try, and compared in equal time."""

import hashlib
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from functools import cache
from hmac import compare_digest

SHORTEST = 12
LONGEST = 256

_LOG2_N, _R, _P = 14, 8, 5
_MEMORY = 2 * 128 * _R * 2**_LOG2_N
_SALT_BYTES, _HASH_BYTES = 16, 32


class PasswordRefused(ValueError):
    """The password is too short, too long, or the user's own name or address."""


def check_password(password: str, *, email: str, name: str) -> None:
    """Raise PasswordRefused for a password that is not to be a user's.

    What it is made of is left to its owner: length is what makes one hard to guess.
    """
    if not SHORTEST <= len(password) <= LONGEST:
        raise PasswordRefused(f"A password has {SHORTEST} to {LONGEST} characters")
    if password.casefold() in (email.casefold(), name.casefold()):
        raise PasswordRefused("A password is not one's own name or address")
    if len(set(password)) < 5:
        raise PasswordRefused("A password has at least 5 different characters")


def new_password() -> str:
    """Return a password of 120 random bits."""
    return secrets.token_urlsafe(15)


def hash_password(password: str) -> str:
    """Return what is kept of a password, such as `scrypt$14$8$5$salt$hash`, which says how it was made."""
    salt = secrets.token_bytes(_SALT_BYTES)
    made = _scrypt(password, salt, _LOG2_N, _R, _P)
    return f"scrypt${_LOG2_N}${_R}${_P}${_text(salt)}${_text(made)}"


def is_password(password: str, kept: str | None) -> bool:
    """Tell whether a password is the one that a hash was made of; takes as long where there is no hash."""
    _, log2_n, r, p, salt, made = (kept or _nobodys()).split("$")
    tried = _scrypt(password, urlsafe_b64decode(salt), int(log2_n), int(r), int(p))
    return compare_digest(tried, urlsafe_b64decode(made)) and kept is not None


def is_outdated(kept: str) -> bool:
    """Tell whether a hash was made in another way than new ones are, and is to be made anew at the next sign-in."""
    return not kept.startswith(f"scrypt${_LOG2_N}${_R}${_P}$")


def _scrypt(password: str, salt: bytes, log2_n: int, r: int, p: int) -> bytes:
    text = password.encode("utf-8", "surrogatepass")
    return hashlib.scrypt(text, salt=salt, n=2**log2_n, r=r, p=p, maxmem=_MEMORY, dklen=_HASH_BYTES)


@cache
def _nobodys() -> str:
    return hash_password(secrets.token_hex())


def _text(value: bytes) -> str:
    return urlsafe_b64encode(value).decode()
