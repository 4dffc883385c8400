"""Whom a call can be put through to: agents with their presence, plain phones, queues and stores."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Literal, Protocol

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from callcenter.accounts.extension import Extension
from callcenter.api.auth import SignedIn
from callcenter.api.fields import SearchText
from callcenter.api.references import AllStores, Names
from callcenter.crm.store import Store

MAX_ENTRIES = 100


class Presence(Protocol):
    """Knows what agents and phones are doing."""

    def of_agent(self, agent_id: str) -> str | None:
        """Return an agent's state; None for somebody who takes no calls."""
        ...

    def of_extension(self, number: str) -> str | None:
        """Return ``available``, ``on_call`` or ``offline`` of a plain phone."""
        ...


@dataclass(frozen=True, slots=True)
class QueueName:
    """A queue people may put a call into."""

    id: str
    code: str
    name: str


class DirectoryEntry(BaseModel):
    """Somebody or something a call can be put through to; kind and value are the target of a transfer."""

    kind: Literal["agent", "extension", "queue", "store"]
    value: Annotated[str, Field(description="Agent: id; extension: number; queue: id; store: code.")]
    label: str
    detail: Annotated[str, Field(description="Number of an agent's extension, code of a queue, region of a store …")]
    presence: Annotated[str | None, Field(description="State of an agent or phone; null for queues and stores.")]


def router(
    accounts: Callable[[], Mapping[str, Extension]],
    names: Names,
    stores: AllStores,
    queues: Callable[[], Sequence[QueueName]],
    presence: Presence,
) -> APIRouter:
    """Return the route.

    :param accounts: every enabled extension by number, from memory.
    :param queues: the queues that calls may be put into, without those of stores.
    """
    routes = APIRouter(tags=["directory"])

    @routes.get("/api/directory", summary="Whom can I put a call through to?")
    async def find(
        _principal: SignedIn,
        q: Annotated[SearchText, Query(description="Part of a name, number or code; accents do not matter.")] = "",
    ) -> list[DirectoryEntry]:
        """Agents first, then queues, stores and plain phones; at most 100."""
        extensions = accounts().values()
        seated = [extension for extension in extensions if extension.agent_id is not None]
        people = await names.agents({extension.agent_id for extension in seated if extension.agent_id is not None})
        wanted = folded(q).split()
        entries = [*_agents(seated, people, presence), *_queues(queues()), *_stores(stores().values())]
        entries += _phones(extensions, stores(), presence)
        matching = (entry for entry in entries if _matches(entry, wanted))
        return [entry for entry, _ in zip(matching, range(MAX_ENTRIES), strict=False)]

    return routes


def folded(text: str) -> str:
    """Return ``text`` without case and accents: ``Đỗ Hà`` is found by ``do ha``."""
    plain = unicodedata.normalize("NFD", text.casefold().replace("đ", "d"))
    return "".join(letter for letter in plain if not unicodedata.combining(letter))


def _matches(entry: DirectoryEntry, words: Sequence[str]) -> bool:
    text = folded(f"{entry.label} {entry.detail} {entry.value if entry.kind != 'agent' else ''}")
    return all(word in text for word in words)


def _agents(seated: Sequence[Extension], people: Mapping[str, str], presence: Presence) -> Iterator[DirectoryEntry]:
    entries = [
        DirectoryEntry(
            kind="agent",
            value=extension.agent_id,
            label=people[extension.agent_id],
            detail=extension.number,
            presence=presence.of_agent(extension.agent_id),
        )
        for extension in seated
        if extension.agent_id is not None and extension.agent_id in people
    ]
    yield from sorted(entries, key=lambda entry: (folded(entry.label), entry.value))


def _queues(queues: Sequence[QueueName]) -> Iterator[DirectoryEntry]:
    for queue in sorted(queues, key=lambda queue: folded(queue.name)):
        yield DirectoryEntry(kind="queue", value=queue.id, label=queue.name, detail=queue.code, presence=None)


def _stores(stores: Iterable[Store]) -> Iterator[DirectoryEntry]:
    for store in sorted(stores, key=lambda store: store.code):
        if not store.closed:
            yield DirectoryEntry(
                kind="store",
                value=store.code,
                label=store.name,
                detail=" · ".join(part for part in (store.code, store.region) if part),
                presence=None,
            )


def _phones(
    extensions: Iterable[Extension], stores: Mapping[str, Store], presence: Presence
) -> Iterator[DirectoryEntry]:
    for extension in sorted(extensions, key=lambda extension: extension.number):
        if extension.agent_id is None:
            store = stores.get(extension.store_id or "")
            yield DirectoryEntry(
                kind="extension",
                value=extension.number,
                label=extension.name or extension.number,
                detail=" · ".join(part for part in (extension.number, store.name if store else "") if part),
                presence=presence.of_extension(extension.number),
            )
