"""The report as a page and as a PDF: what they say, that they need nothing else, and that every character prints."""

import io
import re
from datetime import UTC, datetime
from decimal import Decimal
from html.parser import HTMLParser
from xml.etree.ElementTree import fromstring

import pypdf
import pytest

from app.disclosure.exports.page import content_policy, page_of
from app.disclosure.exports.pdf import pdf_of
from app.disclosure.exports.published import Published
from app.disclosure.exports.report import report_of
from tests.exports.documents import NAME, check, earlier, figure, publication


class _Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def _page_text(of: Published) -> str:
    parser = _Text()
    parser.feed(page_of(of).decode())
    return " ".join(" ".join(parser.words).split())


def _pdf(of: Published) -> pypdf.PdfReader:
    return pypdf.PdfReader(io.BytesIO(pdf_of(of)))


def _pdf_text(of: Published) -> str:
    return "\n".join(page.extract_text() for page in _pdf(of).pages)


def test_rows_stand_by_aspect_with_parts_below_their_total() -> None:
    aspects = report_of(publication()).aspects
    assert [aspect.title for aspect in aspects] == [
        "A1 Emissions",
        "A2 Use of resources",
        "B1 Employment",
        "B2 Health and safety",
    ]
    total, part = aspects[1].rows
    assert (total.title, total.is_part) == ("Title of water.total", False)
    assert (part.title, part.is_part) == ("source municipal", True)
    assert [value.shown for value in total.values] == ["732,345.5", "551,868.0", None]


def test_flags_findings_and_estimates_become_numbered_notes_each_once() -> None:
    report = report_of(publication())
    assert report.notes == (
        "factor grid_central pinned",
        "readings cover 98.5 % of the expected time",
        "25.0 % of the quantity is estimated",
    )
    assert [row.notes for row in report.aspects[0].rows] == [(1, 2), (1, 3)]


def test_a_main_figure_that_lacks_something_says_so_beside_its_number() -> None:
    lacking = check("no_factor", "error", "no emission factor of fuel.biomass for DE")
    before = check("comparative_incomplete", "error", "2020: no emission factor of fuel.biomass for DE")
    figures = [
        figure("A1.2", "ghg.total", "427.1", "427", checks=[lacking]),
        figure("A2.1", "energy.total", "17", "17", coverage=Decimal("0.755")),
        figure("A2.2", "water.total", "3", "3", checks=[before]),
    ]
    of = publication(figures=figures)
    remarks = ["incomplete or in error: see the notes", "75.5 % covered", None]
    assert [each.remark for each in report_of(of).highlights] == remarks
    for text in (_page_text(of), " ".join(_pdf_text(of).split())):
        assert "427 m³ incomplete or in error: see the notes" in text
        assert "75.5 % covered" in text


def test_what_is_not_reported_stands_with_its_explanation() -> None:
    absences = report_of(publication()).absences
    assert [(each.kpi, each.titles, each.explanation) for each in absences] == [
        ("A1.1", (), "Not material: no stack."),
        ("A2.5", ("Title of packaging.total",), None),
    ]


def test_findings_of_one_wording_stand_together_the_gravest_first() -> None:
    same = [check("no_data", "info", "no counted meter has data")]
    figures = [figure("A1.1", f"air.{at}", None, None, checks=same) for at in range(8)]
    remarks = report_of(publication(figures=figures)).remarks
    assert [(each.severity, each.about) for each in remarks] == [
        ("error", "ghg.total"),
        ("info", "air.0, air.1, air.2, air.3, air.4, air.5 and 2 more"),
    ]


@pytest.mark.parametrize("text_of", [_page_text, _pdf_text])
def test_the_report_says_who_when_which_and_how_much(text_of: object) -> None:
    assert callable(text_of)
    of = publication()
    text = " ".join(text_of(of).split())
    for words in (
        "HKEX ESG Reporting Guide (2020)",
        "ESG disclosure 2021",
        "1 January 2021 to 31 December 2021",
        of.digest,
        "Title of ghg.scope2",
        "tCO₂e",
        "1,577",
        "1,400 R",
        "-12",
        "there is no base year",
        "State one",
        "Not material: no stack.",
        "publication 1 of the same year",
        "0.5257 kg CO₂e per kWh",
        "A yearbook, table 3",
    ):
        assert words in text, words


def test_the_page_needs_nothing_else_and_runs_no_script() -> None:
    page = page_of(publication()).decode()
    assert not re.search(r"<script|<link|<iframe|<img|\bon\w+=|style=|@import|url\(", page)
    assert set(re.findall(r"[a-z]+://[^\"<\s]+", page)) == {"http://www.w3.org/2000/svg"}
    assert "江西磁材 &lt;Łódź&gt; &amp; Söhne" in page
    assert re.search(r"style-src 'sha256-[A-Za-z0-9+/]{43}='", content_policy())


def test_the_page_draws_the_main_figures_without_a_random_name() -> None:
    years = [earlier(2020, "551868", "551868"), earlier(2019, "576571", "576571")]
    of = publication(figures=[figure("A2.2", "water.total", "732345", "732345", comparatives=years)])
    (drawing,) = re.findall(r"<svg.*?</svg>", page_of(of).decode(), re.DOTALL)
    svg = fromstring(drawing)  # noqa: S314 - our own drawing
    texts = [text.text for text in svg.iter("{http://www.w3.org/2000/svg}text")]
    assert {"2019", "2020", "2021", "576,571", "551,868", "732,345"} <= set(texts)
    assert " id=" not in drawing


def test_every_page_of_the_pdf_has_the_hash_and_its_number() -> None:
    many = [figure("A2.2", f"key.{at}", "1", "1") for at in range(120)]
    of = publication(figures=many)
    pages = _pdf(of).pages
    assert len(pages) == 4
    for at, page in enumerate(pages, start=1):
        assert f"Publication 2 for 2021, SHA-256 {of.digest}" in page.extract_text()
        assert f"{at} / 4" in page.extract_text()


def test_every_character_of_the_pdf_prints_from_a_font_inside_it() -> None:
    reader = _pdf(publication())
    text = " ".join("\n".join(page.extract_text() for page in reader.pages).split())
    assert NAME in text
    assert "赣州工厂 (ganzhou)" in text
    assert "=HYPERLINK(1) and 安全 U+1F600" in text
    embedded, named_only = set(), set()
    for page in reader.pages:
        inside, outside = page._get_fonts()
        embedded |= {name.partition("+")[2] for name in inside}
        named_only |= outside
    assert embedded == {"Lato-Regular", "Lato-Bold", "NotoSansSC"}
    assert named_only == set()


def test_a_publication_in_one_script_carries_no_other_font() -> None:
    plain = publication(
        organization={"code": "acme", "name": "Acme", "currency": "CNY", "timezone": "Asia/Shanghai"},
        basis={**publication().document["basis"], "plants": []},
        figures=[],
    )
    assert "NotoSansSC" not in pdf_of(plain).decode("latin-1")


def test_the_pdf_is_dated_and_identified_by_the_publication() -> None:
    of = publication()
    reader = _pdf(of)
    assert reader.metadata is not None
    assert reader.metadata.creation_date == datetime(2022, 3, 1, 8, 0, 1, tzinfo=UTC)
    assert reader.metadata.modification_date == datetime(2022, 3, 1, 8, 0, 1, tzinfo=UTC)
    assert of.digest in str(reader.metadata["/Subject"])


def test_texts_of_many_pages_are_printed_whole() -> None:
    long = "Every word counts. " * 1_500 + "The end."
    explained = [{"kpi": "A1.1", "text": long}]
    figures = [figure("B1.1", "policy", None, None, text=long, flags=[long])]
    of = publication(figures=figures, explanations=explained, checks=[check("x", "error", long)], reason=long)
    assert _pdf_text(of).count("The end.") == 5


def test_a_publication_without_figures_is_a_report_all_the_same() -> None:
    of = publication(figures=[], checks=[], explanations=[])
    for text in (_page_text(of), _pdf_text(of)):
        assert "This publication has no figures with values." in text
        assert "The checks found nothing." in text
