"""Both companies' whole printed tables, row by row, from the disclosures of both databases."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TypeAlias

import pytest
import yaml

from tests.datapoints.companies import entered
from tests.support.examples import Service

Name: TypeAlias = tuple[str, tuple[tuple[str, str], ...]]
_TABLES: dict[str, list[dict[str, Any]]] = yaml.safe_load(
    (Path(__file__).parent / "printed_tables.yaml").read_text("utf-8")
)


@pytest.mark.parametrize(("company", "rows"), [("magnets", 197), ("magnesium", 19)])
def test_every_printed_row_is_served(service: Service, company: str, rows: int) -> None:
    disclosed = Disclosed(service, entered(service, company))

    differences = [words for line in _TABLES[company] for words in _differences(disclosed, line)]

    assert differences == []
    assert sum(len(line["cells"]) for line in _TABLES[company]) == rows


def test_the_comparatives_of_the_newest_year_are_the_figures_of_the_earlier_ones(service: Service) -> None:
    newest = Disclosed(service, entered(service, "magnets")).figures(2021)

    average = newest["training.hours_average", ()]
    assert (average["display"], average["text"], average["coverage"]) == ("183.93", None, None)
    assert [(each["year"], each["display"]) for each in average["comparatives"]] == [(2020, "164.54"), (2019, "142.70")]
    drills = newest["safety.drills", (("drill", "fire"),)]
    assert [each["value"] for each in drills["comparatives"]] == [None, None]


def test_a_printed_quantity_given_in_two_units_is_one_figure() -> None:
    lines = {line["printed"]: line for line in _TABLES["magnets"]}
    one, other = lines["Waste water treatment volume"], lines["Waste water treatment"]

    assert (one["unit"], one["cells"][2021]) == ("10,000 tonnes", "24.93")
    assert (other["unit"], other["cells"][2021]) == ("thousand tonnes", "249.3")
    assert one["shown"][0]["key"] == other["shown"][0]["key"] == "water.discharge"
    assert one["shown"][0]["cells"][2021] == other["shown"][0]["cells"][2021] == "249300"


def _differences(disclosed: "Disclosed", line: Mapping[str, Any]) -> Iterator[str]:
    """Say where a printed line and the figures that stand for it differ."""
    for shown in line["shown"]:
        for year, display in shown["cells"].items():
            name = shown["key"], tuple(sorted(shown.get("dimensions", {}).items()))
            figure = disclosed.figures(year, shown.get("plant")).get(name)
            if figure is None:
                if display is not None:
                    yield f"{line['printed']} {year}: there is no figure {name}"
            elif (figure["display"], figure["unit"]) != (display, shown["unit"]):
                yield f"{line['printed']} {year}: shows {figure['display']} {figure['unit']}, not {display}"
            elif (display is None) is not (line["cells"][year] == "/"):
                yield f"{line['printed']} {year}: {line['cells'][year]} is printed, {display} expected"


class Disclosed:
    """A company's disclosures, each asked for once."""

    def __init__(self, service: Service, path: str) -> None:
        self._service = service
        self._path = path
        self._asked: dict[tuple[int, str | None], dict[Name, dict[str, Any]]] = {}

    def figures(self, year: int, plant: str | None = None) -> dict[Name, dict[str, Any]]:
        """Return the figures of a year and plant by key and dimensions."""
        if (year, plant) not in self._asked:
            query = {} if plant is None else {"plant": plant}
            disclosure = self._service.get(f"{self._path}/disclosures/hkex-2020/{year}", **query)
            self._asked[year, plant] = {
                (figure["key"], tuple(sorted(figure["dimensions"].items()))): figure for figure in disclosure["figures"]
            }
        return self._asked[year, plant]
