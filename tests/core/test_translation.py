"""Texts that are known as texts alone are recognized by the catalogue's templates, and said with the same values."""

from app.core.language import speaking
from app.core.sentences import sentence
from app.core.translation import translated


def test_a_text_is_recognized_by_its_template_and_keeps_its_values() -> None:
    with speaking("zh"):
        assert translated("Emissions of nox to air") == "氮氧化物大气排放量"
        assert translated("publication 3 of the same year") == "同一年度的第 3 号发布"
    assert translated("Emissions of nox to air") == "Emissions of nox to air"


def test_values_of_ours_are_said_too_and_those_of_an_organization_stay() -> None:
    with speaking("zh"):
        assert translated("Diesel, as energy") == "柴油（折算能量）"
        assert translated("Plant Diesel") == "厂区 Diesel"


def test_a_text_that_nobody_has_translated_stays_whole() -> None:
    with speaking("zh"):
        assert translated("frobnicate 3 of 4") == "frobnicate 3 of 4"
        assert translated("") == ""


def test_what_is_counted_is_a_number() -> None:
    with speaking("zh"):
        assert translated("%(num)s characters at most") == "%(num)s characters at most"
        assert translated("3 meters") == "3 个计量点"
        assert translated("Training meters") == "Training meters"


def test_a_sentence_is_said_by_its_own_template() -> None:
    told = sentence("publication %(number)s of the same year", number="7")
    with speaking("zh"):
        assert translated(told) == "同一年度的第 7 号发布"
