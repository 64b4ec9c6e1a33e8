"""A real browser lays the page out with its figures and charts, on a desk and on a phone."""

from pathlib import Path

import httpx

from tests.support.chromium import dumped_dom, screenshot

_PNG = b"\x89PNG\r\n\x1a\n"


def test_the_browsers_document_holds_the_printed_figures_and_two_bars_for_each_month(
    magnets_url: str, tmp_path: Path
) -> None:
    document = dumped_dom(f"{magnets_url}/?organization=magnets&year=2021", tmp_path / "profile")

    for figure in ("91,005", "88,443", "2,562", "168,239", "1,184,947", "732,345"):
        assert figure in document
    water = document.split("<h3>Water withdrawal</h3>")[1].split("</figure>")[0]
    assert water.count("<rect") == 24
    assert "May: 62,199 m³, the year before 46,743" in water


def test_the_page_is_drawn_at_desk_width(magnets_url: str, tmp_path: Path) -> None:
    picture = tmp_path / "desk.png"

    screenshot(f"{magnets_url}/", tmp_path / "profile", picture, width=1280, height=1600)

    assert _size(picture) == (1280, 1600)
    assert picture.stat().st_size > 40_000


def test_no_part_of_the_page_is_wider_than_a_phone(magnets_url: str, tmp_path: Path) -> None:
    """Chromium's window is never narrower than 500 pixels, so the page stands in a frame of a phone's width."""
    (tmp_path / "page.html").write_text(httpx.get(f"{magnets_url}/").text, "utf-8")
    (tmp_path / "phone.html").write_text(
        '<iframe src="page.html" width="390" height="800"></iframe><script>'
        "onload = () => { const page = document.querySelector('iframe').contentDocument.documentElement;"
        " document.title = `scrolls ${page.scrollWidth} of ${page.clientWidth}`; }</script>",
        "utf-8",
    )

    document = dumped_dom((tmp_path / "phone.html").as_uri(), tmp_path / "profile", "--allow-file-access-from-files")

    assert "<title>scrolls 375 of 375</title>" in document or "<title>scrolls 390 of 390</title>" in document


def _size(picture: Path) -> tuple[int, int]:
    head = picture.read_bytes()[:24]
    assert head.startswith(_PNG)
    return int.from_bytes(head[16:20]), int.from_bytes(head[20:24])


def test_the_reference_shows_bodies_and_examples_in_the_dark_and_tries_this_service(
    magnets_url: str, tmp_path: Path
) -> None:
    dark = ("--blink-settings=preferredColorScheme=0", "--virtual-time-budget=20000")
    document = dumped_dom(f"{magnets_url}/docs#/readings/post_readings", tmp_path / "profile", *dark)

    assert '<html lang="en" class="dark-mode">' in document
    assert "Rows are judged one by one." in document
    assert "body-param__text" in document
    assert "Execute" in document
    assert f'<option value="{magnets_url}"' in document
    assert "could not be read" not in document
