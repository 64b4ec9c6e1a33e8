"""Exports in Chinese: what is ours is said in it; an organization's own words, and what programs read, stay."""

import csv
import io
import zipfile
from codecs import BOM_UTF8

import openpyxl
import pypdf
import pytest

from app.core.language import LANGUAGES, speaking
from app.disclosure.exports.formats import ExportFormat, ExportLanguage, export_of
from app.disclosure.exports.pack import pack_of
from app.disclosure.exports.tables import figures_table, findings_table, lineage_table
from app.disclosure.exports.tables_in_words import in_words
from app.disclosure.figures.titles import part_in_words, part_values, titled
from app.disclosure.figures.typesetting import typeset_unit
from tests.exports.documents import check, document, figure, publication
from tests.exports.reading import FOR_PEOPLE, read


def _chinese(wanted: ExportFormat) -> bytes:
    with speaking("zh"):
        return export_of(publication(), wanted)


def test_there_is_an_export_in_every_language_there_are_words_in() -> None:
    assert [each.value for each in ExportLanguage] == list(LANGUAGES)


@pytest.mark.parametrize("wanted", [ExportFormat.PDF, ExportFormat.HTML, ExportFormat.XLSX])
def test_a_report_says_in_chinese_what_is_ours_and_leaves_what_is_the_organizations(wanted: ExportFormat) -> None:
    text = read(wanted, _chinese(wanted))
    assert "江西磁材" in text
    assert "Not material: no stack." in text
    assert "赣州工厂" in text
    assert "2021年1月1日至2021年12月31日" in text
    assert "香港交易所" in text
    assert "来源 municipal" in text
    assert "运营控制权法" in text
    assert "errors" not in text
    assert {"Publication", "Figures", "Reporting period", "Consolidation", "warning"} & set(text.split()) == set()


def test_documents_name_their_language() -> None:
    assert b'<html lang="zh-Hans">' in _chinese(ExportFormat.HTML)
    assert b'<html lang="en">' in export_of(publication(), ExportFormat.HTML)
    opened = pypdf.PdfReader(io.BytesIO(_chinese(ExportFormat.PDF)))
    assert str(opened.root_object["/Lang"]) == "zh-Hans"
    assert getattr(opened.outline[0], "title", "") == "数据"


def test_sheets_and_heads_are_in_chinese_and_numbers_stay_numbers() -> None:
    book = openpyxl.load_workbook(io.BytesIO(_chinese(ExportFormat.XLSX)))
    assert book.sheetnames == ["发布版本", "A1", "A2", "B1", "B2", "数据溯源", "因子", "检查"]
    assert [cell.value for cell in book["A1"][3]][:6] == ["指标编号", "指标", "维度", "单位", "2021", "2020"]
    assert [cell.value for cell in book["A1"][4]][3:6] == ["tCO₂e", 1577, 1400]
    assert [cell.value for cell in book["检查"][1]] == ["指标键", "维度", "代码", "级别", "检查发现", "如何修正"]


def test_a_chinese_csv_is_known_as_utf8_by_a_spreadsheet_and_has_the_cells_of_the_english_one() -> None:
    content = _chinese(ExportFormat.CSV)
    assert content.startswith(BOM_UTF8)
    heads, first, *_more = csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""))
    assert heads[:10] == [
        "指标编号",
        "其他代码",
        "指标键",
        "维度",
        "指标",
        "单位",
        "报告年度",
        "数值",
        "列示值",
        "文字",
    ]
    assert heads[10:13] == ["数值 2020", "列示值 2020", "已重述 2020"]
    assert first[6:9] == ["2021", "1577.1", "1577"]
    assert first[12] == "是"
    assert first[heads.index("期间")] == "2021-01-01至2021-12-31"
    assert not export_of(publication(), ExportFormat.CSV).startswith(BOM_UTF8)


def test_every_column_of_the_tables_has_a_head() -> None:
    with speaking("zh"):
        for table in (figures_table, lineage_table, findings_table):
            said = in_words(table(publication()))
            assert [each for each in said.columns if "_" in each] == []


def test_a_pack_holds_chinese_reports_beside_data_files_that_are_the_same_in_any_language() -> None:
    with speaking("zh"):
        packed = b"".join(pack_of(publication()))
    english = b"".join(pack_of(publication()))
    differ = {name.rpartition("/")[2] for name, content in _files(packed).items() if content != _files(english)[name]}
    assert differ == {"report.pdf", "workbook.xlsx", "SHA256SUMS"}


def _files(pack: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(pack)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_english_exports_are_the_same_after_chinese_ones() -> None:
    before = [export_of(publication(), each) for each in FOR_PEOPLE]
    for each in FOR_PEOPLE:
        _chinese(each)
    assert [export_of(publication(), each) for each in FOR_PEOPLE] == before


def test_a_note_of_several_figures_names_them_all_in_chinese() -> None:
    said = [check("partial", "warning", f"{key} of 2021 is odd") for key in ("water.total", "water.recycled")]
    figures = [
        figure("A2.2", key, "1", "1", checks=[each])
        for key, each in zip(("water.total", "water.recycled"), said, strict=True)
    ]
    with speaking("zh"):
        text = read(ExportFormat.HTML, export_of(publication(**document(figures=figures)), ExportFormat.HTML))
    assert "water.total和water.recycled of 2021 is odd" in text


def test_units_titles_and_parts_are_in_the_readers_language() -> None:
    def said() -> tuple[str, ...]:
        parts = {"gender": "female", "region": "female", "age": "under_30"}
        titles = ("Emissions of nox to air", "Diesel, as energy", "Greenhouse gas emissions per person employed")
        return (
            *map(titled, titles),
            part_in_words(parts),
            typeset_unit("tCO2e per person"),
            typeset_unit("CNY million"),
        )

    assert said() == (
        "Emissions of nox to air",
        "Diesel, as energy",
        "Greenhouse gas emissions per person employed",
        "gender female, region female, age under 30",
        "tCO₂e per person",
        "CNY million",
    )
    with speaking("zh"):
        assert said() == (
            "氮氧化物大气排放量",
            "柴油（折算能量）",
            "每员工的温室气体排放",
            "性别 女、地区 female、年龄 30岁以下",
            "tCO₂e/人",
            "CNY 百万",
        )


def test_every_part_that_an_organization_does_not_name_itself_has_chinese_words() -> None:
    with speaking("zh"):
        names = {name: part_in_words({name: "x"}).removesuffix(" x") for name in part_values()}
        said = {
            (name, value): part_in_words({name: value}).removeprefix(f"{names[name]} ")
            for name, values in part_values().items()
            for value in values
        }
    assert [name for name, words in names.items() if words == name.replace("_", " ")] == []
    assert [each for each, words in said.items() if words == each[1].replace("_", " ") and not words.isdigit()] == []
