"""Recording the statements of this release when it becomes the last one: python -m pytest tests/upgrades/record.py."""

import json

from app.main import create_app
from app.settings import Settings
from app.store.engine.database import Database
from app.store.engine.schema import program_revision
from tests.conftest import ADMIN_KEY
from tests.support.client import running
from tests.upgrades.recording import recorded
from tests.upgrades.requests import go_through
from tests.upgrades.test_last_release import RECORD


def test_the_record_is_made(database_url: str) -> None:
    with recorded() as statements:
        app = create_app(Settings(database_url=database_url, admin_key=ADMIN_KEY))
        with running(app, key=ADMIN_KEY) as client:
            go_through(client)
    kept = json.loads(RECORD.read_text("utf-8")) if RECORD.exists() else {}
    kept |= {"revision": program_revision(), Database(database_url).url.get_backend_name(): sorted(statements)}
    RECORD.write_text(json.dumps(kept, indent=1, sort_keys=True) + "\n", "utf-8")
