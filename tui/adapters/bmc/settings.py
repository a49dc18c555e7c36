"""What the config says of a BMC connection."""

from __future__ import annotations

from pydantic import field_validator, model_validator

from tui.core.settings import ConnectionSettings, SecretRef

ETL_ID = "{etl_id}"
"""Stands for the id of the ETL in `kill_path`."""


class BmcSettings(ConnectionSettings):
    """The table of a connection to BMC Helix Continuous Optimization."""

    url: str
    """Address of the product, such as `https://acme-itom.onbmc.com`."""
    portal_url: str | None = None
    """Address of the BMC Helix Portal, where the login is; by default the same as `url`."""
    access_key: str | None = None
    """Access key of a user or of a program, from the portal's user management."""
    access_secret_key: SecretRef | None = None
    """The secret that belongs to the access key."""
    tenant_id: str | None = None
    """Id of the tenant, where the login wants it beside the access key."""
    token: SecretRef | None = None
    """A ready token, instead of an access key. It is used as it is until it ends."""
    kill_path: str | None = None
    """Path below `url` of the request that kills an ETL, with `{etl_id}` in it. No public page tells it;
    without it nothing can be stopped by force."""

    @field_validator("kill_path")
    @classmethod
    def _names_the_etl(cls, value: str | None) -> str | None:
        if value is not None and (ETL_ID not in value or "://" in value or "?" in value or "#" in value):
            raise ValueError(f"it must be a path below `url` with {ETL_ID} in it")
        return value

    @model_validator(mode="after")
    def _one_way_to_log_in(self) -> BmcSettings:
        has_key, has_secret = self.access_key is not None, self.access_secret_key is not None
        if self.token is not None and (has_key or has_secret):
            raise ValueError("give either `token`, or `access_key` and `access_secret_key`, not both")
        if self.token is None and not (has_key or has_secret):
            raise ValueError("give `access_key` and `access_secret_key`, or a ready `token`")
        if self.token is None and not (has_key and has_secret):
            missing = "access_secret_key" if has_key else "access_key"
            raise ValueError(f"`{missing}` is missing: the login takes both parts of an access key")
        return self
