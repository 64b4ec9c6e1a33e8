"""What the operator decides, read from the environment once at start."""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from difflib import get_close_matches
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from app.clients.addresses import Network, Reach, networks_from
from app.core.access import Grant, Scope
from app.core.calendar.reading_times import DEFAULT_AHEAD_DAYS, DEFAULT_HISTORY_FROM, PlausibleInstants, plausible_from
from app.store.engine.time_limits import TimeLimits
from app.store.operations.key_budgets import Rate
from app.store.operations.page_sessions import SessionLife

_ORIGIN = re.compile(r"\*|https?://[A-Za-z0-9.-]+(:\d{1,5})?|https?://\[[0-9A-Fa-f:]+\](:\d{1,5})?")


_SECRET_KEY = re.compile(r"[A-Za-z0-9_-]{43}=")


def _secret_keys_from(text: str | Iterable[SecretStr]) -> tuple[SecretStr, ...]:
    """Return the keys of a comma-separated list, of which the first one seals; raises ValueError."""
    if not isinstance(text, str):
        return tuple(text)
    keys = [part.strip() for part in text.split(",") if part.strip()]
    if not all(_SECRET_KEY.fullmatch(key) for key in keys):
        raise ValueError("a key is 32 random bytes in URL-safe base64, as `esg secrets key` prints one")
    return tuple(map(SecretStr, keys))


class Role(StrEnum):
    """What a process does: answer requests, run the jobs, both, or whatever suits the machine best."""

    AUTO = "auto"
    ALL = "all"
    SERVE = "serve"
    JOBS = "jobs"


def _origins_from(value: object) -> object:
    """Return the origins of a text with commas between them, in small letters; raises ValueError for what is none."""
    if not isinstance(value, str):
        return value
    origins = tuple(origin.lower() for each in value.split(",") if (origin := each.strip()))
    for origin in origins:
        if not _ORIGIN.fullmatch(origin):
            raise ValueError(f"{origin} is no origin, such as https://reports.example.com without a slash behind")
    return origins


class MetricsAccess(StrEnum):
    """Who reads /metrics: nobody, whoever can reach it, or who has a key with the scope `read` for everything."""

    OFF = "off"
    ON = "on"
    KEY = "key"


@dataclass(frozen=True, slots=True)
class ProviderSettings:
    """An OpenID provider and what it knows this service by."""

    issuer: str
    client_id: str
    client_secret: str | None = field(repr=False)
    scopes: str


class GroupGrant(BaseModel):
    """What who is in a group of the OpenID provider may do; `organizations` null means in every one."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    scopes: frozenset[Scope] = Field(min_length=1)
    organizations: frozenset[str] | None

    @property
    def grant(self) -> Grant:
        """Return it as one of a user's grants."""
        return Grant(self.scopes, self.organizations)


def _groups_from(value: object) -> object:
    """Return the groups of a JSON object; raises ValueError."""
    try:
        return json.loads(value) if isinstance(value, str) else value
    except json.JSONDecodeError as error:
        raise ValueError(f"this is no JSON object: {error}") from None


class Settings(BaseSettings):
    """Each field is the environment variable ESG_ followed by its name in capitals."""

    model_config = SettingsConfigDict(env_prefix="ESG_", frozen=True, extra="ignore", env_ignore_empty=True)

    database_url: str = Field(default="sqlite:///esg.db", repr=False)
    pool_size: int = Field(default=20, ge=8, le=1000)
    role: Role = Role.AUTO
    read_database_url: str | None = Field(default=None, repr=False)
    read_wait_s: float = Field(default=0.25, gt=0, le=10)
    statement_timeout_s: float = Field(default=60.0, ge=0, le=24 * 3600)
    job_statement_timeout_s: float = Field(default=3600.0, ge=0, le=24 * 3600)
    idle_transaction_timeout_s: float = Field(default=300.0, ge=0, le=24 * 3600)
    write_wait_s: float = Field(default=30.0, ge=0, le=3600)
    admin_key: SecretStr | None = None
    secret_key: Annotated[tuple[SecretStr, ...], NoDecode, BeforeValidator(_secret_keys_from)] = ()
    anonymous_read: bool = False
    max_body_bytes: int = Field(default=128 * 1024 * 1024, gt=0)
    max_file_bytes: int = Field(default=20 * 1024 * 1024, gt=0)
    max_body_rows: int | None = Field(default=None, ge=1)
    body_patience_s: float = Field(default=30.0, gt=0)
    body_bytes_per_s: float = Field(default=1_000.0, gt=0)
    key_cache_s: float = Field(default=5.0, ge=0)
    key_requests_per_s: float | None = Field(default=None, gt=0)
    key_burst: int | None = Field(default=None, ge=1)
    key_requests_at_once: int | None = Field(default=None, ge=1)
    max_page_items: int = Field(default=1000, ge=100, le=1000)
    max_query_days: int | None = Field(default=None, ge=1)
    session_hours: float = Field(default=12.0, gt=0, le=24 * 30)
    session_idle_minutes: float = Field(default=120.0, gt=0, le=60 * 24 * 30)
    oidc_issuer: str | None = Field(default=None, pattern=r"^https?://[^\s?#]+$")
    oidc_client_id: str | None = None
    oidc_client_secret: SecretStr | None = None
    oidc_scopes: str = "openid profile email"
    oidc_groups_claim: str = "groups"
    oidc_groups: Annotated[dict[str, GroupGrant], NoDecode, BeforeValidator(_groups_from)] = Field(default_factory=dict)
    oidc_label: str = "Sign in with your organization's account"
    hsts_s: int = Field(default=365 * 24 * 3600, ge=0)
    metrics: MetricsAccess = MetricsAccess.ON
    log_json: bool = True
    traces_url: str | None = Field(default=None, pattern=r"^https?://\S+$")
    stream_beat_s: float = Field(default=15.0, gt=0, le=300)
    history_from: date = DEFAULT_HISTORY_FROM
    future_days: int = Field(default=DEFAULT_AHEAD_DAYS, ge=0, le=366)
    min_disk_free_bytes: int = Field(default=2**30, ge=0)
    max_waiting_s: float = Field(default=600.0, gt=0)
    event_days: int = Field(default=7, ge=2)
    backup_directory: Path | None = None
    archive_directory: Path | None = None
    archive_after_years: int | None = Field(default=None, ge=1)
    cors_origins: Annotated[tuple[str, ...], NoDecode, BeforeValidator(_origins_from)] = ()
    allowed_networks: Annotated[tuple[Network, ...], NoDecode, BeforeValidator(networks_from)] = ()

    @property
    def key_rate(self) -> Rate | None:
        """Return how many requests a key may send; None: as many as it likes."""
        if self.key_requests_per_s is None:
            return None
        return Rate(self.key_requests_per_s, self.key_burst or max(1, round(10 * self.key_requests_per_s)))

    @property
    def time_limits(self) -> TimeLimits:
        """Return how long the database may work for a request and for a job."""
        return TimeLimits(
            self.statement_timeout_s,
            self.job_statement_timeout_s,
            self.idle_transaction_timeout_s,
            self.write_wait_s,
        )

    @model_validator(mode="after")
    def _whole_provider(self) -> Self:
        """Refuse half a provider, by which nobody could sign in."""
        if (self.oidc_issuer is None) != (self.oidc_client_id is None):
            raise ValueError("ESG_OIDC_ISSUER and ESG_OIDC_CLIENT_ID are set together, or neither")
        if self.oidc_issuer is not None and not self.oidc_groups:
            raise ValueError(
                "ESG_OIDC_GROUPS says what the groups of ESG_OIDC_ISSUER may do: without it nobody gets in"
            )
        return self

    @property
    def provider(self) -> ProviderSettings | None:
        """The OpenID provider that people sign in at; None: there is none."""
        if self.oidc_issuer is None or self.oidc_client_id is None:
            return None
        secret = None if self.oidc_client_secret is None else self.oidc_client_secret.get_secret_value()
        return ProviderSettings(self.oidc_issuer, self.oidc_client_id, secret, self.oidc_scopes)

    @property
    def session_life(self) -> SessionLife:
        """How long who signed in to the pages stays so."""
        return SessionLife(self.session_hours, self.session_idle_minutes)

    @property
    def plausible(self) -> PlausibleInstants:
        """Which instants readings may have, of an organization that does not say since when it has any."""
        return plausible_from(self.history_from, self.future_days)

    @property
    def reach(self) -> Reach:
        """What outgoing calls may reach: public addresses, and those of the allowed networks."""
        return Reach(self.allowed_networks)


def unknown_variables(environment: Mapping[str, str]) -> list[str]:
    """Return a warning for each variable ESG_... that nothing reads, with the one that was likely meant.

    An example: ESG_DATABSE_URL is not read; did you mean ESG_DATABASE_URL?
    """
    known = [name.upper() for name in Settings.model_fields]
    warnings = []
    for name in sorted(environment):
        prefix, _, rest = name.upper().partition("_")
        if prefix == "ESG" and rest not in known:
            near = get_close_matches(rest, known, n=1)
            meant = f"; did you mean ESG_{near[0]}?" if near else ""
            warnings.append(f"{name} is set and not read by anything{meant}")
    return warnings
