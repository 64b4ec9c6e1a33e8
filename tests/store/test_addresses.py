"""The address of a database may name several PostgreSQL servers, as libpq has it and as SQLAlchemy has it."""

import pytest

from app.store.engine.addresses import UnknownDatabase, database_url
from app.store.upkeep.backup import _environment

READ_WRITE = "target_session_attrs=read-write"
SEVERAL = [
    (f"postgresql://esg:p%2Cw@one:5432,two:5433/db?{READ_WRITE}", "one,two", "5432,5433"),
    (f"postgresql://esg:p%2Cw@one,two/db?{READ_WRITE}", "one,two", ","),
    (f"postgresql://esg:p%2Cw@one:5433,two/db?{READ_WRITE}", "one,two", "5433,"),
    (f"postgresql://esg:p%2Cw@[fd00::1]:5432,[fd00::2]:5433/db?{READ_WRITE}", "fd00::1,fd00::2", "5432,5433"),
    (f"postgresql://esg:p%2Cw@%2Frun%2Fa,%2Frun%2Fb/db?{READ_WRITE}", "/run/a,/run/b", ","),
    (f"postgresql://esg:p%2Cw@/db?host=one:5432&host=two:5433&{READ_WRITE}", "one,two", "5432,5433"),
]


@pytest.mark.parametrize(("address", "hosts", "ports"), SEVERAL)
def test_an_address_may_name_several_servers_for_the_driver_and_for_the_programs_of_backups(
    address: str, hosts: str, ports: str
) -> None:
    url = database_url(address)
    _, told = url.get_dialect()().create_connect_args(url)
    assert (told["host"], told.get("port")) == (hosts, ports)
    assert (told["user"], told["password"], told["dbname"]) == ("esg", "p,w", "db")
    assert (told["target_session_attrs"], told["connect_timeout"]) == ("read-write", "5")
    found = _environment(url)
    assert (found["PGHOST"], found.get("PGPORT"), found["PGTARGETSESSIONATTRS"]) == (hosts, ports, "read-write")
    assert (found["PGUSER"], found["PGPASSWORD"], found["PGDATABASE"]) == ("esg", "p,w", "db")


@pytest.mark.parametrize("address", ["postgresql://esg:secret@one:five/db", "postgresql://esg:secret@one:5,two:x/db"])
def test_a_port_that_is_no_number_is_told_without_the_password(address: str) -> None:
    with pytest.raises(UnknownDatabase) as refused:
        database_url(address)
    assert "secret" not in str(refused.value)
    assert refused.value.__suppress_context__


def test_a_comma_elsewhere_names_no_other_server() -> None:
    assert database_url("sqlite:///a,b.db").database == "a,b.db"
    url = database_url("postgresql://esg:p,w@one:5433/db")
    assert (url.password, url.host, url.port) == ("p,w", "one", 5433)
