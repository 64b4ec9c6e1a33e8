"""What every serving process has in memory before it is forked: the program and its reference data."""

from app.disclosure.frameworks.reference import read_reference
from tests.kills import killed

__all__ = ["killed"]
read_reference()
