"""No text of a page is left untranslated: messages have Chinese words, and templates hold no text beside messages."""

import re
from collections import Counter
from datetime import UTC, date, datetime
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path

import pytest
import yaml
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from app.accounting.factors.choice import Why
from app.accounting.ledger.instrument import EnergySource
from app.accounting.metrics.vocabulary import catalogue_book
from app.accounting.stated.indicators import indicators
from app.core.inventory.resources import MeterKind
from app.core.language import language_preferred, speaking
from app.core.readings.buckets import RollupFlag
from app.core.readings.columns import Quality, Standing
from app.core.units.quantities import Rounding
from app.disclosure.checks.statement import Answer
from app.disclosure.frameworks.frameworks import frameworks
from app.disclosure.history.standing import DisclosureStatus
from app.pages.frame import words
from app.pages.look.spans import Span
from app.pages.rendering import templates
from app.rollup.issues import ACTIONS, IssueKind
from app.store.operations.jobs import RunState

APP = Path(__file__).parents[2] / "app"
ELSEWHERE = {"operations.html"}
"""A document that is no page: the reference of the API."""

_READ_ALOUD = ("aria-label", "title", "placeholder", "alt")
_TEMPLATES = sorted(path for path in (APP / "templates").rglob("*.html") if path.name not in ELSEWHERE)


def test_every_message_of_templates_and_of_the_program_has_chinese_words() -> None:
    found = extract_from_dir(
        APP,
        method_map=[("**.py", "python"), ("templates/**.html", "jinja2.ext:babel_extract")],
        keywords={"_": None, "N_": None, "ngettext": (1, 2), "sentence": None, "listed": (2,)},
    )
    messages = {message[0] if isinstance(message, tuple) else message for _, _, message, _, _ in found}

    assert len(messages) > 150
    assert sorted(str(each) for each in messages if not _translated(_chinese(), each)) == []


def test_words_that_are_chosen_at_run_time_have_chinese_ones() -> None:
    chosen = {*IssueKind, *MeterKind, *Quality, *DisclosureStatus, *RunState, *Span, *Answer}
    chosen |= {flag.name or "" for flag in RollupFlag}
    chosen |= {each.name for each in Standing} | {"prepared", "explained", "approve", "publish"}
    texts = sorted({str(each).lower().replace("_", " ") for each in chosen})

    texts += [*Why, *EnergySource, *Rounding]  # in sentences, as they are
    assert [each for each in texts if not _translated(_chinese(), each)] == []


@pytest.mark.parametrize("path", _TEMPLATES, ids=lambda path: path.name)
def test_a_template_formats_messages_of_its_own_alone(path: Path) -> None:
    """`_` puts values in at percent signs, which a company's own words may have: those go through `word`."""
    assert re.findall(r"\b_\([^\"'][^)]*\)", path.read_text("utf-8")) == []


def test_what_a_company_calls_something_is_shown_as_it_is() -> None:
    template = templates().from_string("{{ word(part) }}")
    assert [template.render(part=each) for each in ("5 % NaOH %(x)s", "")] == ["5 % NaOH %(x)s", ""]


def test_every_framework_has_a_chinese_title() -> None:
    assert [each.title for each in frameworks().values() if not _translated(_chinese(), each.title)] == []


def test_everything_that_can_be_stated_and_divided_by_has_a_chinese_title() -> None:
    titles = {each.title for each in indicators().indicators.values()}
    titles |= {str(each.title) for each in catalogue_book().denominators.values()}
    assert len(titles) > 140
    assert sorted(each for each in titles if not _translated(_chinese(), each)) == []


def test_the_catalogue_has_every_message_once() -> None:
    text = (APP / "locale" / "zh" / "LC_MESSAGES" / "messages.po").read_text("utf-8")
    found = Counter(re.findall(r'^msgid (".+")$', text, flags=re.MULTILINE))
    assert [message for message, times in found.items() if times > 1 and message != '""'] == []


def test_every_resource_and_every_kind_of_issue_with_its_remedy_has_chinese_words() -> None:
    titles = [each["title"] for each in yaml.safe_load((APP / "reference" / "resources.yaml").read_text("utf-8"))]
    assert len(titles) > 120
    assert [each for each in titles if not _translated(_chinese(), each)] == []
    assert [each for each in ACTIONS.values() if not _translated(_chinese(), each)] == []


def test_the_catalogue_translates_placeholders_into_the_same_placeholders() -> None:
    wrong = [
        _first(each.id) for each in _chinese() if each.id and _parts(_first(each.id)) != _parts(_first(each.string))
    ]
    assert wrong == []


@pytest.mark.parametrize("path", _TEMPLATES, ids=lambda path: path.name)
def test_a_template_holds_no_text_beside_its_messages(path: Path) -> None:
    reader = _Texts()
    reader.feed(re.sub(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", " ", path.read_text("utf-8"), flags=re.DOTALL))
    assert reader.found == []


def test_words_dates_and_numbers_are_in_the_readers_language() -> None:
    def said() -> tuple[str, ...]:
        at = datetime(2026, 5, 3, 14, 5, tzinfo=UTC)
        return words.gettext("Plant"), words.day(at.date()), words.instant(at), words.number(Decimal("1234567.80"))

    assert said() == ("Plant", "3 May 2026", "3 May 2026, 14:05", "1,234,567.80")
    with speaking("zh"):
        assert said() == ("厂区", "2026年5月3日", "2026年5月3日 14:05", "1,234,567.80")
        assert words.ngettext("%(num)d meter", "%(num)d meters", 2) == "%(num)d 个计量点"
        assert words.month_name(date(2026, 5, 1).month) == "5月"


@pytest.mark.parametrize(
    ("header", "code"),
    [
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        ("fr, zh-TW;q=0.5, en;q=0.6", "en"),
        ("", "en"),
        ("zh;q=x", "en"),
        ("zh;q=0", "en"),
    ],
    ids=["chinese", "english-first", "none", "unreadable", "refused"],
)
def test_a_browser_is_answered_in_the_language_it_prefers(header: str, code: str) -> None:
    assert language_preferred(header) == code


def _chinese() -> Catalog:
    with (APP / "locale" / "zh" / "LC_MESSAGES" / "messages.po").open("rb") as source:
        return read_po(source, locale="zh")


def _translated(catalogue: Catalog, message: str) -> bool:
    found = catalogue.get(message)
    return found is not None and bool(_first(found.string)) and not found.fuzzy


def _first(texts: str | list[str] | tuple[str, ...] | None) -> str:
    """Return a text, or the first of one that has a form for one and one for many; Chinese has one form."""
    return texts if isinstance(texts, str) else next(iter(texts or ("",)))


def _parts(text: str) -> list[str]:
    return sorted(set(re.findall(r"%\(\w+\)[sd]|%[sd]|\{\w+\}", text)))


class _Texts(HTMLParser):
    """What a reader sees or is read of a template, without its messages: nothing that has two letters."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._silent = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._silent = tag in ("script", "style")
        self.found += [value for name, value in attrs if name in _READ_ALOUD and value and _is_text(value)]

    def handle_data(self, data: str) -> None:
        if not self._silent and _is_text(data):
            self.found.append(data.strip())


def _is_text(data: str) -> bool:
    return re.search(r"[^\W\d_]{2}", data) is not None
