"""No request that can be made from our own document is answered 5xx, or otherwise than the document says."""

import shutil
from pathlib import Path

from faults.fuzz import fuzz
from tests.support.company import found
from tests.support.processes import serving

_EACH = 2


def test_every_operation_answers_what_the_document_says_to_whatever_it_is_sent(
    sqlite_template: Path, tmp_path: Path
) -> None:
    """A few cases of each of 141 operations; `make fuzz` sends as many as one likes."""
    url = f"sqlite:///{shutil.copy(sqlite_template, tmp_path / 'fuzzed.db')}"
    with serving(url) as (server,), found(server, url):
        fuzzed = fuzz(server.address, examples=_EACH, phases=["fuzzing"], seed=20261128)

    assert fuzzed.conforms, fuzzed.told
    assert fuzzed.cases > 141


def test_an_answer_that_is_not_as_declared_is_found(tmp_path: Path) -> None:
    """A server of some lines that breaks its own document."""
    program = tmp_path / "broken.py"
    program.write_text(_BROKEN, encoding="utf-8")
    with serving("sqlite://", arguments=(str(program),)) as (server,):
        fuzzed = fuzz(server.address, examples=2, phases=["fuzzing"], seed=1)

    assert not fuzzed.conforms
    assert "GET /thing" in fuzzed.told


_BROKEN = """
import sys
import uvicorn
from fastapi import FastAPI
from fastapi.responses import JSONResponse

app = FastAPI()

@app.get("/thing")
def thing() -> int:
    return JSONResponse("no number")

@app.get("/health/ready", include_in_schema=False)
@app.get("/v1/{path:path}", include_in_schema=False)
def empty(path: str = "") -> dict[str, list[str]]:
    return {"items": []}

uvicorn.run(app, port=int(sys.argv[-1]), log_level="warning")
"""
