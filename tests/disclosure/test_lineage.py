"""Every figure of every example year of both seeds is the exact sum of its terms, by year and by month."""

from decimal import Decimal, localcontext
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from app.accounting.years.believed import Believed
from app.core.units.quantities import EXACT
from app.disclosure.figures.books import dimensions_of, open_books
from app.disclosure.frameworks.frameworks import frameworks
from app.disclosure.live.lineage import Lineage, lineage_of
from app.disclosure.live.lineage_terms import LineageTerm
from app.store.engine.database import Database
from app.store.inventory.organizations import update_organization
from tests.support.examples import Service, set_up
from tests.support.works import DISCLOSURE, get, send

_EXAMPLES = Path(__file__).parents[1] / "examples"


def _example(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((_EXAMPLES / f"{name}.yaml").read_text("utf-8"))
    return loaded


def _sum(terms: tuple[LineageTerm, ...]) -> Decimal:
    with localcontext(EXACT):
        return sum((term.value for term in terms), Decimal(0))


def _assert_adds_up(found: Lineage) -> None:
    assert _sum(found.terms) == (found.value or 0), found.key
    if found.divisor is not None:
        assert _sum(found.divisor.terms) == (found.divisor.value or 0), found.key


@pytest.mark.parametrize(
    ("name", "years", "figures"), [("magnets", (2019, 2020, 2021), 62), ("magnesium", (2020,), 33)]
)
def test_the_terms_of_every_figure_of_both_seeds_add_up(
    service: Service, database: Database, name: str, years: tuple[int, ...], figures: int
) -> None:
    example = _example(name)
    path = set_up(service, example, example["cases"][0])
    checked = 0
    for year in years:
        with database.read() as session:
            organization = path.rpartition("/")[2]
            books = open_books(
                session, organization=organization, framework="hkex-2020", year=year, plant=None, earlier=0
            )
            for spec in books.specs:
                for where in dimensions_of(spec, books.boundary):
                    yearly = lineage_of(books, year, spec.metric.key, where)
                    monthly = lineage_of(
                        books,
                        year,
                        spec.metric.key,
                        where,
                        monthly_from=Believed(session, books.organization.id or 0, None),
                    )
                    assert monthly.value == yearly.value
                    _assert_adds_up(yearly)
                    _assert_adds_up(monthly)
                    assert sum(term.readings for term in yearly.terms) > 0 or yearly.value is None
                    checked += yearly.value is not None
    assert checked == figures


@pytest.mark.parametrize("name", ["magnets", "magnesium"])
def test_they_add_up_in_every_framework_where_a_share_changes_within_a_month(
    service: Service, database: Database, name: str
) -> None:
    example = _example(name)
    path = set_up(service, example, example["cases"][0])
    whole = {"equity_share": 1, "operational_control": True, "financial_control": True}
    for number, plant in enumerate(example["plants"], start=1):
        days = [f"{year}-0{number + 3}-1{number}" for year in (2019, 2020, 2021)]
        held = [
            {**whole, "valid_from": day, "equity_share": share} for day, share in zip(days, (0.7, 0.61, 1), strict=True)
        ]
        service.put(f"{path}/plants/{plant['code']}/holdings", {"items": held})
    organization = path.rpartition("/")[2]
    with database.write() as session:
        update_organization(session, organization, {"consolidation": "equity_share"})
    checked = 0
    for year in (2019, 2020, 2021):
        for framework in frameworks():
            with database.read() as session:
                books = open_books(
                    session, organization=organization, framework=framework, year=year, plant=None, earlier=0
                )
                believed = Believed(session, books.organization.id or 0, None)
                for spec in books.specs:
                    for where in dimensions_of(spec, books.boundary):
                        yearly = lineage_of(books, year, spec.metric.key, where)
                        monthly = lineage_of(books, year, spec.metric.key, where, monthly_from=believed)
                        _assert_adds_up(yearly)
                        _assert_adds_up(monthly)
                        checked += len({term.share for term in yearly.terms}) > 1
    assert checked > 20


@pytest.mark.usefixtures("powered")
def test_terms_are_cut_by_month_on_request(client: httpx.Client, database: Database) -> None:
    send(client, database, "grid,2021-01-01T00:00:00+08:00,1000\noutput,2021-01-01T00:00:00+08:00,3\n")
    path = f"{DISCLOSURE}/2021/figures/consumption.electricity.intensity.product.output/lineage"
    whole, months = get(client, path), get(client, path, by="month")
    assert (len(whole["terms"]), len(months["terms"]), len(months["divisor"]["terms"])) == (1, 12, 12)
    assert months["value"] == whole["value"] == Decimal("333.33333333333333333333")
    january = months["terms"][0]
    assert (january["period"]["start"], january["period"]["end"]) == ("2020-12-31T16:00:00Z", "2021-01-31T16:00:00Z")
    assert january["quantity"].quantize(Decimal("0.001")) == Decimal("84.932")  # 31 of 365 days
    with localcontext(EXACT):
        assert sum((term["value"] for term in months["terms"]), Decimal(0)) == months["value"]
        assert sum((term["quantity"] for term in months["terms"]), Decimal(0)) == 1000
