"""Editions of a framework by year: the one in force, or the nearest where none is."""

from collections.abc import Iterable

from app.core.datafile import BadDataFile
from app.disclosure.frameworks.frameworks import Framework, UnknownFramework, frameworks


def editions_of(name: str) -> list[Framework]:
    """Return the editions that a name means: those of a family, or the one of this code; raises UnknownFramework."""
    found = [each for each in frameworks().values() if name in (each.code, each.family)]
    if not found:
        raise UnknownFramework(f"There is no framework {name!r}; there are {', '.join(framework_names())}")
    return found


def edition_in(name: str, year: int) -> Framework:
    """Return the edition of a name in force in a reporting year, else the nearest; raises UnknownFramework."""
    return nearest(editions_of(name), year)


def nearest(editions: Iterable[Framework], year: int) -> Framework:
    """Return the edition in force in a reporting year, else the nearest.

    Of two in force the later counts, and so it does of two that are as near: 2030 lies five years after an edition for
    2020 to 2025 and before one from 2035 on, and is reported by the latter.
    """
    return min(editions, key=lambda each: _nearness(each, year))


def other_editions(framework: Framework, year: int) -> list[Framework]:
    """Return the other editions of a framework's family, the one in force in a year or nearest to it first."""
    family = [each for each in frameworks().values() if each.family == framework.family]
    others = [each for each in family if each.code != framework.code]
    return sorted(others, key=lambda each: _nearness(each, year))


def editions_in(names: Iterable[str], year: int) -> list[Framework]:
    """Return the editions in force in a year among those that the names mean, in their order.

    Where none is in force it is the nearest one alone: a disclosure by it says that the year lies outside. Raises
    UnknownFramework.
    """
    found = list(dict.fromkeys(edition_in(name, year) for name in names))
    return [each for each in found if each.holds_in(year)] or [min(found, key=lambda each: years_outside(each, year))]


def years_outside(framework: Framework, year: int) -> int:
    """Return by how many years a reporting year lies outside those an edition was made for; 0 within."""
    if framework.first_year is not None and year < framework.first_year:
        return framework.first_year - year
    if framework.last_year is not None and year > framework.last_year:
        return year - framework.last_year
    return 0


def _nearness(framework: Framework, year: int) -> tuple[int, int, str]:
    """Return what orders editions by a reporting year: those in force first, of as near ones the later."""
    return years_outside(framework, year), -(framework.first_year or 0), framework.code


def framework_names() -> list[str]:
    """Return every name by which an organization may report: families, then editions that are not the whole of one."""
    codes, families = list(frameworks()), dict.fromkeys(each.family for each in frameworks().values())
    return [*families, *(code for code in codes if code not in families)]


def default_names() -> tuple[str, ...]:
    """Return the families by which an organization reports that has chosen none; raises BadDataFile without any."""
    found = tuple(dict.fromkeys(each.family for each in frameworks().values() if each.default))
    if not found:
        raise BadDataFile("frameworks: none is marked as default")
    return found
