"""The works that publish, for exports over HTTP."""

from tests.publications.conftest import desk, works

__all__ = ["desk", "works"]
