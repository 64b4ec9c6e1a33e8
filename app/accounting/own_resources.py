"""Adding a resource to a catalogue: what it implies, and that its figures are called like no other."""

from app.accounting.indicators import indicators
from app.accounting.metrics import catalogue_book
from app.core.inventory import FieldProblem, InvalidFields
from app.core.own_resources import resource_problems, with_implied
from app.core.resources import Resource


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
