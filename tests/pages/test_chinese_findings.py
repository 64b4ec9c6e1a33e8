"""Chinese pages of the example companies hold no English sentence: only names, codes, formulas and what is cited."""

import io
import re
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser
from itertools import product
from typing import Any

import httpx
import pytest
from rich.console import Console

from app.accounting.factors.calorific_choice import shipped_book
from app.accounting.metrics.vocabulary import catalogue_book
from app.accounting.selection.shipped import shipped_factors
from app.core.language import speaking
from app.demo.load import load_demo
from app.demo.seed import SEED_NAMES, load_seed
from app.disclosure.figures.titles import titled
from app.disclosure.frameworks.frameworks import frameworks, specs_of
from app.store.engine.database import Database
from app.store.upkeep.migrate import migrate
from tests.pages.conftest import serving

_ENGLISH = re.compile(r"(?<![\w./'-])(?:[A-Za-z]{2,}[,;:]? +){2,}[A-Za-z]{2,}")
"""Three words of English or more in a row."""

_COMPANIES = ("magnets", "magnesium")
_FINE = ("PT15M", "PT1H")


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """A reader of both companies without their quarter-hour and hourly meters, so that much is missing."""
    url = f"sqlite:///{tmp_path_factory.mktemp('chinese') / 'demo.db'}"
    database = Database(url)
    migrate(database)
    seeds = [
        replace(seed, meters=tuple(meter for meter in seed.meters if meter.definition.get("interval") not in _FINE))
        for seed in map(load_seed, SEED_NAMES)
    ]
    load_demo(database, seeds=seeds, console=Console(file=io.StringIO()))
    database.close()
    with serving(url, anonymous_read=True) as (address, _), httpx.Client(base_url=address, timeout=60) as client:
        yield client


@pytest.mark.parametrize(("company", "framework"), list(product(_COMPANIES, frameworks())))
def test_the_annual_table_the_findings_and_every_figure_are_told_in_chinese(
    reader: httpx.Client, company: str, framework: str
) -> None:
    asked = f"organization={company}&year=2021&framework={framework}"
    annual = _read(reader, f"/?{asked}")
    addresses = sorted(set(re.findall(r'href="(/organizations/[^"]*/figures/[^"]*)"', annual)))
    pages = {"/": annual, "/findings": _read(reader, f"/findings?{asked}")}
    pages |= {each: _read(reader, each.replace("&amp;", "&")) for each in addresses}
    own = _own_words(reader, company)

    assert company == "magnesium" or 'class="findings"' in annual
    assert framework in ("esrs", "ifrs-s2") or len(pages) > 10
    assert {each: found for each, page in pages.items() if (found := _english(page, own))} == {}


@pytest.mark.parametrize("company", _COMPANIES)
def test_what_is_to_be_mended_and_left_out_is_told_in_chinese(reader: httpx.Client, company: str) -> None:
    own = _own_words(reader, company)
    for page in ("issues", "reports/hkex-2020/2021"):
        assert _english(_read(reader, f"/organizations/{company}/{page}"), own) == []


def test_every_title_of_every_framework_has_chinese_words() -> None:
    book = catalogue_book()
    titles = {spec.title for each in frameworks().values() for spec in specs_of(each, book)}
    titles |= {spec.title for each in frameworks().values() for spec in each.stated}
    assert len(titles) > 1_000
    with speaking("zh"):
        assert sorted(each for each in titles if re.search(r"[A-Za-z]{4,}", titled(each).replace("PFC", ""))) == []


def _read(reader: httpx.Client, address: str) -> str:
    answer = reader.get(f"{address}{'&' if '?' in address else '?'}language=zh")
    assert answer.status_code == 200, address
    return answer.text


def _english(page: str, own: list[str]) -> list[str]:
    """Return the English on a page without what is a company's own, or cited: the longest of it first."""
    texts = _Texts()
    texts.feed(page)
    left = "\n".join(texts.found)
    for words in own:
        left = left.replace(words, "·")
    return sorted(set(_ENGLISH.findall(left)))


def _own_words(reader: httpx.Client, company: str) -> list[str]:
    place = f"/v1/organizations/{company}"
    words = {reader.get(place).json()["name"], "Workshop (to try things)"}
    words |= {each.source for each in shipped_factors()} | {each.source for each in shipped_book().values}
    words |= {each["name"] for name in ("plants", "meters") for each in _all(reader, f"{place}/{name}")}
    words |= {str(value) for each in _all(reader, f"{place}/meters") for value in each["attributes"].values()}
    for each in _all(reader, f"{place}/datapoints"):
        words |= {each["evidence"] or "", each["text"] or "", *each["dimensions"].values()}
    spaced = {each.replace("_", " ") for each in words}
    return sorted({" ".join(each.split()) for each in words | spaced if each}, key=len, reverse=True)


def _all(reader: httpx.Client, address: str) -> list[dict[str, Any]]:
    found, cursor = [], ""
    while True:
        answer = reader.get(f"{address}?limit=1000{cursor}").json()
        found += answer["items"]
        if answer["next"] is None:
            return found
        cursor = f"&cursor={answer['next']}"


class _Texts(HTMLParser):
    """What a reader sees or is read of a page, without code."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._within: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("script", "style", "code"):
            self._within.append(tag)
        self.found += [value for name, value in attrs if name in ("title", "aria-label", "placeholder") and value]

    def handle_endtag(self, tag: str) -> None:
        if self._within and self._within[-1] == tag:
            self._within.pop()

    def handle_data(self, data: str) -> None:
        if not self._within and data.strip():
            self.found.append(" ".join(data.split()))
