"""The commands that operators type: what they print, and what they say instead of a traceback."""

import json
import sqlite3
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from io import BytesIO, StringIO, TextIOWrapper
from pathlib import Path
from typing import NamedTuple

import httpx
import pytest

from app.cli import main
from app.core.calendar.zone_rules import EDITION
from tests.conftest import Make
from tests.support.client_programs import client_programs

__all__ = ["client_programs"]


class Said(NamedTuple):
    """How a command ended."""

    status: int
    out: str
    err: str


Esg = Callable[..., Said]
METER = (
    "--plant",
    "main",
    "--resource",
    "electricity.grid",
    "--kind",
    "interval",
    "--unit",
    "kWh",
    "--interval",
    "PT1H",
)


@pytest.fixture
def esg(monkeypatch: pytest.MonkeyPatch) -> Esg:
    """Run the command line with these words and nothing of ESG_ in the environment but what the test sets."""

    def run(*words: str) -> Said:
        monkeypatch.setattr("sys.argv", ["esg", *words])
        # Files with a buffer of bytes, as a process has them: what is printed as bytes goes there.
        out, err = (TextIOWrapper(BytesIO(), "utf-8", write_through=True) for _ in range(2))
        with redirect_stdout(out), redirect_stderr(err), pytest.raises(SystemExit) as ended:
            main()
        texts = [each.buffer.getvalue().decode() for each in (out, err) if isinstance(each.buffer, BytesIO)]
        return Said(int(ended.value.code or 0), *texts)

    monkeypatch.delenv("ESG_ADMIN_KEY", raising=False)
    return run


@pytest.fixture
def environment(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ESG_DATABASE_URL", database_url)


def test_the_version_names_the_edition_of_the_zone_rules(esg: Esg) -> None:
    assert esg("--version") == (0, f"esg-metrics 0.1.0, zone rules {EDITION}\n", "")


def test_completion_is_offered(esg: Esg) -> None:
    assert "--show-completion" in esg("--help").out


@pytest.mark.usefixtures("environment")
def test_a_company_is_set_up_from_the_command_line(esg: Esg, client: httpx.Client) -> None:
    fields = ("--set", "name=Acme Works", "--set", 'frameworks=["esrs"]')
    made = esg("organizations", "create", "works", "--timezone", "Asia/Shanghai", "--currency", "CNY", *fields)
    assert (made.status, json.loads(made.out)["name"]) == (0, "Acme Works")
    assert esg("plants", "create", "main", "-o", "works", "--country", "CN", "--set", "equity_share=0.25").status == 0
    assert esg("meters", "create", "grid", "-o", "works", *METER, "--set", "multiplier=40").status == 0

    assert client.get("/v1/organizations/works/plants/main").json()["equity_share"] == 0.25
    assert client.get("/v1/organizations/works/meters/grid").json()["multiplier"] == 40
    rows = esg("meters", "list", "-o", "works").out.splitlines()
    assert rows[0].split() == ["code", "plant", "resource", "kind", "unit", "interval", "multiplier", "counts", "name"]
    assert rows[1].split() == ["grid", "main", "electricity.grid", "interval", "kWh", "PT1H", "40", "yes", "grid"]
    assert json.loads(esg("meters", "list", "-o", "works", "--plant", "main", "--json").out)[0]["code"] == "grid"
    assert "multiplier            40\n" in esg("meters", "show", "grid", "-o", "works").out

    full = esg("organizations", "delete", "works")
    assert (full.status, full.err) == (1, "esg: The organization 'works' still has plants\n")
    for words in (("meters", "delete", "grid", "-o", "works"), ("plants", "delete", "main", "-o", "works")):
        assert esg(*words).status == 0
    assert esg("organizations", "delete", "works") == (0, "works is deleted.\n", "")
    assert client.get("/v1/organizations/works").status_code == 404


@pytest.mark.usefixtures("environment")
@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("show", "grid", "-o", "nobody"), "There is no organization 'nobody'"),
        (("show", "gird", "-o", "acme"), "There is no meter 'gird' in this organization"),
        (("create", "b", "-o", "acme", *METER, "--set", "plant=x"), "--set plant: it is given twice"),
        (("create", "b", "-o", "acme", *METER, "--set", "max_rate"), "--set max_rate: write it as name=value"),
        (("create", "b", "-o", "acme", *METER, "--set", "colour=red"), "colour: Extra inputs are not permitted"),
        (("create", "b", "-o", "acme", *METER, "--set", "parent=nobody"), "parent: "),
    ],
)
def test_what_is_wrong_is_said_in_a_line(
    esg: Esg, make_organization: Make, make_plant: Make, words: tuple[str, ...], said: str
) -> None:
    make_organization()
    make_plant()

    ended = esg("meters", *words)

    assert (ended.status, ended.out) == (1, "")
    assert ended.err.startswith(f"esg: {said}")
    assert ended.err.count("\n") == 1
    assert esg("meters", "list", "-o", "acme", "--json").out == "[]\n"


@pytest.mark.usefixtures("environment")
def test_keys_are_listed_rotated_and_deleted(esg: Esg, client: httpx.Client, make_organization: Make) -> None:
    make_organization()
    first = esg("keys", "create", "--name", "gateway", "--scope", "read", "--organization", "acme").out.strip()
    listed = next(each for each in json.loads(esg("keys", "list", "--json").out) if each["organizations"] == ["acme"])
    assert (listed["name"], listed["scopes"], listed["expires_at"]) == ("gateway", ["read"], None)

    rotated = esg("keys", "rotate", listed["code"])
    second = rotated.out.strip()
    assert rotated.err.startswith(f"{listed['code']} has a new secret; the old one works until 20")
    for secret in (first, second):
        assert client.get("/v1/organizations/acme", headers={"X-API-Key": secret}).status_code == 200

    third = esg("keys", "rotate", listed["code"], "--overlap-hours", "0", "--expires", "2099-01-01T00:00:00Z")
    assert third.err == f"{listed['code']} has a new secret; the old one works no more.\n"
    assert client.get("/v1/organizations/acme", headers={"X-API-Key": third.out.strip()}).status_code == 200
    of_acme = [each for each in json.loads(esg("keys", "list", "--json").out) if each["organizations"] == ["acme"]]
    assert [(each["code"], each["expires_at"]) for each in of_acme] == [(listed["code"], "2099-01-01T00:00:00Z")]
    assert esg("keys", "delete", listed["code"]).out == f"{listed['code']} is deleted.\n"
    assert esg("keys", "delete", listed["code"]) == (1, "", f"esg: There is no key {listed['code']!r}\n")


@pytest.mark.usefixtures("environment")
def test_a_key_is_made_for_a_plant_until_a_day_and_what_cannot_be_is_told(
    esg: Esg, make_organization: Make, make_plant: Make
) -> None:
    make_organization()
    make_plant()
    create = ("keys", "create", "--name", "gateway", "--scope", "ingest", "--organization", "acme", "--plant")

    made = esg(*create, "main", "--expires", "2099-01-01T00:00:00+08:00")
    listed = json.loads(esg("keys", "list", "--json").out)

    assert made.err == f"{listed[-1]['code']} is made.\n"
    assert (listed[-1]["plants"], listed[-1]["expires_at"]) == (["main"], "2098-12-31T16:00:00Z")
    assert esg(*create, "west") == (1, "", "esg: plants: unknown: west\n")
    past = esg(*create, "main", "--expires", "2001-01-01T00:00:00Z")
    assert past == (1, "", "esg: expires_at: expires_at lies in the past\n")
    assert esg(*create, "main", "--expires", "tomorrow").status == 2


@pytest.mark.usefixtures("environment")
def test_jobs_are_listed_with_their_last_run(esg: Esg) -> None:
    assert esg("jobs", "run", "old-deliveries").out == "old-deliveries: 0 deliveries forgotten.\n"
    found = {each["name"]: each for each in json.loads(esg("jobs", "list", "--json").out)}
    assert (found["old-deliveries"]["schedule"], found["old-deliveries"]["last_run"]["state"]) == (
        "52 3 * * *",
        "succeeded",
    )
    line = next(each for each in esg("jobs", "list").out.splitlines() if each.startswith("old-deliveries"))
    assert line.split()[:6] == ["old-deliveries", "52", "3", "*", "*", "*"]
    assert esg("jobs", "run", "nothing").status == 2


@pytest.mark.usefixtures("environment", "client_programs")
def test_a_backup_is_a_database_and_replaces_nothing(
    esg: Esg, database_url: str, make_organization: Make, tmp_path: Path
) -> None:
    make_organization()
    copy = tmp_path / "copy.db"

    made = esg("backup", str(copy))

    assert made == (
        0,
        f"{copy}: {copy.stat().st_size} bytes; restored, 0 pages of readings and 0 arrivals hold.\n",
        "",
    )
    assert esg("backup", str(copy)) == (1, "", f"esg: {copy} is there already\n")
    assert [each.name for each in tmp_path.iterdir() if each.name.startswith("copy")] == ["copy.db"]
    if database_url.startswith("postgresql"):
        return  # tests/backup restores it
    with sqlite3.connect(copy) as opened:
        assert opened.execute("SELECT code FROM organization WHERE code = 'acme'").fetchall() == [("acme",)]


@pytest.mark.parametrize("words", [("organizations", "list"), ("serve",), ("serve", "--workers", "2"), ("migrate",)])
@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("postgresql://nobody:secret@127.0.0.1:1/x", "the database does not answer: connection failed"),
        ("sqlite:////nowhere/at/all.db", "the database does not answer: unable to open database file"),
        ("mysql://nobody:secret@x/y", "ESG_DATABASE_URL: The address is of neither"),
        ("secret", "ESG_DATABASE_URL: The address is of neither"),
    ],
)
def test_a_database_that_is_not_there_is_told_in_a_line(
    esg: Esg, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], url: str, said: str
) -> None:
    monkeypatch.setenv("ESG_DATABASE_URL", url)

    ended = esg(*words)

    assert (ended.status, ended.out) == (1, "")
    assert ended.err.startswith(f"esg: {said}")
    assert ended.err.count("\n") == 1
    assert "secret" not in ended.err


def test_a_database_the_server_does_not_have_is_told_in_a_line(
    esg: Esg, monkeypatch: pytest.MonkeyPatch, empty_database_url: str
) -> None:
    monkeypatch.setenv("ESG_DATABASE_URL", empty_database_url.replace("?", "_gone?", 1))
    ended = esg("keys", "list", "--json")
    if empty_database_url.startswith("sqlite"):
        assert ended == (0, "[]\n", "")  # a file that is not there is made
    else:
        assert (ended.status, "does not exist" in ended.err, ended.err.count("\n")) == (1, True, 1)


def test_variables_that_nothing_reads_are_told_of(esg: Esg, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ESG_DATABASE_URL", f"sqlite:///{tmp_path}/esg.db")
    monkeypatch.setenv("ESG_DATABSE_URL", "sqlite:///other.db")
    monkeypatch.setenv("ESG_COLOUR", "red")
    ended = esg("organizations", "list", "--json")
    assert (ended.status, ended.out) == (0, "[]\n")
    assert ended.err.splitlines() == [
        "esg: ESG_COLOUR is set and not read by anything",
        "esg: ESG_DATABSE_URL is set and not read by anything; did you mean ESG_DATABASE_URL?",
    ]


def test_a_setting_that_is_wrong_is_named(esg: Esg, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ESG_MAX_BODY_BYTES", "-1")
    assert esg("migrate") == (1, "", "esg: ESG_MAX_BODY_BYTES: Input should be greater than 0\n")


@pytest.mark.usefixtures("environment")
def test_users_are_made_disabled_and_given_passwords(
    esg: Esg, client: httpx.Client, make_organization: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_organization(code="acme")
    create = ("users", "create", "--name", "Uma Berg", "--email", "uma@acme.example", "--scope", "prepare")
    first = esg(*create, "--organization", "acme")
    again = esg(*create)
    (user,) = json.loads(esg("users", "list", "--json").out)
    second = esg("users", "password", "uma@acme.example").out.strip()
    monkeypatch.setattr("sys.stdin", StringIO("a longer one, 17\n"))
    third = esg("users", "password", user["code"], "--password-stdin")
    esg("users", "grant", user["code"], "--scope", "read")

    def signs_in(password: str) -> int:
        return client.post("/session", data={"email": user["email"], "password": password}).status_code

    assert (first.status, again.status) == (0, 1)
    assert again.err == "esg: There is a user 'uma@acme.example' already\n"
    assert user["grants"] == [{"scopes": ["prepare"], "organizations": ["acme"]}]
    assert (third.status, third.out) == (0, "")
    assert [signs_in(each) for each in (first.out.strip(), second, "a longer one, 17")] == [403, 403, 303]
    assert client.get(f"/v1/users/{user['code']}").json()["grants"] == [{"scopes": ["read"], "organizations": None}]
    assert esg("users", "disable", user["code"]).out == f"{user['code']} is disabled.\n"
    assert signs_in("a longer one, 17") == 403
    assert esg("users", "enable", user["code"]).status == 0
    assert signs_in("a longer one, 17") == 303
