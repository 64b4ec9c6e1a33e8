"""Exports of a publication: pure functions of its document, the same bytes every time."""
