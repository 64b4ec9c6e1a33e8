"""Reading the reference data at start: a broken file stops the service, and no request waits for it."""

from app.accounting.factors.calorific_data import calorific_values
from app.accounting.factors.scopes import emitters
from app.accounting.metrics.standard_coal import coefficients
from app.accounting.selection.shipped import shipped_factors
from app.disclosure.frameworks.editions import default_names


def read_reference() -> None:
    """Read every reference file that figures are computed from, once a process; raises BadDataFile."""
    for read in (default_names, shipped_factors, calorific_values, coefficients, emitters):
        read()
