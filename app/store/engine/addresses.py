"""The address of a database: what it may name, several servers of one too, and how long a silent one is waited for."""

import re
from urllib.parse import unquote

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

_PATIENCE = {
    "connect_timeout": "5",
    "keepalives_idle": "10",
    "keepalives_interval": "5",
    "keepalives_count": "3",
    "tcp_user_timeout": "20000",
}
"""Seconds, and milliseconds for the last: a server whose machine has vanished is found out within half a minute, where
the system would wait for hours. What the address of the database says stands above it."""

_SEVERAL = re.compile(
    r"(?P<scheme>[^:/]+://)(?P<user>[^/?]*@)?(?P<hosts>[^/?@]*,[^/?@]*)(?P<rest>(?:[/?].*)?)", re.DOTALL
)
_HOST = re.compile(r"(?:\[(?P<literal>[0-9A-Fa-f:.%]+)\]|(?P<name>[^:\[\]]*))(?::(?P<port>\d*))?")


class UnknownDatabase(ValueError):
    """The address is of neither a SQLite file nor a PostgreSQL database."""

    def __init__(self) -> None:
        super().__init__("The address is of neither a SQLite file (sqlite:///esg.db) nor a PostgreSQL database")


def database_url(url: str) -> URL:
    """Return `url` with the driver this service uses: psycopg 3 for PostgreSQL, the standard library for SQLite.

    On PostgreSQL it says how long to wait for a server that is silent, where it did not. Raises UnknownDatabase.
    """
    try:
        parsed = _parsed(url)
    except ValueError:  # a port that is no number
        raise UnknownDatabase from None
    except ArgumentError:  # whose words repeat the address, password and all
        raise UnknownDatabase from None
    if parsed.get_backend_name() not in ("postgresql", "sqlite"):
        raise UnknownDatabase
    if parsed.get_backend_name() == "postgresql":
        return parsed.set(drivername="postgresql+psycopg", query={**_PATIENCE, **parsed.query})
    return parsed


def _parsed(url: str) -> URL:
    """Return an address as SQLAlchemy has it, also one that names several servers as libpq does.

    An example: `postgresql://esg@one:5432,[::2]:5433/esg` becomes `postgresql://esg@/esg?host=one,::2&port=5432,5433`.
    """
    several = _SEVERAL.fullmatch(url)
    if several is None:
        return make_url(url)
    servers = [_HOST.fullmatch(each) for each in several["hosts"].split(",")]
    if not all(servers):
        raise UnknownDatabase
    names = [each["literal"] or unquote(each["name"]) for each in servers if each]
    ports = [each["port"] or "" for each in servers if each]
    parsed = make_url(f"{several['scheme']}{several['user'] or ''}{several['rest']}")
    return parsed.update_query_dict({"host": ",".join(names), **({"port": ",".join(ports)} if any(ports) else {})})
