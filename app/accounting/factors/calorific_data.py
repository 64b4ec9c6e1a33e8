"""The calorific values and densities that ship: reviewed data files, one table of a source a YAML document."""

from collections.abc import Iterator
from functools import lru_cache

from app.accounting.factors.calorific import CalorificValue, stated_problems
from app.accounting.factors.sources import source_words
from app.core.datafile import BadDataFile, Row, documents, names_in
from app.core.inventory.resources import SHIPPED, UnknownResource
from app.core.units.gas_volumes import ReferenceConditions


@lru_cache(maxsize=1)
def calorific_values() -> tuple[CalorificValue, ...]:
    """Return every shipped calorific value and density, by code; raises BadDataFile."""
    values = [value for path in names_in("calorific_values") for value in _of_file(path)]
    if len({value.code for value in values}) != len(values):
        raise BadDataFile("calorific_values: a code appears twice")
    return tuple(sorted(values, key=lambda value: value.code))


def _of_file(path: str) -> Iterator[CalorificValue]:
    for number, data in enumerate(documents(path), start=1):
        table = Row(data, where=f"{path}: table {number}")
        source_row = table.row("source")
        year, source = source_row.whole("year"), source_words(source_row)
        common = table.row("common")
        for row in table.rows("calorific_values"):
            yield from _values(row.under(common), year=year, source=source)
        table.close()


def _values(row: Row, *, year: int, source: str) -> Iterator[CalorificValue]:
    """Yield a row's value, or one for each of its `resources`."""
    resources = row.texts("resources") or (row.text("resource"),)
    code, state = row.text("code"), row.optional_text("reference_conditions")
    for resource in resources:
        suffix = f"_{resource.removeprefix('fuel.').replace('.', '_')}" if row.has("resources") else ""
        try:
            value = CalorificValue(
                code=f"{code}{suffix}",
                resource=SHIPPED.named(resource).key,
                attributes=row.text_map("attributes"),
                region=row.text("region"),
                per=row.optional_text("per"),
                lhv=row.optional_decimal("lhv"),
                hhv=row.optional_decimal("hhv"),
                energy_unit=row.optional_text("energy_unit") or "GJ",
                density=row.optional_decimal("density"),
                density_unit=row.optional_text("density_unit"),
                conditions=ReferenceConditions(state) if state else None,
                valid_from=row.day("valid_from"),
                valid_to=row.optional_day("valid_to"),
                published_on=row.optional_day("published_on"),
                source=source,
                supersedes=None,
                factor_set=row.text("factor_set"),
                own=False,
                assumption=row.flag("assumption"),
                ratio=row.optional_decimal("ratio"),
                year=year,
            )
        except (ValueError, UnknownResource) as error:
            raise BadDataFile(f"{row.where}: {error}") from error
        if problem := next(stated_problems(value), None):
            raise BadDataFile(f"{row.where}: {problem.field}: {problem.detail}")
        yield value
    row.close()
