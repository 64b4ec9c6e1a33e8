"""The commands `esg readings`."""

import json
import re
from collections.abc import Sequence

import httpx
import pytest
from typer.testing import CliRunner, Result

from app.cli import cli, main
from app.store.engine.database import Database
from tests.support.works import figures, send

RANGE = ["--start", "2021-01-01T00:00:00+08:00", "--end", "2021-02-01T00:00:00+08:00"]
READINGS = (
    "grid,2021-01-01T00:00:00+08:00,1000000\ngrid,2021-02-01T00:00:00+08:00,500000\n"
    "grid-2,2021-01-01T00:00:00+08:00,2000000\n"
)


@pytest.fixture
def metered(
    works: None, client: httpx.Client, database: Database, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ESG_DATABASE_URL", database_url)
    send(client, database, READINGS)


def _readings(command: str, *options: str, meters: Sequence[str] = ("grid", "grid-2")) -> Result:
    named = [part for meter in meters for part in ("--meter", meter)]
    arguments = ["readings", command, "--organization", "acme", *named, *RANGE, "--reason", "wrong ratio", *options]
    return CliRunner().invoke(cli, arguments)


def _undo(batch: str, *options: str, organization: str = "acme") -> Result:
    return CliRunner().invoke(
        cli, ["readings", "undo", batch, "--organization", organization, "--reason", "was right", *options]
    )


def _value(client: httpx.Client) -> object:
    return figures(client, 2021)["consumption.electricity"]["value"]


@pytest.mark.usefixtures("metered")
def test_what_is_withdrawn_at_the_command_line_can_be_undone_there(client: httpx.Client) -> None:
    tried = _readings("withdraw", "--dry-run")
    before = _value(client)
    done = _readings("withdraw")
    after = _value(client)
    batch = re.search(r"b[0-9a-f]{16}", done.output)
    assert batch is not None
    back = _undo(batch[0])

    assert tried.output.splitlines()[:4] == [
        "2 readings would be withdrawn. Nothing was stored.",
        "2021: 2 readings",
        "  grid: 1 readings, 1500000 kWh becomes 500000 kWh",
        "  grid-2: 1 readings, - kWh becomes - kWh",
    ]
    assert re.search(r"2021 +hkex-2020 +consumption\.electricity +1,?500 +500 +MWh", tried.output)
    assert done.output == f"2 readings withdrawn: batch {batch[0]}\n"
    assert re.fullmatch(r"2 readings put back as they were: batch b[0-9a-f]{16}\n", back.output)
    assert [before, after, _value(client)] == [1500, 500, 1500]


@pytest.mark.usefixtures("metered")
def test_suspect_readings_are_accepted_at_the_command_line(client: httpx.Client) -> None:
    done = _readings("accept")
    assert done.output.startswith("1 readings accepted: batch b")
    assert _value(client) == 3500


@pytest.mark.usefixtures("metered")
def test_the_command_line_lists_who_amended_what_and_why() -> None:
    batch = _readings("withdraw", meters=["grid"]).output.split()[-1]
    back = _undo(batch).output.split()[-1]

    listed = CliRunner().invoke(cli, ["readings", "amendments", "-o", "acme", "--json"]).output

    names = ("batch", "action", "status", "changed", "key", "reason", "undoes", "undone_by", "meters")
    assert [tuple(each[name] for name in names) for each in json.loads(listed)] == [
        (back, "undo", "finished", 1, None, "was right", batch, None, ["grid"]),
        (batch, "withdraw", "finished", 1, None, "wrong ratio", None, back, ["grid"]),
    ]


@pytest.mark.usefixtures("metered")
def test_what_a_command_cannot_do_it_says_in_a_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    batch = _readings("withdraw", meters=["grid"]).output.split()[-1]
    _undo(batch)
    base = ["readings", "accept", "-o", "acme", "--reason", "x", "--start", RANGE[1]]
    undo = ["readings", "undo", "--reason", "x", "-o"]
    refused = {
        "esg: There is no meter 'nothing' in this organization": [*base, "--meter", "nothing", "--end", RANGE[3]],
        "esg: end: the range ends after it starts: [start, end)": [*base, "--meter", "grid", "--end", RANGE[1]],
        "esg: end: ": [*base, "--meter", "grid", "--end", "2021"],
        "esg: The amendment was undone before": [*undo, "acme", batch],
        "esg: 'b1' is no batch": [*undo, "acme", "b1"],
        "esg: There is no organization 'nobody'": [*undo, "nobody", batch],
    }
    for words, arguments in refused.items():
        monkeypatch.setattr("sys.argv", ["esg", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr().err.splitlines()[-1]
        assert (ended.value.code, said[: len(words)]) == (1, words)
