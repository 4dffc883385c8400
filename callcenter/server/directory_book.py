"""The storage directory as routing sees it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

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
