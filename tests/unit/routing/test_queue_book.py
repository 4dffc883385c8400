"""Which queues there are and who is in them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time
from typing import Any

from callcenter.accounts.extension import Extension
from callcenter.accounts.scope import Scope
from callcenter.accounts.user import Role, StoreScope, User
from callcenter.acd.ports import QueueBookContents
from callcenter.acd.queue import AgentProfile, Queue, QueueMember
from callcenter.crm.store import OpeningHours, Shift, Store
from callcenter.routing.queue_book import QueueSetup, Staff, assemble, may_see, with_implied

HOURS = OpeningHours(weekdays={0: (Shift(time(8), time(12)),)})
CENTRAL = Store(id="s0", code="central", name="Tổng đài")
HN = Store(id="s1", code="HN-01", name="Cầu Giấy", hours=HOURS, region="north")
SG = Store(id="s2", code="SG-01", name="Quận 1", region="south")
STORES = (CENTRAL, HN, SG)


def user(user_id: str, role: Role = Role.AGENT, **others: Any) -> User:
    return User(
        id=user_id,
        login=user_id,
        name=user_id.upper(),
        role=role,
        created_at=datetime(2026, 1, 1, tzinfo=UTC),
        **others,
    )


LAN, MAI, BOSS = user("lan"), user("mai", scope=StoreScope(regions=frozenset({"north"}))), user("boss", Role.SUPERVISOR)
EXTENSIONS = (
    Extension(number="100", name="Bàn 1", store_id="s0"),
    Extension(number="1001", store_id="s1", agent_id="lan"),
    Extension(number="101", store_id="s1"),
    Extension(number="900", name="Kho"),
    Extension(number="2001", agent_id="mai"),
    Extension(number="3001", store_id="s1", agent_id="gone"),
)


def staff(**others: Any) -> Staff:
    return Staff(**{"users": (LAN, MAI, BOSS), "extensions": EXTENSIONS, "stores": STORES, **others})


def book(*setups: QueueSetup, **others: Any) -> QueueBookContents:
    return assemble(with_implied(setups, others.get("stores", STORES)), staff(**others))


def queue(contents: QueueBookContents, code: str) -> Queue:
    return next(found for found in contents.queues if found.code == code)


def members(contents: QueueBookContents, code: str) -> list[str]:
    return [member.agent_id for member in queue(contents, code).members]


def test_agents_are_users_with_a_phone_and_phones_of_stores_without_a_user() -> None:
    contents = book()
    assert {agent.id: (agent.extension, agent.store_ids, agent.plain) for agent in contents.agents} == {
        "lan": ("1001", ("s1",), False),
        "mai": ("2001", ("s1",), False),
        "phone:100": ("100", ("s0",), True),
        "phone:101": ("101", ("s1",), True),
    }
    assert [agent.name for agent in contents.agents] == ["LAN", "MAI", "Bàn 1", "101"]


def test_every_open_store_has_a_queue_of_its_phones_that_all_ring() -> None:
    contents = book(stores=(CENTRAL, HN, replace(SG, closed=True)))
    assert [found.code for found in contents.queues] == ["store:central", "central", "store:HN-01"]
    assert members(contents, "store:HN-01") == ["lan", "phone:101"]
    found = queue(contents, "store:HN-01")
    assert (found.id, found.name, found.store_id, found.settings.strategy) == ("store:s1", "Cầu Giấy", "s1", "ring_all")
    assert found.settings.hours == HOURS


def test_the_central_desk_is_the_central_stores_phones_until_it_is_set_up() -> None:
    assert members(book(), "central") == ["phone:100"]
    own = QueueSetup(id="q", code="central", name="Bàn trung tâm", members=(QueueMember(agent_id="lan", weight=3),))
    contents = book(own)
    assert [(member.agent_id, member.weight) for member in queue(contents, "central").members] == [("lan", 3)]
    assert queue(contents, "central").settings.strategy == "longest_idle"


def test_setting_up_a_stores_queue_changes_it_and_keeps_its_phones() -> None:
    own = QueueSetup(
        id="q",
        code="store:HN-01",
        name="Cầu Giấy mới",
        store_id="s1",
        settings={"strategy": "linear", "ring_s": 25},
        members=(QueueMember(agent_id="phone:101", order=5, weight=2), QueueMember(agent_id="nobody")),
    )
    found = queue(book(own), "store:HN-01")
    assert (found.id, found.settings.strategy, found.settings.ring_s) == ("q", "linear", 25)
    assert found.settings.hours == HOURS, "a store's queue is open as the store is"
    assert [(member.agent_id, member.order) for member in found.members] == [("phone:101", 5), ("lan", 6)]


def test_a_queue_with_hours_of_its_own_keeps_them() -> None:
    own = QueueSetup(id="q", code="vip", name="VIP", store_id="s1", settings={"hours": {"always_open": True}})
    assert queue(book(own), "vip").settings.hours.always_open
    assert members(book(own), "vip") == [], "the phones of a store are members of its own queue only"


def test_a_phone_outside_stores_is_an_agent_once_it_is_named() -> None:
    own = QueueSetup(
        id="q", code="vip", name="VIP", members=(QueueMember(agent_id="phone:900"), QueueMember(agent_id="boss"))
    )
    contents = book(own)
    assert members(contents, "vip") == ["phone:900", "boss"]
    assert [agent.extension for agent in contents.agents if agent.id in ("boss", "phone:900")] == [None, "900"]


def test_skills_come_with_the_agent() -> None:
    contents = book(skills={"lan": {"billing": 3}, "phone:101": {"vi": 1}})
    assert {agent.id: dict(agent.skills) for agent in contents.agents if agent.skills} == {
        "lan": {"billing": 3},
        "phone:101": {"vi": 1},
    }


def test_users_who_left_take_no_calls() -> None:
    contents = book(users=(replace(LAN, active=False), MAI))
    assert members(contents, "store:HN-01") == ["phone:101"]


def test_settings_nobody_understands_any_more_do_not_stop_the_queue() -> None:
    own = QueueSetup(id="q", code="vip", name="VIP", settings={"strategy": "gone"})
    assert queue(book(own), "vip").settings.strategy == "longest_idle"


def test_what_a_queue_leaves_out_is_as_the_deployment_says() -> None:
    setups = with_implied((), STORES)
    contents = assemble(setups, staff(), {"ring_s": 22, "strategy": "random"})
    assert {(found.settings.ring_s, found.settings.strategy) for found in contents.queues} == {(22, "ring_all")}


def test_a_queue_is_open_to_its_store_its_members_and_their_stores() -> None:
    own = QueueSetup(id="q", code="vip", name="VIP", store_id="s2", members=(QueueMember(agent_id="lan"),))
    contents = book(own)
    agents: dict[str, AgentProfile] = {agent.id: agent for agent in contents.agents}
    found = queue(contents, "vip")

    def sees(user_id: str, *store_ids: str, everything: bool = False) -> bool:
        return may_see(Scope(everything, frozenset(store_ids), user_id), found, agents)

    assert sees("admin", everything=True)
    assert sees("boss", "s2") and sees("boss", "s1") and sees("lan")
    assert not sees("boss") and not sees("boss", "s0") and not sees("mai")
