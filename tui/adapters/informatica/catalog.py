"""The definitions: what an organisation has that can be run. They change seldom and are kept for minutes."""

from __future__ import annotations

import asyncio
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from tui.adapters.informatica.assets import CLASSIC_TYPES, TASKFLOW, WORKFLOW, Asset, Family
from tui.adapters.informatica.endpoints import TASKS, WORKFLOWS
from tui.adapters.informatica.flowindex import FlowIndex
from tui.adapters.informatica.places import Places, listed_objects
from tui.adapters.informatica.together import together
from tui.adapters.informatica.wire import ListedTask, TaskRow, reading
from tui.core.errors import BadAnswer, Forbidden, NotFound, ServerFailed, SystemUnavailable, Unauthorized
from tui.transport.limits import MAX_RECORDS
from tui.transport.turns import in_turns

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Mapping, Sequence

    from tui.adapters.informatica.api import InformaticaApi
    from tui.adapters.informatica.places import Place
    from tui.adapters.informatica.settings import InformaticaSettings
    from tui.adapters.informatica.wire import ObjectRow
    from tui.core.clock import Clock

KEPT_S = 300.0
"""Seconds for which the definitions are kept: seven lists, each of which takes a second or more."""

UNKNOWN_KEPT_S = 60.0
"""Seconds for which they are kept when a run of something shows up that they don't have."""

_AWAY = {
    TASKFLOW: "taskflows can't be listed; those named in `taskflows` are watched all the same",
    WORKFLOW: "linear taskflows can't be listed: no vendor page documents the call for it",
}


class Catalog:
    """Reads the lists, and remembers what they told.

    Args:
        api: Asks Informatica.
        settings: What is watched.
        clock: Tells how old the lists are.
    """

    def __init__(self, api: InformaticaApi, settings: InformaticaSettings, clock: Clock) -> None:
        self._api = api
        self._settings = settings
        self._clock = clock
        self._rows: dict[str, list[ListedTask]] = {}
        self._flows: list[ObjectRow] | None = None
        self._away: dict[str, str] = {}
        self._read_at: float | None = None
        self._is_wanted = False
        self._strangers: set[str] = set()
        self._places = Places(api, clock)
        self._known: dict[str, Asset] = {}
        self._watched: list[Asset] = []
        self._index = FlowIndex()
        self._reading = asyncio.Lock()

    @property
    def assets(self) -> Sequence[Asset]:
        """Everything that is watched but code tasks, which no list tells of."""
        return self._watched

    @property
    def notes(self) -> tuple[str, ...]:
        """Which lists are missing, for people."""
        return tuple(f"{_AWAY.get(kind, f'no list of {kind}')} ({why})" for kind, why in self._away.items())

    async def refresh(self, *, kept_s: float = KEPT_S) -> None:
        """Read the lists unless they are young enough.

        Raises:
            SystemUnavailable: One of them can't be read and was never read before, or none may be read.
        """
        async with self._reading:
            limit_s = min(kept_s, UNKNOWN_KEPT_S) if self._is_wanted else kept_s
            now = self._clock.monotonic()
            if self._read_at is not None and now - self._read_at < limit_s:
                return
            kinds = (*CLASSIC_TYPES, WORKFLOW)
            await together(self._read_flows(), *map(self._read_rows, kinds))
            self._read_at, self._is_wanted = now, False
            self._check_something_is_read()
            await self._arrange()

    def doubt(self) -> None:
        """Take nothing of the lists for granted any more."""
        self._read_at = None

    async def read_places(self) -> None:
        """Read some more of where the tasks are; only version 3 tells it, in many pages."""
        if await self._places.read_some([kind for kind in CLASSIC_TYPES if self._rows.get(kind)]):
            await self._arrange()

    async def placed(self, asset: Asset) -> Asset:
        """A task with its id in version 3, if that can be had: some are started by no other."""
        if asset.family is not Family.CLASSIC or asset.federated_id or asset.type not in CLASSIC_TYPES:
            return asset
        if await self._places.read_whole(asset.type):
            await self._arrange()
        return self._known.get(asset.id, asset)

    async def find(self, job_id: str) -> Asset:
        """One thing that is watched. Raises NotFound."""
        if job_id not in self._known:
            await self.refresh(kept_s=UNKNOWN_KEPT_S)
        asset = self._known.get(job_id)
        if asset is None or not self.is_watched(asset):
            raise NotFound(
                f"Informatica lists nothing with the id {job_id}",
                hint="it may have been deleted, or `jobs` or `exclude` leave it out",
            )
        return asset

    def flow_of(self, name: str, location: str) -> Asset | None:
        """The taskflow whose run is called so."""
        return self._index.find(name, location)

    def flow_by_federated_id(self, federated_id: str) -> Asset | None:
        """The taskflow with that id in version 3."""
        return self._index.by_federated_id(federated_id)

    def tasks_named(self, kind: str, name: str) -> list[str]:
        """Ids in version 2 of the tasks of a type with that name: more than one if folders share it."""
        return [row.id for row in self._rows.get(kind, ()) if row.name == name]

    def is_watched(self, asset: Asset) -> bool:
        """Whether `jobs` and `exclude` let it be shown."""
        settings = self._settings

        def fits(patterns: Sequence[str]) -> bool:
            texts = (asset.id, asset.name, asset.path)
            return any(fnmatchcase(text, pattern) for pattern in patterns for text in texts)

        return (not settings.jobs or fits(settings.jobs)) and not fits(settings.exclude)

    def known(self, job_id: str) -> Asset | None:
        """One thing of the lists, without asking."""
        return self._known.get(job_id)

    def has(self, job_id: str) -> bool:
        """Whether the lists have it, watched or not."""
        return job_id in self._known

    def note_run_of(self, job_ids: Iterable[str]) -> None:
        """Read the lists again soon if something is run that they don't have; once for each such thing."""
        strangers = {job_id for job_id in job_ids if job_id and job_id not in self._known} - self._strangers
        if strangers:
            self._is_wanted = True
            if len(self._strangers) > MAX_RECORDS:
                self._strangers.clear()
            self._strangers |= strangers

    async def _read_rows(self, kind: str) -> None:
        is_guess = kind == WORKFLOW
        try:
            if is_guess:
                values = await self._api.rows(WORKFLOWS)
            else:
                values = await self._api.rows(TASKS, params={"type": kind}, is_fixed=True)
        except SystemUnavailable as error:
            self._take_failure(kind, error, is_known=kind in self._rows, is_guess=is_guess)
        except NotFound as error:
            self._away[kind] = error.message
        else:
            rows = await in_turns(reading(TaskRow, values[: self._room(kind)]))
            # Meanwhile others may have come.
            self._rows[kind] = [ListedTask(row.id, row.name) for row in rows[: self._room(kind)]]
            self._away.pop(kind, None)

    def _room(self, kind: str) -> int:
        """How long a list may be: there are many, and together they may be no longer than one."""
        others = sum(len(rows) for other, rows in self._rows.items() if other != kind)
        return max(0, MAX_RECORDS - others)

    async def _read_flows(self) -> None:
        try:
            found = await listed_objects(self._api, TASKFLOW)
        except SystemUnavailable as error:
            self._take_failure(TASKFLOW, error, is_known=self._flows is not None, is_guess=False)
        except NotFound as error:
            self._away[TASKFLOW] = error.message
        else:
            self._flows = found
            self._away.pop(TASKFLOW, None)

    def _take_failure(self, kind: str, error: SystemUnavailable, *, is_known: bool, is_guess: bool) -> None:
        """Do without a list if possible: with the one from before, or without that kind."""
        if isinstance(error, Unauthorized):
            raise error
        if isinstance(error, Forbidden) or (is_guess and isinstance(error, BadAnswer | ServerFailed)):
            self._away[kind] = error.message
        elif not is_known:
            raise error

    def _check_something_is_read(self) -> None:
        is_empty = not self._rows and self._flows is None
        if is_empty and not self._settings.taskflows and not self._settings.code_tasks:
            self._read_at = None
            why = next(iter(self._away.values()), "")
            raise Forbidden(
                f"{self._api.host} shows this account no list of tasks: {why}",
                hint="let an administrator give the user the right to view the assets",
            )

    async def _arrange(self) -> None:
        self._index = await in_turns(FlowIndex.building(self._flows or (), self._settings.taskflows))
        found = await in_turns(self._listed())
        self._known = found
        self._watched = await in_turns(self._watching(found.values()))

    def _listed(self) -> Generator[None, None, dict[str, Asset]]:
        """Every asset by its id; one that is as it was stays the same object."""
        found: dict[str, Asset] = {}
        for kind, rows in self._rows.items():
            names = yield from self._places.of(kind, rows)
            for row in rows:
                asset = _task(kind, row, names)
                known = self._known.get(row.id)
                found[row.id] = known if known is not None and known == asset else asset
                yield
        for asset in self._index.assets:
            known = self._known.get(asset.id)
            found[asset.id] = known if known is not None and known == asset else asset
            yield
        return found

    def _watching(self, assets: Iterable[Asset]) -> Generator[None, None, list[Asset]]:
        watched: list[Asset] = []
        for asset in assets:
            if self.is_watched(asset):
                watched.append(asset)
            yield
        return watched


def _task(kind: str, row: ListedTask, names: Mapping[str, Place]) -> Asset:
    place = names.get(row.name)
    return Asset(
        id=row.id,
        family=Family.CLASSIC,
        type=kind,
        name=row.name or row.id,
        folder=place.folder if place is not None else "",
        federated_id=place.federated_id if place is not None else "",
    )
