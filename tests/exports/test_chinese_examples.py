"""Chinese exports of the example companies hold no sentence of ours in English."""

import io
import re

import pytest
from rich.console import Console

from app.core.language import speaking
from app.demo.load import load_demo
from app.disclosure.exports.formats import ExportFormat, export_of
from app.disclosure.exports.published import Published
from app.disclosure.exports.tables import terms_of
from app.store.engine.database import Database
from tests.exports.reading import FOR_PEOPLE, read
from tests.support.databases import sqlite_database
from tests.support.recomputing import prepared, seed_of_one_year

__all__ = ["sqlite_database"]

_ENGLISH = re.compile(r"[A-Za-z][a-z]+(?:[ ,;:'’-]+[A-Za-z]?[a-z]+){2,}")
"""Three words or more, one behind the other."""

_SHORTEST = 9
"""Of what an organization says; a shorter text is no run of words, and would be cut out of ours."""


@pytest.fixture(scope="module")
def companies(sqlite_database: Database) -> list[Published]:
    """The example companies' publications by two frameworks each."""
    seeds = [seed_of_one_year("magnets", 2021), seed_of_one_year("magnesium", 2020)]
    load_demo(sqlite_database, seeds=seeds, console=Console(file=io.StringIO()))
    asked = [("magnets", "hkex-2020", 2021), ("magnets", "esrs", 2021)]
    asked += [("magnesium", "hkex-2020", 2020), ("magnesium", "gri", 2020)]
    return [prepared(sqlite_database, *each)[0] for each in asked]


@pytest.mark.parametrize("wanted", FOR_PEOPLE)
def test_no_sentence_of_ours_is_left_in_english(wanted: ExportFormat, companies: list[Published]) -> None:
    left = set()
    for of in companies:
        with speaking("zh"):
            text = read(wanted, export_of(of, wanted))
        assert "\0" not in text
        left |= set(_ENGLISH.findall(_without(text, _own_words(of))))
    assert sorted(left) == []


def _own_words(of: Published) -> set[str]:
    """Return what an organization calls things and says, and the names of sources."""
    document = of.document
    own = {document["organization"]["name"], document["reason"], *(each["text"] for each in document["explanations"])}
    own |= {each["name"] for each in document["basis"]["plants"]}
    for figure in of.figures:
        lineage = figure["lineage"] or {}
        own |= {figure["text"], lineage.get("formula"), (lineage.get("stated") or {}).get("evidence")}
        own |= {str(each).replace("_", " ") for each in figure["dimensions"].values()}
        for term in terms_of(figure):
            own |= {*term["meters"], *term["attributes"].values(), (term["factor"] or {}).get("source")}
            own |= {each["source"] for each in term.get("calorific_values", ())}
    return {each for each in own if each and len(each) > _SHORTEST}


def _without(text: str, own: set[str]) -> str:
    """Return a text without some others in it, wherever its lines are broken."""
    for each in sorted(own, key=len, reverse=True):
        if each in text:
            text = text.replace(each, "")
        if " " in each:
            text = re.sub(r"\s*".join(map(re.escape, re.sub(r"\s", "", each))), "", text)
    return text
