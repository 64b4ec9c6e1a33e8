"""Sealing what other systems trust us with, by keys that are in the environment and not in the database."""

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cryptography.fernet import MultiFernet

_SEALED = "fernet:"
"""How a sealed text begins; what begins otherwise was stored before there was a key."""


class SecretsLocked(RuntimeError):
    """A secret was sealed by a key that is not among those of ESG_SECRET_KEY."""

    def __init__(self) -> None:
        super().__init__("A stored secret cannot be opened: its key is not in ESG_SECRET_KEY")


class SecretBox:
    """Seals texts by the first of some Fernet keys and opens what any of them sealed; without a key texts stay plain.

    So a key is replaced in three steps: the new one is put before the old one everywhere, everything is sealed anew
    (`esg secrets seal`), and the old one is taken away.
    """

    def __init__(self, keys: Sequence[str]) -> None:
        self._keys = tuple(keys)

    @cached_property
    def _fernet(self) -> "MultiFernet":
        from cryptography.fernet import Fernet, MultiFernet

        return MultiFernet([Fernet(key) for key in self._keys])

    def seal(self, text: str) -> str:
        """Return the text sealed; as it is where there is no key."""
        return _SEALED + self._fernet.encrypt(text.encode()).decode() if self._keys else text

    def open(self, text: str) -> str:
        """Return what was sealed; raises SecretsLocked."""
        if not text.startswith(_SEALED):
            return text
        if not self._keys:
            raise SecretsLocked
        from cryptography.fernet import InvalidToken

        try:
            return self._fernet.decrypt(text.removeprefix(_SEALED)).decode()
        except InvalidToken:
            raise SecretsLocked from None
