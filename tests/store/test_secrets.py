"""What other systems trust us with is sealed in the database by keys that are not in it."""

from contextlib import closing

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import text
from sqlmodel import select
from typer.testing import CliRunner

from app.cli import cli
from app.main import create_app
from app.models import Connector, Webhook
from app.settings import Settings
from app.store.engine.database import Database
from app.store.engine.secret_box import SecretBox, SecretsLocked
from app.store.operations.sealing import seal_everything
from tests.conftest import ADMIN_KEY
from tests.support.client import running
from tests.support.pulled import PULLED

OLD, NEW = Fernet.generate_key().decode(), Fernet.generate_key().decode()
PLAIN = ("s3cret", "Authorization")
CONNECTOR = {"code": "historian", **PULLED}


@pytest.fixture
def secret(database_url: str) -> str:
    """The secret of a webhook, made beside a connector by a service with the old key."""
    return made(database_url, OLD)


def made(url: str, keys: str | None) -> str:
    settings = Settings(database_url=url, admin_key=ADMIN_KEY, secret_key=keys or ())
    with running(create_app(settings), key=ADMIN_KEY) as client:
        body = {"code": "acme", "name": "Acme", "timezone": "UTC", "currency": "EUR"}
        assert client.post("/v1/organizations", json=body).status_code == 201
        hook = {"code": "hook", "url": "https://receiver.example/esg"}
        shown: str = client.post("/v1/organizations/acme/webhooks", json=hook).json()["secret"]
        assert client.post("/v1/organizations/acme/webhooks/hook/rotate", json={}).status_code == 200
        assert client.post("/v1/organizations/acme/connectors", json=CONNECTOR).status_code == 201
    return shown


def stored(url: str) -> str:
    with closing(Database(url)) as database, database.engine.connect() as connection:
        rows = [*connection.execute(text("SELECT secret, previous_secret FROM webhook"))]
        rows += [*connection.execute(text("SELECT headers FROM connector"))]
        return str(rows)


def opened(url: str, *keys: str) -> tuple[str | None, object]:
    with closing(Database(url, secret_keys=keys)) as database, database.read() as session:
        hook, connector = session.exec(select(Webhook)).one(), session.exec(select(Connector)).one()
        return hook.previous_secret, connector.headers


def test_the_database_alone_tells_no_secret(database_url: str, secret: str) -> None:
    kept = stored(database_url)

    assert not any(each in kept for each in (*PLAIN, secret))
    assert kept.count("fernet:") == 3
    assert opened(database_url, OLD) == (secret, {"Authorization": "Bearer s3cret"})


def test_another_key_is_put_before_the_old_one_until_everything_is_sealed_anew(database_url: str, secret: str) -> None:
    with pytest.raises(SecretsLocked):
        opened(database_url, NEW)
    with pytest.raises(SecretsLocked):
        opened(database_url)
    assert opened(database_url, NEW, OLD)[0] == secret

    with closing(Database(database_url, secret_keys=(NEW, OLD))) as database, database.write() as session:
        assert seal_everything(session) == 3

    assert opened(database_url, NEW) == (secret, {"Authorization": "Bearer s3cret"})
    with pytest.raises(SecretsLocked):
        opened(database_url, OLD)


def test_a_service_without_the_key_says_so(database_url: str, secret: str) -> None:
    assert secret
    settings = Settings(database_url=database_url, admin_key=ADMIN_KEY)
    with running(create_app(settings), key=ADMIN_KEY) as client:
        answer = client.get("/v1/organizations/acme/webhooks")

    assert (answer.status_code, answer.json()["code"], answer.headers["Retry-After"]) == (503, "secrets_locked", "60")


@pytest.fixture
def environment(database_url: str, monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    monkeypatch.setenv("ESG_DATABASE_URL", database_url)
    return monkeypatch


def test_what_was_kept_plain_is_warned_of_and_sealed_by_a_command(
    database_url: str, environment: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    secret = made(database_url, None)
    assert secret in stored(database_url)
    capsys.readouterr()
    with running(create_app(Settings(database_url=database_url, admin_key=ADMIN_KEY)), key=ADMIN_KEY):
        assert "ESG_SECRET_KEY is not set" in capsys.readouterr().err
    refused = CliRunner().invoke(cli, ["secrets", "seal"])
    key = CliRunner().invoke(cli, ["secrets", "key"]).output.strip()
    environment.setenv("ESG_SECRET_KEY", key)
    sealed = CliRunner().invoke(cli, ["secrets", "seal"])

    assert (refused.exit_code, refused.output) == (1, "esg: ESG_SECRET_KEY is not set: esg secrets key prints one\n")
    assert (sealed.exit_code, sealed.output) == (0, "3 secrets are sealed.\n")
    assert not any(each in stored(database_url) for each in (*PLAIN, secret))
    assert opened(database_url, key) == (secret, {"Authorization": "Bearer s3cret"})


@pytest.mark.parametrize(
    "key", ["short", OLD[:-1], f"{OLD},no", OLD.replace("=", "+")], ids=["short", "cut", "one of two", "mark"]
)
def test_what_is_no_key_is_refused_at_the_start(key: str) -> None:
    with pytest.raises(ValueError, match="32 random bytes"):
        Settings(secret_key=key)


def test_without_a_key_a_box_leaves_texts_as_they_are() -> None:
    box = SecretBox(())

    assert box.open(box.seal("plain")) == box.seal("plain") == "plain"
    with pytest.raises(SecretsLocked):
        box.open(SecretBox((OLD,)).seal("plain"))
