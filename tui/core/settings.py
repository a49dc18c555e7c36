"""What every connection's table in the config file may say; adapters add their own keys by subclassing."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator


class SecretRef(BaseModel):
    """Where a secret is kept. Exactly one of the keys is given; a bare string is the secret itself."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    env: str | None = None
    """Name of an environment variable."""
    command: tuple[str, ...] | None = None
    """A command and its arguments; its standard output, without the last newline, is the secret."""
    file: str | None = None
    """A file whose content, without the last newline, is the secret."""
    keyring: str | None = None
    """`service/user` in the system's keyring (needs the `keyring` extra)."""
    literal: str | None = Field(default=None, repr=False)
    """The secret itself. `doctor` advises against it."""

    @model_validator(mode="before")
    @classmethod
    def _accept_bare_string(cls, value: Any) -> Any:
        return {"literal": value} if isinstance(value, str) else value

    @model_validator(mode="after")
    def _exactly_one(self) -> SecretRef:
        given = [n for n in ("env", "command", "file", "keyring", "literal") if getattr(self, n) is not None]
        if len(given) != 1:
            raise ValueError("give exactly one of env, command, file or keyring")
        return self


FILE_KEYS = ("verify", "client_cert", "client_key")
"""The keys of every connection that may name a file; relative names start at the config file's folder."""


_NEEDS = {
    "client_key": "client_cert",
    "client_key_password": "client_cert",
    "proxy_username": "proxy",
    "proxy_password": "proxy_username",
}


class ConnectionSettings(BaseModel):
    """The keys that every connection understands."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    type: str
    """Which adapter speaks to it; `nightdeck adapters` lists them."""
    environment: Literal["prod", "stage", "dev", ""] = ""
    """`prod` tints its rows and guards its actions by typed confirmation; `stage` asks for `y`."""
    read_only: bool = False
    """Refuse every action on this connection."""
    refresh: Annotated[float, Field(ge=0.2, le=86_400)] | None = None
    """Seconds between two sweeps; by default what suits the system."""
    fresh: Annotated[float, Field(ge=1, le=86_400)] | None = None
    """Seconds after which a row is read again before it is acted on; by default three refreshes, but not
    below 10 nor above 30."""
    timeout: Annotated[float, Field(gt=0, le=3600)] = 30.0
    """Seconds to wait for one answer."""
    verify: bool | str = True
    """Check TLS certificates: true, false, or the path of a CA file."""
    min_tls: Literal["1.2", "1.3"] = "1.2"
    """The oldest version of TLS that is spoken; older ones than 1.2 are refused whatever is set."""
    client_cert: str | None = None
    """PEM file with the certificate for a server that asks who we are, and perhaps with its private key."""
    client_key: str | None = None
    """PEM file with the private key of `client_cert`, where that is kept apart; chmod 600."""
    client_key_password: SecretRef | None = None
    """What unlocks the private key, where it is encrypted."""
    proxy: str | None = None
    """URL of a proxy; by default the usual environment variables count, with the credentials in them."""
    proxy_username: str | None = None
    """Name to log in to `proxy` with."""
    proxy_password: SecretRef | None = None
    """Password for `proxy`; better here, as a reference, than in its URL."""
    rate_limit: Annotated[float, Field(gt=0, le=1000)] | None = None
    """At most so many requests a second."""
    max_concurrency: Annotated[int, Field(ge=1, le=64)] = 4
    """At most so many requests at once."""
    timezone: str = "UTC"
    """IANA name of the zone of times that the server tells without one."""
    jobs: tuple[str, ...] = ()
    """Ids or name patterns to watch; all when empty. Needed where a system can't list its jobs."""
    exclude: tuple[str, ...] = ()
    """Name patterns of jobs to leave out."""
    web_url: str | None = None
    """Address of the system's web pages, when they live elsewhere than its API."""

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ValueError(f"{value!r} is no IANA time zone such as Europe/Berlin") from error
        return value

    @model_validator(mode="after")
    def _nothing_by_itself(self) -> Self:
        for key, other in _NEEDS.items():
            if getattr(self, key) is not None and not getattr(self, other):
                raise ValueError(f"`{key}` is of no use without `{other}`")
        if self.proxy_username is not None and "@" in (self.proxy or ""):
            raise ValueError("give the name for the proxy once: in `proxy_username`, or in `proxy`")
        return self
