"""Resources of an organization's own: what is added to a catalogue, and the energy that they are said to hold."""

from datetime import date

from app.accounting.factors.calorific import CalorificValue
from app.accounting.factors.factor import GLOBAL
from app.accounting.metrics.vocabulary import catalogue_book
from app.accounting.stated.indicators import indicators
from app.core.inventory.inventory import FieldProblem, InvalidFields
from app.core.inventory.own_resources import resource_problems, with_implied
from app.core.inventory.resources import Catalogue, Resource


def added_resource(resource: Resource) -> Resource:
    """Return a new resource as it is stored; raises InvalidFields."""
    problems = list(resource_problems(resource))
    taken = {*catalogue_book().metrics, *indicators().indicators}
    for figure in (resource.key, f"energy.{resource.key}", f"consumption.{resource.key}"):
        if figure in taken:
            words = f"There is a figure {figure!r} already: take another first word, such as material or product"
            problems.append(FieldProblem("key", "reserved_key", words))
    if problems:
        raise InvalidFields(problems)
    return with_implied(resource)


_ALWAYS = date(1970, 1, 1)


def energy_contents(catalogue: Catalogue) -> list[CalorificValue]:
    """Return the energy contents of own resources as calorific values, everywhere and always, by the resource's key.

    Any value that is stated for the resource by itself is nearer, or newer, and goes before it.
    """
    return [
        CalorificValue(
            code=resource.key,
            resource=resource.key,
            attributes={},
            region=GLOBAL,
            per=resource.unit,
            lhv=content.lhv,
            hhv=content.hhv,
            energy_unit="GJ",
            density=None,
            density_unit=None,
            conditions=None,
            valid_from=_ALWAYS,
            valid_to=None,
            published_on=None,
            source=content.source,
            supersedes=None,
            factor_set=None,
            own=True,
        )
        for resource in catalogue.own
        if (content := resource.energy_content) is not None
    ]
