"""What the call path looks up, in memory: stores, SIP accounts and hotline numbers.

A :class:`Snapshot` never changes; a refresh puts a new one in its place, so a call that holds one sees one state.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

from callcenter.accounts.extension import Extension, SipCredentials
from callcenter.crm.store import Store
from callcenter.routing.inbound import Did
from callcenter.storage.repositories.accounts import ExtensionTable
from callcenter.storage.repositories.stores import DidTable, StoreTable


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """Everything at one moment."""

    stores: Mapping[str, Store] = field(default_factory=dict)
    "By id."
    stores_by_code: Mapping[str, Store] = field(default_factory=dict)
    extensions: Mapping[str, Extension] = field(default_factory=dict)
    "Enabled ones, by number."
    credentials: Mapping[str, SipCredentials] = field(default_factory=dict)
    by_store: Mapping[str, tuple[Extension, ...]] = field(default_factory=dict)
    by_agent: Mapping[str, Extension] = field(default_factory=dict)
    "The extension each user sits at; the lowest when there are several."
    dids: tuple[Did, ...] = ()


class Directory:
    """An :class:`~callcenter.accounts.extension.ExtensionDirectory`, and the stores and DIDs beside it."""

    def __init__(self) -> None:
        self.snapshot = Snapshot()

    async def refresh(self, stores: StoreTable, extensions: ExtensionTable, dids: DidTable) -> None:
        """Read everything again."""
        all_stores = await stores.all()
        enabled = [(account, secret) for account, secret in await extensions.all() if account.enabled]
        by_store: dict[str, list[Extension]] = defaultdict(list)
        for account, _ in enabled:
            if account.store_id is not None:
                by_store[account.store_id].append(account)
        all_dids = await dids.all()
        self.snapshot = Snapshot(
            stores={store.id: store for store in all_stores},
            stores_by_code={store.code: store for store in all_stores},
            extensions={account.number: account for account, _ in enabled},
            credentials={account.number: secret for account, secret in enabled if secret is not None},
            by_store={store_id: tuple(accounts) for store_id, accounts in by_store.items()},
            by_agent={
                account.agent_id: account
                for account in sorted((one for one, _ in enabled), key=_by_number, reverse=True)
                if account.agent_id is not None
            },
            dids=all_dids,
        )

    def extension(self, number: str) -> Extension | None:
        """Return the enabled account with this number."""
        return self.snapshot.extensions.get(number)

    def credentials(self, number: str) -> SipCredentials | None:
        """Return what checks its digest."""
        return self.snapshot.credentials.get(number)

    def extension_of_agent(self, agent_id: str) -> Extension | None:
        """Return the enabled account a user sits at."""
        return self.snapshot.by_agent.get(agent_id)

    def extensions_of_store(self, store_id: str) -> tuple[Extension, ...]:
        """Return the enabled accounts of a store, by number."""
        return self.snapshot.by_store.get(store_id, ())

    def store(self, store_id: str) -> Store | None:
        """Return a store."""
        return self.snapshot.stores.get(store_id)


def _by_number(account: Extension) -> tuple[int, str]:
    return len(account.number), account.number
