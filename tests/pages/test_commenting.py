"""A draft is commented on from its page: on a figure that is chosen by its title, in the name of who is signed in."""

import re

import httpx
import pytest

from tests.conftest import Make
from tests.support.pages import browsing

REPORT = "/organizations/acme/reports/hkex-2020/2023"
PLACE = f"{REPORT}/1/comments"
API = "/v1/organizations/acme/disclosures/hkex-2020/2023/publications"


@pytest.fixture
def draft(client: httpx.Client, make_organization: Make) -> None:
    """A draft of an organization in Shanghai that has nothing."""
    make_organization()
    client.post(API, json={}).raise_for_status()


def test_a_comment_is_written_listed_by_name_and_local_time_and_counted(client: httpx.Client, draft: None) -> None:
    body = {"name": "Ava Reads", "scopes": ["read"], "organizations": ["acme"]}
    key = client.post("/v1/keys", json=body).json()["key"]
    with browsing(client, key) as ava:
        page = ava.get(PLACE).text
        assert "Nobody has commented yet" in page
        titles = re.findall(r'<option value="(\d+)">([^<]+)', page.split('id="of"')[1])
        chosen = next(place for place, title in titles if title == "A2.1 Total energy consumption")
        empty = ava.post(PLACE, data={"of": chosen, "text": " "})
        assert (empty.status_code, f'value="{chosen}" selected' in empty.text) == (409, True)
        assert "Write what you have to say" in empty.text.split('role="alert"')[1]
        assert ava.post(PLACE, data={"of": "9999", "text": "x"}).status_code == 409
        said = ava.post(PLACE, data={"of": chosen, "text": "Which <meters>?"})
        assert (said.status_code, said.headers["Location"]) == (303, f"{PLACE}?done=commented#said")
        assert ava.post(PLACE, data={"text": "Well done"}).status_code == 303

        first, second = ava.get(PLACE).text.split('<li id="comment-')[1:]
        stored = client.get(f"{API}/1/comments").json()["items"]
        assert ("Ava Reads" in first, "A2.1 Total energy consumption" in first) == (True, True)
        assert "Which &lt;meters&gt;?" in first
        assert "Well done" in second
        assert [(each["key"], each["name"]) for each in stored] == [("energy.total", "Ava Reads"), (None, "Ava Reads")]
        assert "2 comments" in ava.get(REPORT).text
        assert "2 条意见" in ava.get(f"{REPORT}?language=zh").text


def test_who_reads_without_a_name_is_asked_to_sign_in_and_cannot_comment(magnets_url: str) -> None:
    report = f"{magnets_url}/organizations/magnets/reports/hkex-2020/2021/1/comments"
    assert "Sign in to comment" in httpx.get(report).text
    place = f"{magnets_url}/v1/organizations/magnets/disclosures/hkex-2020/2021/publications/1/comments"
    answer = httpx.post(place, json={"text": "x"})
    assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")
    assert len(httpx.get(place).json()["items"]) == 1
