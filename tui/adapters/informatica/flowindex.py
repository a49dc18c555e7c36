"""Which taskflow a run is of: runs are told by the name and the folder of the taskflow, not by its id."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING

from tui.adapters.informatica.assets import TASKFLOW, Asset, Family, configured_flow

if TYPE_CHECKING:
    from collections.abc import Collection, Generator, Iterable, Sequence

    from tui.adapters.informatica.wire import ObjectRow

_COPY = re.compile(r"(.+)-\d{1,3}")
"""An API name of a taskflow that was published once more may have a number behind it."""

_END_OF_NAME = re.compile(r"[^\w-]")
"""What may stand between the name of a taskflow and the custom name of a run of it."""


_MOST_ENDS = 50
"""So many of those, from the end on, may be where the custom name begins."""


class FlowIndex:
    """The taskflows by name."""

    def __init__(self) -> None:
        self._by_id: dict[str, Asset] = {}
        self._named: defaultdict[str, list[Asset]] = defaultdict(list)
        self._placed: defaultdict[tuple[str, str], list[Asset]] = defaultdict(list)

    @classmethod
    def building(
        cls, listed: Iterable[ObjectRow], api_names: Sequence[str]
    ) -> Generator[None, None, FlowIndex]:
        """An index in short steps.

        Args:
            listed: The taskflows that version 3 lists.
            api_names: Those that are configured.
        """
        index = cls()
        named: defaultdict[str, list[str]] = defaultdict(list)
        for row in listed:
            if row.name:
                index._by_id[row.id] = _listed(row)
                named[row.name].append(row.id)
            yield
        for api_name in dict.fromkeys(name.strip() for name in api_names):
            index._add_configured(api_name, named.get(api_name) or named.get(_base(api_name)) or [])
        for asset in index._by_id.values():
            for name in {asset.name, asset.call_name, _base(asset.call_name)}:
                index._named[name].append(asset)
                if asset.folder:
                    index._placed[name, asset.folder].append(asset)
            yield
        return index

    @property
    def assets(self) -> Collection[Asset]:
        """Every taskflow, each once."""
        return self._by_id.values()

    def by_federated_id(self, federated_id: str) -> Asset | None:
        """The taskflow with that id in version 3."""
        return self._by_id.get(federated_id)

    def find(self, name: str, location: str) -> Asset | None:
        """The taskflow of a run, by the run's asset name and location; None when it can't be told.

        A run that was given a name of its own is called by the taskflow's name and that name behind it.
        """
        location = location.strip("/")
        found = self._one_of(name, location)
        if found is not None:
            return found
        ends = [match.start() for match in _END_OF_NAME.finditer(name)][-_MOST_ENDS:]
        candidates = (self._one_of(name[:end].strip(), location) for end in reversed(ends))
        return next((asset for asset in candidates if asset is not None), None)

    def _add_configured(self, api_name: str, listed: Sequence[str]) -> None:
        """Add a configured API name, or give it to the listed taskflow that it belongs to."""
        if len(listed) == 1:
            self._by_id[listed[0]] = replace(self._by_id[listed[0]], call_name=api_name)
        else:
            asset = configured_flow(api_name)
            self._by_id[asset.id] = asset

    def _one_of(self, name: str, location: str) -> Asset | None:
        named = self._named.get(name, [])
        here = self._placed.get((name, location), [])
        exact = (asset for asset in here or named if asset.name == name)
        return _only(exact) or _only(here) or _only(named)


def _only(assets: Iterable[Asset]) -> Asset | None:
    """The only one; None when there is none, or a second one."""
    some = list(islice(assets, 2))
    return some[0] if len(some) == 1 else None


def _listed(row: ObjectRow) -> Asset:
    return Asset(
        id=row.id,
        family=Family.FLOW,
        type=TASKFLOW,
        name=row.name,
        folder=row.folder,
        federated_id=row.id,
        call_name=row.name,
        publication=row.publication,
    )


def _base(api_name: str) -> str:
    found = _COPY.fullmatch(api_name)
    return found[1] if found else api_name
