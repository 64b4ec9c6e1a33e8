"""Adding factors: one, or many at once, all or none, judged, and told what they move before they are stored."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from sqlmodel import Session

from app.accounting.factors.factor import Factor
from app.accounting.ledger.rows import factor_columns, known_factors
from app.accounting.selection.factor_import import Judgement, SentFactor, judge
from app.accounting.selection.own_factors import factor_problems
from app.core.inventory.inventory import InvalidFields
from app.disclosure.live.factor_moves import moves_of
from app.disclosure.live.figure_moves import Move
from app.models import id_of
from app.store.engine.database import Database
from app.store.inventory.organizations import organization_of
from app.store.inventory.resources import catalogue_of
from app.store.reporting import factors
from app.store.sql.conflicts import DuplicateCode


@dataclass(frozen=True, slots=True)
class FactorImport:
    """What would become of many rows; `moves` are the figures that the added ones change."""

    judgement: Judgement
    moves: tuple[Move, ...]


def preview_import(database: Database, organization: str, sent: Sequence[SentFactor]) -> FactorImport:
    """Judge rows and compute what they would move, refused ones aside; nothing is stored. Raises NotThere."""
    with database.read() as session:
        row = organization_of(session, organization)
        judgement = _judged(session, id_of(row), sent)
        return FactorImport(judgement, tuple(moves_of(session, row, judgement.added)))


def store_import(database: Database, organization: str, sent: Sequence[SentFactor], *, now_ms: int) -> None:
    """Judge rows while nobody else adds factors, and store all that are new, or none when one is refused.

    Raises NotThere, and InvalidFields with each refused row.
    """
    with database.write() as session:
        organization_id = id_of(organization_of(session, organization))
        factors.lock_factors(session, organization_id)
        judgement = _judged(session, organization_id, sent)
        if judgement.refused:
            raise InvalidFields([each.problem for each in judgement.refused])
        for factor in judgement.added:
            factors.create_factor(session, organization_id, factor_columns(factor), now_ms=now_ms)


def add_factor(
    database: Database, organization_id: int, factor: Factor, *, now_ms: int, keep: Callable[[Session], None]
) -> None:
    """Store one new factor, and what `keep` stores with it; raises DuplicateCode, InvalidFields."""
    with database.write() as session:
        factors.lock_factors(session, organization_id)
        known = known_of(session, organization_id)
        if factor.code in known:
            raise DuplicateCode(f"The factor code {factor.code!r} is already taken")
        if problems := list(factor_problems(factor, known, catalogue_of(session, organization_id))):
            raise InvalidFields(problems)
        factors.create_factor(session, organization_id, factor_columns(factor), now_ms=now_ms)
        keep(session)


def known_of(session: Session, organization_id: int) -> Mapping[str, Factor]:
    """Return the factors that ship and those of the organization, by code."""
    return known_factors(factors.own_factors(session, organization_id))


def _judged(session: Session, organization_id: int, sent: Sequence[SentFactor]) -> Judgement:
    return judge(sent, known_of(session, organization_id), catalogue_of(session, organization_id))
