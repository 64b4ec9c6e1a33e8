"""An application and a database, of each test's own, whose old readings can be archived in a directory."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.settings import Settings
from app.store.engine.database import Database
from tests.conftest import ADMIN_KEY, client, database_url

__all__ = ["client", "database_url"]


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return tmp_path / "archive"


@pytest.fixture
def settings(database_url: str, directory: Path) -> Settings:
    return Settings(database_url=database_url, admin_key=ADMIN_KEY, archive_directory=directory)


@pytest.fixture
def database(database_url: str, directory: Path) -> Iterator[Database]:
    opened = Database(database_url, archive_directory=directory)
    yield opened
    opened.close()


@pytest.fixture
def environment(database_url: str, directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What commands are set to."""
    monkeypatch.setenv("ESG_DATABASE_URL", database_url)
    monkeypatch.setenv("ESG_ARCHIVE_DIRECTORY", str(directory))
    monkeypatch.delenv("ESG_ADMIN_KEY", raising=False)
