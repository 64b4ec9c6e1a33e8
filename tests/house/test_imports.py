"""What a process has imported when it is ready, by name, and that a route is made when it is first asked for."""

import os
import shutil
import subprocess
import sys
import time
import tomllib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

from alembic.script import ScriptDirectory
from fastapi.routing import APIRoute

from app.http.deps import Cursor, api_router
from app.http.exact_route import ExactRoute
from app.store.engine.schema import migration_scripts, program_revision

ROOT = Path(__file__).parents[2]
SELDOM = {
    *("alembic", "mako", "httpx", "jinja2", "openpyxl", "opentelemetry.sdk", "psycopg", "pyarrow", "pygal"),
    *("reportlab", "PIL", "fontTools", "xlsxwriter"),
}
SERVING = {"fastapi", "opentelemetry", "starlette", "uvicorn"}
START = """
import asyncio, os, sys
from app.main import application

async def start():
    app = application()
    async with app.router.lifespan_context(app):
        print(*sorted(sys.modules))

asyncio.run(start())
"""


def test_a_server_that_is_ready_has_imported_nothing_that_few_requests_need(
    sqlite_template: Path, tmp_path: Path
) -> None:
    shutil.copy(sqlite_template, tmp_path / "esg.db")

    imported = _said_by(START, ESG_DATABASE_URL=f"sqlite:///{tmp_path}/esg.db", ESG_ADMIN_KEY="k" * 40)

    assert "app.main" in imported
    assert SELDOM & imported == set()


def test_a_process_for_the_jobs_imports_nothing_of_serving() -> None:
    imported = _said_by("import sys, app.background; print(*sorted(sys.modules))")

    assert "app.jobs.table" in imported
    assert (SELDOM | SERVING) & imported == set()


def test_the_linter_keeps_from_the_head_of_a_file_what_is_imported_where_it_is_needed() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["ruff"]["lint"]
    banned = settings["flake8-tidy-imports"]["banned-module-level-imports"]

    assert "TID253" in settings["select"]
    assert SELDOM - {"mako", "PIL"} <= set(banned)  # which are brought by alembic, and by reportlab and openpyxl


def test_the_revision_that_files_are_named_by_is_the_one_that_alembic_would_migrate_to() -> None:
    assert program_revision() == ScriptDirectory(migration_scripts()).get_current_head()


def test_a_route_is_made_when_it_is_asked_for_more_than_its_address() -> None:
    route = _route()

    assert (route.path, route.methods, route.name) == ("/v1/things/{thing}", {"GET"}, "get_thing")
    assert route.path_regex.match("/v1/things/7") is not None
    assert "dependant" not in route.__dict__
    assert [field.name for field in route.dependant.query_params] == ["cursor"]
    assert (route.unique_id, route.status_code) == ("get_thing", 299)
    assert not hasattr(route, "anything_else")


def test_a_route_that_several_ask_for_at_once_is_made_once() -> None:
    route, together, makings = _route(), Barrier(8), []
    make = route.__dict__["_whole"]

    def make_slowly() -> object:
        makings.append(1)
        time.sleep(0.05)  # in which the others ask
        return make()

    def ask(_number: int) -> int:
        together.wait(10)
        return id(route.dependant)

    route.__dict__["_whole"] = make_slowly
    with ThreadPoolExecutor(8) as threads:
        assert len(set(threads.map(ask, range(8)))) == 1
    assert makings == [1]


def _route() -> APIRoute:
    router = api_router("things", "/v1/things")

    @router.get("/{thing}", status_code=299)
    def get_thing(thing: str, cursor: Cursor = None) -> str:
        return thing + str(cursor)

    (route,) = router.routes
    assert isinstance(route, ExactRoute)
    return route


def _said_by(program: str, **environment: str) -> set[str]:
    """Return the words that a program prints in a process of its own."""
    ran = subprocess.run(
        [sys.executable, "-c", program], env={**os.environ, **environment}, cwd=ROOT, capture_output=True, text=True
    )
    assert ran.returncode == 0, ran.stderr
    return set(ran.stdout.split())
