"""What is refused is told on pages in the reader's language: by its words, or by what its code means and its words."""

import ast
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from pydantic import BaseModel, Field, ValidationError

from app.core.codings import Coding, Fault
from app.core.inventory.inventory import FieldProblem, InvalidFields
from app.core.language import speaking
from app.core.translation import translated
from app.http.errors import ANSWERS, Answer
from app.ingest.problems import BodyUnreadable, RowCode, WarningCode
from app.pages.frame.words import gettext
from app.pages.refusal import refusal, refusal_of
from app.pages.refusal_codes import CODES
from app.store.operations.users import EmailTaken
from app.store.sql.conflicts import NotThere

APP = Path(__file__).parents[2] / "app"
_SECOND = {"Answer", "FieldProblem"}
_FIRST = {"BodyUnreadable", "BodyInvalid", "PydanticCustomError", "SourceUnreadable"}
_OWN_WORDS = Answer(422, "")
_ROOMS = (
    "core",
    "disclosure/live",
    "disclosure/publications",
    "http",
    "ingest/door",
    "ingest/writing",
    "pages",
    "store",
)
_OF_PROGRAMS = {"UnreadableAdditions", "UnreadableArrival", "DamagedPage", "IdempotencyKeyReused", "SecretShownOnce"}
"""Refusals that no page answers with: of damaged storage, and of what programs alone send."""


def test_every_code_that_something_is_refused_with_has_words_and_they_are_in_chinese() -> None:
    codes = {answer.code for answer in ANSWERS.values()} | {*RowCode, *WarningCode} | set(_codes_in_the_program())
    codes |= {f"{fault}_{coding}" for fault in Fault for coding in Coding} | {"method_not_allowed"}
    assert len(codes) > 180
    assert sorted(str(each) for each in codes - set(CODES)) == []
    with speaking("zh"):
        assert [code for code, words in CODES.items() if gettext(words) == words] == []


def test_no_code_has_words_that_nothing_is_refused_with() -> None:
    sources = "".join(path.read_text("utf-8") for path in APP.rglob("*.py") if path.name != "refusal_codes.py")
    made = {f"{fault}_{coding}" for fault in Fault for coding in Coding} | {"method_not_allowed"}
    assert [each for each in CODES if each not in made and f'"{each}"' not in sources] == []


def test_what_pages_are_refused_with_has_chinese_words() -> None:
    """Whatever a page's own actions raise: the texts stand in the program, their templates in the catalogue."""
    told = sorted({text for room in _ROOMS for path in (APP / room).rglob("*.py") for text in _told(path)})
    assert len(told) > 90
    with speaking("zh"):
        assert [each for each in told if translated(each) == each] == []


def test_words_that_nobody_has_translated_stand_behind_what_the_code_means() -> None:
    error = BodyUnreadable("malformed_csv", "frobnicated in line 3")
    assert refusal(error) == "frobnicated in line 3"
    with speaking("zh"):
        assert refusal(error) == "该文件不是 CSV（frobnicated in line 3）"
        assert refusal_of("no_such_code", "frobnicated") == "frobnicated"


def test_words_that_have_been_translated_stand_alone() -> None:
    with speaking("zh"):
        assert refusal(NotThere("There is no publication 3 of this year")) != "There is no publication 3 of this year"
        assert "（" not in refusal(EmailTaken("Another user has this address"))


def test_each_field_that_is_refused_is_told() -> None:
    error = InvalidFields(
        [FieldProblem("unit", "unknown_unit", "frob"), FieldProblem("zone", "unknown_timezone", "nod")]
    )
    with speaking("zh"):
        assert refusal(error) == "没有该单位（frob）；没有该时区（nod）"


def test_what_a_model_refuses_names_the_field() -> None:
    class Sent(BaseModel):
        reason: str = Field(min_length=1)

    with pytest.raises(ValidationError) as caught:
        Sent.model_validate({"reason": ""})
    assert refusal(caught.value) == "Reason: Fill this in."
    with speaking("zh"):
        assert refusal(caught.value) == "原因: 请填写此项。"


def _codes_in_the_program() -> Iterator[str]:
    """Yield every literal that stands where a code does: in the errors of fields and bodies, and in `code=`."""
    for path in APP.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
            at = 1 if name in _SECOND else 0 if name in _FIRST else len(node.args)
            found = [*node.args[at : at + 1], *(each.value for each in node.keywords if each.arg == "code")]
            if name in _SECOND | _FIRST | {"problem", "ProblemError", "problem_members", "_field_error"}:
                yield from (text for each in found for text in _literals(each))


def _literals(node: ast.expr) -> Iterator[str]:
    if isinstance(node, ast.IfExp):
        yield from (*_literals(node.body), *_literals(node.orelse))
    elif isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value


def _told(path: Path) -> Iterator[str]:
    """Yield what the errors that a file raises say, each value of theirs as `x7`."""
    kinds = {kind.__name__ for kind in _with_subclasses(ANSWERS) if ANSWERS.get(kind, _OWN_WORDS).words is None}
    kinds = kinds - _OF_PROGRAMS | {"FieldProblem", "SourceUnreadable"}
    source = path.read_text("utf-8")
    raises = "FieldProblem(" in source
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") in ("words", "detail") and raises:
            yield from (text for text in [_text(node.value)] if " " in text)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in kinds:
            yield from (text for text in map(_text, node.args) if " " in text)


def _with_subclasses(kinds: Iterable[type[Exception]]) -> set[type[Exception]]:
    return {each for kind in kinds for each in (kind, *_with_subclasses(kind.__subclasses__()))}


def _text(node: ast.expr) -> str:
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr(values=values):
            return "".join(_text(each) or "x7" for each in values)
        case ast.BinOp(left=left, right=right):
            return _text(left) + _text(right)
    return ""
