"""The groups of countries that instruments may name, over HTTP."""

import httpx

from tests.support.works import get


def test_the_areas_are_listed_with_carriers_members_days_and_source(client: httpx.Client) -> None:
    page = get(client, "/v1/market-areas")
    areas = {(each["code"], *each["carriers"]): each for each in page["items"]}
    assert list(areas) == [
        ("AIB", "electricity"),
        ("AIB", "gas"),
        ("EEA", "electricity", "gas"),
        ("EU", "electricity", "gas"),
        ("NORTH-AMERICA", "electricity"),
    ]
    assert page["next"] is None
    association = areas["AIB", "electricity"]
    assert association["also"] == ["EECS"]
    members = {each["country"]: each for each in association["members"]}
    assert members["NO"] == {"country": "NO", "valid_from": None, "valid_to": None, "issues_to": None}
    assert members["RS"]["valid_from"] == "2019-10-07"
    assert "GB" not in members
    assert association["source"].startswith("Domain protocols of the members of the Association of Issuing Bodies")
    (britain,) = [each for each in areas["EU", "electricity", "gas"]["members"] if each["country"] == "GB"]
    assert (britain["valid_to"], britain["issues_to"]) == ("2023-04-01", "2021-01-01")


def test_areas_come_in_pages(client: httpx.Client) -> None:
    first = get(client, "/v1/market-areas", limit=3)
    second = get(client, "/v1/market-areas", limit=3, cursor=first["next"])
    codes = [each["code"] for page in (first, second) for each in page["items"]]
    assert codes == ["AIB", "AIB", "EEA", "EU", "NORTH-AMERICA"]
    assert second["next"] is None
