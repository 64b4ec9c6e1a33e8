"""The annual table and the count of findings are computed once while nothing is committed, and anew after that."""

from collections.abc import Iterator

import httpx
import pytest

from app.store.engine.database import Database
from tests.conftest import ADMIN_KEY
from tests.support.desk import works
from tests.support.pages import browsing
from tests.support.shared import Shared
from tests.support.works import ORGANIZATION, YEARLY, send

__all__ = ["works"]
SPARE = {**YEARLY, "code": "spare", "plant": "main", "resource": "electricity.grid", "unit": "kWh", "kind": "interval"}
PAGES = ("/?organization=acme&year=2021", "/findings?organization=acme&year=2021")


@pytest.fixture
def asked(client: httpx.Client, vacant: Shared, works: None, database: Database) -> Iterator["Asked"]:
    """A reader of a year of 1,000 MWh, whose pages were shown once in each language."""
    send(client, database, "grid,2021-01-01T00:00:00+08:00,1000000\n")
    with browsing(client, ADMIN_KEY) as browser:
        reader = Asked(browser, vacant)
        for language in ("en", "zh"):
            reader.shown(language)
        yield reader


class Asked:
    """Asks for pages, and counts how many disclosures were not computed for them."""

    def __init__(self, client: httpx.Client, shared: Shared) -> None:
        self.client, self._known = client, shared.app.state.known_answers

    def shown(self, language: str = "en") -> tuple[list[str], int]:
        """Return both pages, and how many disclosures were known."""
        before = self._known.told_at_once
        answers = [self.client.get(f"{page}&language={language}") for page in PAGES]
        assert [each.status_code for each in answers] == [200, 200]
        return [each.text for each in answers], self._known.told_at_once - before

    def known_for(self, page: str) -> int:
        """Ask for a page; return how many disclosures were known."""
        before = self._known.told_at_once
        assert self.client.get(page).status_code == 200
        return int(self._known.told_at_once - before)


def test_nothing_is_computed_twice_while_nothing_is_committed(asked: Asked) -> None:
    assert "1,000" in asked.shown("en")[0][0]
    for language in ("en", "zh"):
        assert asked.shown(language)[1] == 2
    english, chinese = asked.shown("en")[0], asked.shown("zh")[0]
    assert ("warning" in english[1], "warning" in chinese[1]) == (True, False)


def test_what_anybody_commits_is_shown_at_once(asked: Asked, client: httpx.Client, database: Database) -> None:
    before = asked.shown()[0]
    send(client, database, "grid,2021-01-01T00:00:00+08:00,2000000\n")
    pages, known = asked.shown()
    assert known == 1, "the count of findings is of the table that was computed for the page before it"
    assert ("2,000" in before[0], "2,000" in pages[0]) == (False, True)
    client.post(f"{ORGANIZATION}/meters", json=SPARE).raise_for_status()
    assert asked.shown()[1] == 1


def test_plants_frameworks_and_years_are_told_apart(asked: Asked) -> None:
    asked.shown()
    for other in (f"{PAGES[0]}&plant=main", f"{PAGES[0]}&framework=gri", PAGES[0].replace("2021", "2020")):
        assert [asked.known_for(other), asked.known_for(other)] == [0, 1], other
