"""A report says who prepared, approved and published it, by name and local time, and what is no explanation."""

import httpx
import pytest

from app.disclosure.exports.published import Signature, published
from app.disclosure.exports.report import report_of
from app.disclosure.figures.reasons import is_reason
from app.disclosure.figures.wordings import told_of, wording_of
from tests.exports.documents import check, figure, publication
from tests.support.desk import Desk

EXPORTS = "/v1/organizations/acme/disclosures/hkex-2020/2021/publications/1/exports"


@pytest.mark.parametrize(
    ("text", "explains"),
    [
        (None, False),
        ("", False),
        (" – ", False),
        ("N/A", False),
        ("tbd.", False),
        ("Insufficient", False),
        ("不适用。", False),
        ("N/A: we have no stack", True),
        ("不适用：本公司没有烟囱", True),
        ("Insufficient meters until 2022", True),
    ],
    ids=["none", "empty", "dash", "n-a", "tbd", "insufficient", "chinese", "n-a-why", "chinese-why", "words"],
)
def test_a_placeholder_is_no_reason(text: str | None, explains: bool) -> None:
    assert is_reason(text) is explains


def test_what_is_called_explained_by_a_placeholder_is_not() -> None:
    said = [{"kpi": "A1.1", "text": "N/A"}, {"kpi": "A1.5", "text": "Set in 2023"}]
    report = report_of(publication(explanations=said))
    assert [(each.kpi, each.explanation) for each in report.explained] == [("A1.5", "Set in 2023")]
    assert [(each.kpi, each.explanation) for each in report.unexplained] == [("A1.1", "N/A"), ("A2.5", None)]


def test_a_finding_is_told_once_with_every_figure_it_is_of() -> None:
    def old(key: str) -> dict[str, object]:
        return check("factor_old", "warning", f"{key} of 2021 rests on a factor of 2012", key=key)

    figures = [
        figure("A1.2", key, "1", "1", checks=[old(key)]) for key in ("ghg.scope2", "ghg.scope2.market", "ghg.total")
    ]
    report = report_of(publication(figures=figures, checks=[]))
    told = "ghg.scope2, ghg.scope2.market and ghg.total of 2021 rests on a factor of 2012"
    assert [(each.detail, each.about) for each in report.remarks] == [
        (told, "ghg.scope2, ghg.scope2.market, ghg.total")
    ]
    assert report.notes == (told,)
    assert wording_of("ghg.scope2.market is low", "ghg.scope2") == "ghg.scope2.market is low"
    assert told_of("x is low", None, []) == "x is low"


def test_a_report_names_who_prepared_approved_and_published_it_in_the_organizations_time(desk: Desk) -> None:
    desk.prepare()
    draft = desk.client.get(f"{EXPORTS}/html")
    assert "<dt>Approved</dt><dd>not yet</dd>" in draft.text
    json = desk.client.get(f"{EXPORTS}/json")
    desk.approve(1)
    desk.publish(1)
    page = desk.client.get(f"{EXPORTS}/html", headers={"If-None-Match": draft.headers["ETag"]})
    assert page.status_code == 200
    steps = {label: page.text.split(f"<dt>{label}</dt><dd>")[1].split("</dd>")[0] for label in ("Prepared", "Approved")}
    assert (steps["Prepared"][-23:], steps["Approved"][-23:]) == ("(UTC+08:00), by prepare", "(UTC+08:00), by approve")
    assert "by approve" in page.text.split("<dt>Published</dt>")[1].split("</dd>")[0]
    again = {"If-None-Match": json.headers["ETag"]}
    assert desk.client.get(f"{EXPORTS}/json", headers=again).status_code == 304
    assert _cells(desk.client.get(f"{EXPORTS}/xlsx"))["Approved"].endswith("by approve")


def test_instants_of_a_report_are_told_by_the_organizations_clock() -> None:
    of = publication()
    signed = published(of.text, of.digest, (Signature("approved", "Ava Łódź", of.prepared_at),))
    told = dict(report_of(signed).basis.statements)
    assert told["Approved"].endswith("(UTC+08:00), by Ava Łódź")
    assert told["Published"] == "not yet"


def _cells(answer: httpx.Response) -> dict[str, str]:
    from io import BytesIO

    from openpyxl import load_workbook

    sheet = load_workbook(BytesIO(answer.content))["Publication"]
    return {str(label): str(text) for label, text in sheet.iter_rows(min_col=1, max_col=2, values_only=True) if label}
