"""The tables: columns, keys and indexes, and nothing else."""

from app.models.base import metadata
from app.models.factor import FactorPin, OwnFactor
from app.models.inventory import Meter, Organization, Plant
from app.models.operations import ApiKey
from app.models.reading import Batch, Exchange, mark_table, reading_table, revision_table
from app.models.rollup import rollup_table

__all__ = [
    "ApiKey",
    "Batch",
    "Exchange",
    "FactorPin",
    "Meter",
    "Organization",
    "OwnFactor",
    "Plant",
    "mark_table",
    "metadata",
    "reading_table",
    "revision_table",
    "rollup_table",
]
