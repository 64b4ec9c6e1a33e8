"""What every forked process has in memory from its start: the program and its reference data."""

import app.cli
from app.disclosure.frameworks.reference import read_reference

__all__ = ["app"]
read_reference()
