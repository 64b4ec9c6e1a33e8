"""What the operator decides, read from the environment once at start."""

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Each field is the environment variable ESG_ followed by its name in capitals."""

    model_config = SettingsConfigDict(env_prefix="ESG_", frozen=True, extra="ignore")

    database_url: str = Field(default="sqlite:///esg.db", repr=False)
    admin_key: SecretStr | None = None
    anonymous_read: bool = False
    max_body_bytes: int = Field(default=128 * 1024 * 1024, gt=0)
    key_cache_s: float = Field(default=5.0, ge=0)
    log_json: bool = True
