"""What is measured, and where a plant stands, is found by the words that people use in English, German and Chinese."""

import httpx
import pytest

from app.core.inventory.resources import SHIPPED, Catalogue
from app.core.language import speaking
from app.pages.start.measured import resources_found
from app.pages.start.places import places_found
from app.pages.start.search_words import _others
from tests.conftest import ADMIN_KEY, Make
from tests.support.pages import browsing

_CATALOGUE = Catalogue()


@pytest.mark.parametrize(
    ("words", "key"),
    [
        ("district heat", "heat.purchased"),
        ("Fernwärme", "heat.purchased"),
        ("FERNWARME", "heat.purchased"),
        ("therm", "fuel.natural_gas"),
        ("gas", "fuel.natural_gas"),
        ("Erdgas", "fuel.natural_gas"),
        ("gasoline", "fuel.petrol"),
        ("Benzin", "fuel.petrol"),
        ("petrol", "fuel.petrol"),
        ("Strom", "electricity.grid"),
        ("Abwasser", "water.discharge"),
        ("Heizöl", "fuel.heating_oil"),
        ("煤", "fuel.coal.bituminous"),
        ("原煤", "fuel.coal.bituminous"),
        ("洗精煤", "fuel.coal.cleaned"),
        ("焦炭", "fuel.coke"),
        ("天然气", "fuel.natural_gas"),
        ("自来水", "water.withdrawal"),
        ("grid elec", "electricity.grid"),
        ("natural gas", "fuel.natural_gas"),
    ],
)
def test_a_word_finds_first_what_it_means_whatever_is_read(words: str, key: str) -> None:
    for language in ("en", "zh"):
        with speaking(language):
            assert resources_found(_CATALOGUE, words)[0].key == key


def test_coal_in_chinese_is_every_coal() -> None:
    found = {each.key for each in resources_found(_CATALOGUE, "煤")}
    assert {f"fuel.coal.{each}" for each in ("bituminous", "anthracite", "lignite", "coking", "cleaned")} <= found


def test_therm_is_heat_that_is_bought_as_well() -> None:
    assert "heat.purchased" in {each.key for each in resources_found(_CATALOGUE, "therm")}


def test_nonsense_finds_nothing_and_no_words_the_usual_things() -> None:
    assert resources_found(_CATALOGUE, "qwxyz") == []
    assert resources_found(_CATALOGUE, " ")[0].key == "electricity.grid"


def test_every_other_word_is_of_a_resource_that_there_is() -> None:
    assert set(_others()) <= {each.key for each in SHIPPED.resources}


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("Bayern", "DE-BY"),
        ("Bavaria", "DE-BY"),
        ("巴伐利亚", "DE-BY"),
        ("thüringen", "DE-TH"),
        ("nordrhein westfalen", "DE-NW"),
        ("Wien", "AT-9"),
        ("Deutschland", "DE"),
        ("österreich", "AT"),
        ("Osterreich", "AT"),
        ("德国", "DE"),
        ("江西", "CN-JX"),
    ],
)
def test_a_place_is_found_by_its_name_in_each_language_whatever_is_read(words: str, code: str) -> None:
    for language in ("en", "zh"):
        with speaking(language):
            assert places_found(words)[0].code == code


def test_a_german_state_has_its_chinese_name_on_a_chinese_page() -> None:
    with speaking("zh"):
        assert [each.title for each in places_found("Thüringen")] == ["图林根, 德国"]


def test_the_searches_of_the_steps_find_them(client: httpx.Client, make_organization: Make, make_plant: Make) -> None:
    make_organization()
    make_plant(code="main")
    with browsing(client, ADMIN_KEY) as browser:
        found = browser.get("/organizations/acme/start/resources", params={"plant": "main", "q": "Fernwärme"}).text
        assert "resource=heat.purchased" in found
        assert "place=DE-BY" in browser.get("/organizations/acme/start/places", params={"q": "Bayern"}).text
