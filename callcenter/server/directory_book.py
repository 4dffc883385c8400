"""The storage directory as routing and calls see it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from callcenter.acd.dispatcher import Dispatcher
from callcenter.crm.store import Store
from callcenter.routing.caller_routing import StoreAccount
from callcenter.storage.directory import Directory


class DirectoryBook:
    """Stores and their phones."""

    def __init__(self, directory: Directory) -> None:
        self._directory = directory

    def stores(self) -> Mapping[str, Store]:
        """Return every store by id."""
        return self._directory.snapshot.stores

    def store_by_code(self, code: str) -> Store | None:
        """Return the store with this code."""
        return self._directory.snapshot.stores_by_code.get(code)

    def extensions_of_store(self, store_id: str) -> Sequence[StoreAccount]:
        """Return the enabled phones of a store."""
        return self._directory.extensions_of_store(store_id)


class PeopleDirectory:
    """Names of agents and stores; a :class:`~callcenter.calls.ports.PeopleBook`."""

    def __init__(self, directory: Directory, dispatcher: Dispatcher) -> None:
        self._directory = directory
        self._dispatcher = dispatcher

    def agent_name(self, agent_id: str) -> str | None:
        """Return what an agent is called; None for nobody."""
        agent = self._dispatcher.agent(agent_id)
        return None if agent is None else agent.name

    def extension_of_agent(self, agent_id: str) -> str | None:
        """Return the extension an agent sits at."""
        account = self._directory.extension_of_agent(agent_id)
        return None if account is None else account.number

    def store(self, store_id: str) -> Store | None:
        """Return a store by id."""
        return self._directory.store(store_id)
