"""The flows of a node: their files, the numbers that lead to them, and the desk where they are drawn."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from callcenter.calls.channel import to_prompt
from callcenter.config import Config
from callcenter.crm.phone_number import normalise
from callcenter.ivr.fixed_prompts import fixed_prompts
from callcenter.ivr.flow_desk import FlowDesk
from callcenter.ivr.validate import Catalogue
from callcenter.media.prompts import Prompt
from callcenter.routing.caller_routing import LAST_STORE_PLAN
from callcenter.routing.flow_calls import DidTable
from callcenter.runtime.clock import Clock
from callcenter.server.flow_files import FlowFiles
from callcenter.storage.assembly import Storage


class FlowRoom:
    """Opened with :meth:`open`, kept up to date with :meth:`look`.

    :param publish: told what changed at the desk.
    """

    def __init__(self, config: Config, storage: Storage, clock: Clock, publish: Callable[[object], None]) -> None:
        self._config = config
        self._storage = storage
        self._normalise = partial(normalise, region=config.deployment.country)
        self.files = FlowFiles(config.paths.flows, self._catalogue)
        self.library = self.files.library
        self.dids = DidTable({})
        self.desk = FlowDesk(storage.flows, self.files, clock, self._shown_numbers, publish)

    async def open(self) -> None:
        """Read the files and join the numbers."""
        self.files.numbers.learn(await self._storage.flows.known_versions())
        self.files.load()
        self.refresh_dids()

    async def look(self) -> None:
        """Take in files that changed, as versions too."""
        self.files.look()
        await self.desk.take_in()

    def refresh_dids(self) -> None:
        """Join the numbers of the configuration and of the database; the configuration wins."""
        flows = {did.number: did.flow_id for did in self._storage.directory.snapshot.dids}
        trunks = {}
        for did in self._config.dids:
            for number in {did.number, self._normalise(did.number) or did.number}:
                flows[number] = did.flow
                if did.trunk is not None:
                    trunks[number] = did.trunk
        self.dids.flows, self.dids.trunks = flows, trunks

    def fixed_prompts(self) -> list[Prompt]:
        """Return every prompt of the flows that is known before any call, and the tones."""
        prompts = [Prompt(tone=tone) for tone in ("ringback", "music", "beep", "busy")]
        for program in self.library.snapshot().values():
            prompts += [to_prompt(part) for part in fixed_prompts(program)]
        return prompts

    def _catalogue(self) -> Catalogue:
        snapshot = self._storage.directory.snapshot
        return Catalogue(
            stores=frozenset(snapshot.stores_by_code) if snapshot.stores else None,
            extensions=frozenset(snapshot.extensions) if snapshot.extensions else None,
            plans=frozenset({LAST_STORE_PLAN}),
            queues=self._storage.queue_book.codes() if snapshot.stores else None,
        )

    def _shown_numbers(self) -> Mapping[str, str]:
        """Return the flow of every number, each number once, as people wrote it."""
        flows = {did.number: did.flow_id for did in self._storage.directory.snapshot.dids}
        return flows | {did.number: did.flow for did in self._config.dids}
