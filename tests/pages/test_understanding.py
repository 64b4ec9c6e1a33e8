"""From a figure of the annual table to its terms, a month, a day and a reading, by the links of the pages alone."""

import html
import re

import httpx

_YEAR = {"organization": "magnets", "year": "2021"}


def test_a_figure_is_followed_to_its_readings_by_clicks(magnets_url: str) -> None:
    table = httpx.get(f"{magnets_url}/", params=_YEAR).text
    row = table.split('data-key="ghg.scope1"')[1].split("</tr>")[0]
    figure = _follow(magnets_url, row, "/figures/")
    assert "2562.079142658…" in figure
    assert _sum(figure) == "2562.079142658…"

    by_month = _follow(magnets_url, figure, "by=month")
    assert _sum(by_month) == "2562.079142658…"
    march = next(row for row in by_month.split("<tr>") if "2021-03-01 – 2021-03-31" in row)
    assert "100639.334246 m³" in march  # 1,184,947 m³ of 365 days, in whole micro-units
    days = _follow(magnets_url, march, "/meters/gas?")
    assert len(_quantities(days)) == 31
    assert _sum(days)[:9] == "100639.33"
    readings = _follow(magnets_url, days, "/readings?")
    assert _quantities(readings) == ["1184947"]
    assert readings.count("the last one before") == 1
    version = _follow(magnets_url, readings, "/versions?")
    assert _quantities(version) == ["1184947"]


def test_the_readings_of_a_day_add_up_to_it(magnets_url: str) -> None:
    path = "/organizations/magnets/meters/hazardous"
    days = httpx.get(f"{magnets_url}{path}?from=2021-03-01&to=2021-04-01").text
    assert (_quantities(days), _sum(days)) == (["200.5"], "200.5")
    readings = _follow(magnets_url, days, "/readings?")
    assert _sum(readings) == "200.5"
    assert "2021-03-15 10:00:00 +0800" in readings
    assert _quantities(readings)[:1] == ["200.5"]
    assert "the first one behind" in readings


def test_terms_of_a_part_and_of_a_quotient_add_up(magnets_url: str) -> None:
    table = httpx.get(f"{magnets_url}/", params=_YEAR).text
    for key in ("ghg.intensity.product", "consumption.electricity"):
        for row in table.split(f'data-key="{key}"')[1:2]:
            figure = _follow(magnets_url, row.split("</tr>")[0], "/figures/")
            shown = re.findall(r'<p class="lead">[^·]*· (\S+)', figure)
            assert _sum(figure) == shown[0]


def test_an_instant_before_the_readings_shows_no_figure(magnets_url: str) -> None:
    path = "/organizations/magnets/figures/hkex-2020/2021/ghg.scope1"
    page = httpx.get(f"{magnets_url}{path}", params={"as_of": "2000-01-01T00:00:00Z"})

    assert page.status_code == 200
    assert "no data" in page.text
    assert "<tfoot>" not in page.text
    # As the page's field has it, by the clock of Shanghai:
    by_clock = httpx.get(f"{magnets_url}{path}", params={"clock": "2000-01-01T08:00"})
    assert re.findall("<main.*</main>", by_clock.text, re.DOTALL) == re.findall("<main.*</main>", page.text, re.DOTALL)
    assert 'name="clock" type="datetime-local" step="1" value="2000-01-01T08:00:00"' in page.text
    assert "<tfoot>" in httpx.get(f"{magnets_url}{path}", params={"clock": ""}).text


def test_days_that_are_none_and_what_is_not_there_are_told(magnets_url: str) -> None:
    meter = f"{magnets_url}/organizations/magnets/meters/gas"
    for path, status in (
        (f"{meter}?from=2021-03-02&to=2021-03-02", 422),
        (f"{meter}?from=2021-03-01&to=2031-03-01", 422),
        (f"{meter}?from=1&to=2021-03-01", 422),
        (f"{magnets_url}/organizations/magnets/meters/none?from=2021-03-01&to=2021-03-02", 404),
        (f"{magnets_url}/organizations/magnets/figures/hkex-2020/2021/none", 404),
    ):
        assert httpx.get(path).status_code == status, path


def test_nobody_sees_them_without_signing_in(closed_url: str) -> None:
    for path in ("figures/gri/2021/ghg.total", "meters/grid?from=2021-01-01&to=2021-01-02"):
        page = httpx.get(f"{closed_url}/organizations/secret-works/{path}", headers={"Accept": "text/html"})
        assert (page.status_code, page.headers["Location"].split("?")[0]) == (303, "/sign-in")


def _follow(url: str, text: str, part: str) -> str:
    """Return the page that the first link with `part` in its address leads to; relative ones are of the figure's."""
    address = next(each for each in map(html.unescape, re.findall(r'href="([^"]+)"', text)) if part in each)
    if address.startswith("?"):
        address = f"/organizations/magnets/figures/hkex-2020/2021/ghg.scope1{address}"
    page = httpx.get(f"{url}{address}")
    assert page.status_code == 200, page.text
    return page.text


def _sum(page: str) -> str:
    return str(re.findall(r'<td class="num"[^>]*>([^<]+)</td>', page.split("<tfoot>")[1])[0])


def _quantities(page: str) -> list[str]:
    return re.findall(r'</th>\s*<td class="num"[^>]*>([^<]+)</td>', page.split("<tbody>")[1].split("</tbody>")[0])
