"""Who may do what: the scopes of a key and the organizations it may touch."""

from dataclasses import dataclass
from enum import StrEnum


class Scope(StrEnum):
    """What a key may be used for; `admin` includes every other."""

    INGEST = "ingest"
    READ = "read"
    PREPARE = "prepare"
    APPROVE = "approve"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class Access:
    """What the caller may do. `key_code` is None for an anonymous reader, `organizations` None for every one."""

    key_code: str | None
    scopes: frozenset[Scope]
    organizations: frozenset[str] | None

    def allows(self, scope: Scope) -> bool:
        """Tell whether the caller has `scope`, or admin."""
        return scope in self.scopes or Scope.ADMIN in self.scopes

    def reaches(self, organization: str) -> bool:
        """Tell whether the caller may know of the organization with this code."""
        return self.organizations is None or organization in self.organizations


@dataclass(frozen=True, slots=True)
class OrganizationAccess(Access):
    """Access to one organization, by its database key and its code."""

    organization_id: int
    organization: str
