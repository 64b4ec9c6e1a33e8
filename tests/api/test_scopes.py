"""Which scope lets a key do what: the page that says so, against a call of each operation with each scope."""

import re
from pathlib import Path

import httpx
import pytest

from app.commands.scopes import NoMatrix, operations, scope_matrix, with_matrix
from app.main import create_app
from app.settings import Settings
from tests.api.test_keys import make_key, with_key

PAGE = Path(__file__).parents[2] / "docs" / "security.md"
_LINE = re.compile(r"\| `(GET|POST|PUT|PATCH|DELETE) (\S+)` \| `\w+` \|(.*)\|")


def told() -> dict[tuple[str, str], list[str]]:
    """Return the cells of the page by method and path."""
    lines = [match for line in PAGE.read_text("utf-8").splitlines() if (match := _LINE.fullmatch(line))]
    return {(line[1], line[2]): [cell.strip() for cell in line[3].split("|")] for line in lines}


def test_the_page_has_the_matrix_of_the_routes() -> None:
    page = PAGE.read_text("utf-8")

    assert with_matrix(page, scope_matrix(create_app(Settings()))) == page, "make scopes"
    assert len(told()) == len(operations(create_app(Settings()))) > 100


def test_a_page_without_a_place_for_the_matrix_is_refused() -> None:
    with pytest.raises(NoMatrix, match="scopes: begin"):
        with_matrix("# A page\n", "| a |\n")


def test_the_page_says_what_no_reader_may_miss() -> None:
    #                 ingest amend  read prepare approve audit admin
    assert told()["POST", "{org}/readings"] == ["yes", "", "", "", "", "", "yes"]
    assert told()["DELETE", "{org}/readings"] == ["", "yes", "", "", "", "", "yes"]
    assert told()["POST", "{org}/meters/{meter}/exchanges"] == ["", "yes", "", "", "", "", "yes"]
    assert told()["DELETE", "{org}/meters/{meter}/exchanges"] == ["", "yes", "", "", "", "", "yes"]
    assert told()["POST", "{org}/amendments"] == ["", "yes", "", "yes", "", "", "yes"]
    assert told()["GET", "{org}/audit"] == ["", "", "", "", "", "yes", "yes"]
    assert told()["DELETE", "{org}"] == ["", "", "", "", "", "", "every"]


@pytest.mark.parametrize("limited", [False, True], ids=["every organization", "one organization"])
@pytest.mark.parametrize("column", range(7), ids=["ingest", "amend", "read", "prepare", "approve", "audit", "admin"])
def test_each_operation_is_refused_to_each_scope_that_the_page_does_not_name(
    client: httpx.Client, column: int, limited: bool
) -> None:
    scope = ["ingest", "amend", "read", "prepare", "approve", "audit", "admin"][column]
    organization = {"code": "home", "name": "Home", "timezone": "UTC", "currency": "EUR"}
    assert client.post("/v1/organizations", json=organization).status_code == 201
    key = with_key(make_key(client, [scope], ["home"] if limited else None))

    wrong = []
    for (method, path), cells in told().items():
        # Of an organization that there is not: who is let in is told so, and nothing is done.
        concrete = re.sub(r"\{\w+\}", "nothing", path.replace("{org}", "/organizations/nobody"))
        status = client.request(method, f"/v1{concrete}", headers=key, content=b"{").status_code
        allowed = cells[column] == "yes" or (cells[column] == "every" and not limited)
        if (status == 403) is allowed or status == 401 or (allowed and "{org}/" in path and status != 404):
            wrong.append((method, path, status))

    assert wrong == []
