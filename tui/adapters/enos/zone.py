"""The zone of the server's times: the one in the config, else the one that the server tells."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from tui.adapters.enos.times import parse_zone
from tui.core.errors import BadAnswer, Forbidden, ServerFailed

if TYPE_CHECKING:
    from datetime import tzinfo

    from tui.adapters.enos.api import EnosApi
    from tui.adapters.enos.settings import EnosSettings


class ServerZone:
    """Asks for the zone once."""

    def __init__(self, api: EnosApi, settings: EnosSettings) -> None:
        self._api = api
        # The default says nothing: only a zone that somebody wrote down counts.
        is_set = "timezone" in settings.model_fields_set
        self._zone: tzinfo | None = ZoneInfo(settings.timezone) if is_set else None
        self.note = f"times are read in {settings.timezone}, as `timezone` says" if is_set else ""
        """Where the zone comes from, for people."""

    async def get(self) -> tzinfo:
        """The zone. Raises SystemUnavailable when the server can't be asked now."""
        if self._zone is None:
            self._zone = await self._ask()
        return self._zone

    async def _ask(self) -> tzinfo:
        try:
            told = await self._api.time_zone()
        except (BadAnswer, Forbidden, ServerFailed) as error:
            self.note = f"times are read as UTC: set `timezone` to the server's zone ({error.message})"
            return UTC
        zone = parse_zone(told)
        if zone is None:
            self.note = f"times are read as UTC: set `timezone`, for the server calls its zone {told!r}"
            return UTC
        self.note = f"times are read in {told}, as the server says"
        return zone
