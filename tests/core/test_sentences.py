"""A sentence is its English text, and the template and values that another language says it by."""

import copy
import json
import pickle

from app.core.language import gettext, speaking
from app.core.sentences import NOTHING, Sentence, listed, sentence


def test_a_sentence_is_its_english_text_wherever_a_text_is_wanted() -> None:
    told = sentence("%(meter)s covers %(share)s %% of it", meter="M1", share="40")

    assert told == "M1 covers 40 % of it"
    assert json.dumps(told) == '"M1 covers 40 % of it"'
    assert {str(told), "M1 covers 40 % of it"} == {"M1 covers 40 % of it"}


def test_a_sentence_without_values_may_have_a_percent_sign() -> None:
    assert sentence("5 % of it") == "5 % of it"


def test_a_sentence_is_said_in_the_language_of_the_reader_with_every_part_of_it() -> None:
    told = sentence("%(first)s to %(last)s", first=sentence("no data"), last=listed(["A", "B"]))

    assert gettext(told) == "no data to A, B"
    with speaking("zh"):
        assert gettext(told) == "无数据至A、B"
        assert gettext(NOTHING) == ""


def test_what_an_exception_says_and_what_is_copied_keeps_the_template() -> None:
    told = sentence("%(first)s to %(last)s", first="A", last=listed(["B"]))

    for each in (str(LookupError(told)), copy.deepcopy(told), pickle.loads(pickle.dumps(told))):  # noqa: S301
        assert isinstance(each, Sentence)
        assert (each.template, each.values) == (told.template, told.values)
