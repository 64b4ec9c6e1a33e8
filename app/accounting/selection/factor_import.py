"""Judging many new factors together: which are added, what they supersede, which say nothing new, which are refused."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date

from app.accounting.factors.factor import Factor
from app.accounting.selection.own_factors import displaced_by, factor_problems
from app.core.inventory.inventory import FieldProblem
from app.core.inventory.resources import Catalogue


@dataclass(frozen=True, slots=True)
class SentFactor:
    """A row as it was sent: its place from 0, the factor it states, or what is wrong with the form of its fields.

    `code` is what the row calls itself, None where it does not say; `line` its line in a file.
    """

    index: int
    code: str | None
    factor: Factor | None
    problems: tuple[FieldProblem, ...] = ()
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a row is refused: its place, the factor it states, and the field at fault."""

    factor: str | None
    problem: FieldProblem
    line: int | None


@dataclass(frozen=True, slots=True)
class Judgement:
    """What would become of the rows: factors to store in this order, codes that are stored already, refusals by place.

    `superseding` pairs a new factor with each that it takes the place of.
    """

    received: int
    added: tuple[Factor, ...]
    unchanged: tuple[str, ...]
    superseding: tuple[tuple[str, str], ...]
    refused: tuple[Refusal, ...]


def judge(sent: Sequence[SentFactor], known: Mapping[str, Factor], catalogue: Catalogue) -> Judgement:
    """Judge rows beside the factors that are known by code; the order in which they were sent does not matter.

    Editions are taken oldest publication first, and what a row supersedes before the row. A factor that is stored with
    the very same content is unchanged, so that a file can be sent again; with another content it is refused.
    """
    standing = dict(known)
    added: list[Factor] = []
    unchanged: list[str] = []
    superseding: list[tuple[str, str]] = []
    refused = [_refusal(row, problem) for row in sent for problem in row.problems]
    for row in _in_order(sent):
        factor = row.factor
        if factor is None:
            continue
        if known.get(factor.code) == factor and factor.code not in unchanged:
            unchanged.append(factor.code)
            continue
        if problems := list(_problems(factor, known, standing, catalogue)):
            refused += [_refusal(row, problem) for problem in problems]
            continue
        superseding += [(factor.code, other) for other in displaced_by(factor, standing)]
        added.append(factor)
        standing[factor.code] = factor
    refused.sort(key=lambda each: each.problem.index or 0)
    return Judgement(len(sent), tuple(added), tuple(unchanged), tuple(superseding), tuple(refused))


def _refusal(row: SentFactor, problem: FieldProblem) -> Refusal:
    return Refusal(row.code, replace(problem, index=row.index), row.line)


def _problems(
    factor: Factor, known: Mapping[str, Factor], standing: Mapping[str, Factor], catalogue: Catalogue
) -> Iterator[FieldProblem]:
    if factor.code in known:
        yield FieldProblem("code", "duplicate_code", _taken(factor, known[factor.code]))
    elif factor.code in standing:
        yield FieldProblem(
            "code", "duplicate_code", f"Another row has the code {factor.code!r}: each factor has its own"
        )
    else:
        yield from factor_problems(factor, standing, catalogue)


def _taken(factor: Factor, stored: Factor) -> str:
    if not stored.own:
        return f"The factor {factor.code!r} ships with the service; take a code of your own"
    names = [each.name for each in fields(Factor) if getattr(factor, each.name) != getattr(stored, each.name)]
    return (
        f"The factor {factor.code!r} is stored with another {', '.join(names)}: nothing is edited; state the new one"
        " under a code of its own and name the old one in `supersedes`"
    )


def _in_order(sent: Iterable[SentFactor]) -> list[SentFactor]:
    """Return the rows that state a factor, oldest publication first, what is superseded before what supersedes it."""
    stated = [row for row in sent if row.factor is not None]
    stated.sort(key=lambda row: (row.factor and row.factor.published_on) or date.min)
    by_code = {row.code: row for row in reversed(stated)}
    ordered: dict[int, SentFactor] = {}
    for row in stated:
        chain: list[SentFactor] = []
        step: SentFactor | None = row
        while step is not None and step.index not in ordered and step not in chain:
            chain.append(step)
            step = by_code.get(step.factor.supersedes) if step.factor and step.factor.supersedes else None
        ordered |= {each.index: each for each in reversed(chain)}
    return list(ordered.values())
