"""Asking an OpenID provider who somebody is: discovery, the exchange of the code, and the ID token checked."""

import threading
import time
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from hashlib import sha256
from typing import Any, Protocol
from urllib.parse import urlencode

import httpx
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

_TIMEOUT_S = 10.0
_LEEWAY_S = 60
_KEPT_S = 3_600.0
_ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "Ed25519", "EdDSA"]
"""Signatures by a key that the provider alone has; `none` and those by a shared secret are not among them."""


class ProviderAway(RuntimeError):
    """The provider does not answer, or not as one does."""


class IdentityRefused(PermissionError):
    """The provider vouches for nobody by this code, or its token is not good for this sign-in."""


class Provider(Protocol):
    """An OpenID provider and what it knows this service by."""

    @property
    def issuer(self) -> str: ...
    @property
    def client_id(self) -> str: ...
    @property
    def client_secret(self) -> str | None: ...
    @property
    def scopes(self) -> str: ...


_known: dict[str, tuple[float, Mapping[str, Any]]] = {}
_asking = threading.Lock()


def address_to_sign_in(provider: Provider, *, redirect_uri: str, state: str, nonce: str, verifier: str) -> str:
    """Return where to send a browser to sign in; raises ProviderAway.

    `verifier` stays here: its hash goes along, so that the code is worth nothing to who has not got it (PKCE, S256).
    """
    endpoint = _metadata(provider)["authorization_endpoint"]
    challenge = urlsafe_b64encode(sha256(verifier.encode()).digest()).decode().rstrip("=")
    query = urlencode(
        {
            "response_type": "code",
            "client_id": provider.client_id,
            "redirect_uri": redirect_uri,
            "scope": provider.scopes,
            "state": state,
            "nonce": nonce,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
    )
    return f"{endpoint}{'&' if '?' in endpoint else '?'}{query}"


def identity(provider: Provider, code: str, *, redirect_uri: str, nonce: str, verifier: str) -> Mapping[str, Any]:
    """Return the claims of who signed in; raises ProviderAway and IdentityRefused.

    The ID token is the provider's own, signed by a key of its own, for this service, of this sign-in (`nonce`), and in
    force, give or take a minute between two clocks.
    """
    metadata = _metadata(provider)
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": redirect_uri,
        "client_id": provider.client_id,
        "code_verifier": verifier,
    }
    if provider.client_secret is not None:
        form["client_secret"] = provider.client_secret
    answer = _asked("POST", metadata["token_endpoint"], data=form)
    if answer.status_code in (400, 401, 403):
        raise IdentityRefused("The provider does not take the code")
    token = _object(answer).get("id_token")
    if not isinstance(token, str):
        raise IdentityRefused("The provider sent no ID token")
    keys = _object(_asked("GET", metadata["jwks_uri"]))
    try:
        claims = jwt.decode(token, KeySet.import_key_set(keys), algorithms=_ALGORITHMS).claims  # type: ignore[arg-type]
        _rules(provider, nonce).validate(claims)
    except (JoseError, ValueError, TypeError, KeyError) as error:
        raise IdentityRefused(f"The ID token is not good: {error}") from error
    if isinstance(claims["aud"], list) and len(claims["aud"]) > 1 and claims.get("azp") != provider.client_id:
        raise IdentityRefused("The ID token is for somebody else")
    return claims


def _rules(provider: Provider, nonce: str) -> jwt.JWTClaimsRegistry:
    return jwt.JWTClaimsRegistry(
        now=int(time.time()),
        leeway=_LEEWAY_S,
        iss={"essential": True, "value": provider.issuer},
        aud={"essential": True, "value": provider.client_id},
        sub={"essential": True},
        exp={"essential": True},
        iat={"essential": True},
        nonce={"essential": True, "value": nonce},
    )


def _metadata(provider: Provider) -> Mapping[str, Any]:
    """Return what the provider says of itself, asked once an hour; raises ProviderAway."""
    now = time.monotonic()
    with _asking:
        kept = _known.get(provider.issuer)
    if kept is not None and now < kept[0]:
        return kept[1]
    found = _object(_asked("GET", f"{provider.issuer.rstrip('/')}/.well-known/openid-configuration"))
    if found.get("issuer") != provider.issuer:
        raise ProviderAway(f"The provider calls itself {found.get('issuer')!r}, and is {provider.issuer!r} here")
    if missing := [name for name in _ENDPOINTS if not isinstance(found.get(name), str)]:
        raise ProviderAway(f"The provider does not say its {missing[0]}")
    with _asking:
        _known[provider.issuer] = now + _KEPT_S, found
    return found


_ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")


def _asked(method: str, url: str, **sent: Any) -> httpx.Response:
    try:
        with httpx.Client(timeout=_TIMEOUT_S, follow_redirects=False) as client:
            answer = client.request(method, url, headers={"Accept": "application/json"}, **sent)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise ProviderAway(f"The provider does not answer: {type(error).__name__}") from error
    if answer.status_code >= 500:
        raise ProviderAway(f"The provider answers {answer.status_code}")
    return answer


def _object(answer: httpx.Response) -> Mapping[str, Any]:
    try:
        found = answer.json()
    except ValueError:
        found = None
    if answer.status_code != 200 or not isinstance(found, dict):
        raise ProviderAway(f"The provider answers {answer.status_code}, without a JSON object")
    return found
