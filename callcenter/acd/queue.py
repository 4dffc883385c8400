"""A queue as it is set up: every setting with its default, its members, and nothing that changes from call to call."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import time
from enum import StrEnum

from callcenter.calls.channel_results import PromptPart
from callcenter.crm.store import ALWAYS_OPEN, OpeningHours


class StaffRule(StrEnum):
    """Who must be there for a caller to be let in, or to be kept."""

    NOBODY = "nobody"
    "Nobody: callers wait all the same."
    LOGGED_IN = "logged_in"
    "At least one agent who is not offline or unreachable, on a break or not."
    ON_QUEUE = "on_queue"
    "At least one agent who takes calls: available, offered, on a call or in wrap-up."
    AVAILABLE = "available"
    "At least one agent who is free this moment."


class WrapUpMode(StrEnum):
    """How an agent's work after a call ends."""

    OFF = "off"
    OPTIONAL = "optional"
    "Until the agent ends it or the time is up; a disposition code is welcome."
    UNTIL_CODED = "until_coded"
    "Until a disposition code was chosen, however long it takes."
    TIMED = "timed"
    "Until the time is up; a chosen code ends it earlier."
    TIMED_FIXED = "timed_fixed"
    "Until the time is up, never earlier."


class EstimateMethod(StrEnum):
    """How the wait of a caller is estimated."""

    AVERAGE = "average"
    "Exponential average of the waits of those who were answered."
    HANDLING_TIME = "handling_time"
    "Average handling time × place ÷ agents."


class CallbackMode(StrEnum):
    """Who is rung first when a call-back is due."""

    AGENT_FIRST = "agent_first"
    "An agent is reserved and on the line before the customer's phone rings."
    CUSTOMER_FIRST = "customer_first"
    "The customer is rung when the turn is near, and waits at the head of the queue."


@dataclass(frozen=True, slots=True, kw_only=True)
class WrapUpSettings:
    """Work after a call."""

    mode: WrapUpMode = WrapUpMode.TIMED
    seconds: float = 15.0
    "How long it lasts at most; 0 switches it off, except until coded."
    extend_s: float = 30.0
    "What one extension adds."
    after_outbound: bool = False
    "Also after calls the agent placed for this queue."
    require_disposition: bool = False
    "The agent cannot end it without a code; only the end of its time can."
    timeout_code: str = "wrap-up-timeout"
    "The disposition code written when the time is up and none was chosen."

    @property
    def disposition_required(self) -> bool:
        """Tell whether the agent can end it only with a code."""
        return self.require_disposition or self.mode is WrapUpMode.UNTIL_CODED

    @property
    def is_off(self) -> bool:
        """Tell whether there is none."""
        return self.mode is WrapUpMode.OFF or (self.seconds <= 0 and self.mode is not WrapUpMode.UNTIL_CODED)


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnouncementSettings:
    """What waiting callers hear between the music."""

    position: bool = True
    estimated_wait: bool = True
    first_after_s: float = 5.0
    min_gap_s: float = 15.0
    "A change is not announced sooner after the last announcement."
    max_gap_s: float = 75.0
    "Something is said at least that often."
    position_limit: int = 5
    "A place behind this one is announced as 'more than' it."
    only_when_better: bool = False
    "Say a place only when it is better than the one said before."
    periodic: tuple[PromptPart, ...] = ()
    "Heard every ``periodic_every_s``, in the caller's language when it has prompts of it."
    periodic_every_s: float = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class EstimateSettings:
    """How long a caller is told to wait."""

    method: EstimateMethod = EstimateMethod.AVERAGE
    min_samples: int = 10
    "With fewer answered calls of late nothing is said."
    sample_age_s: float = 3600.0
    "What 'of late' means."
    default_handling_s: float = 90.0
    "Assumed handling time while there is none measured; used for decisions, never announced."
    padding_s: float = 30.0
    "Added by the average method before what was waited is subtracted."
    round_to_s: float = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackSettings:
    """Being called back instead of waiting."""

    enabled: bool = True
    offer_after_s: float = 60.0
    offer_when_wait_over_s: float = 120.0
    "Offered sooner when the estimated wait is longer than this."
    again_every_s: float = 120.0
    key: str = "1"
    "The key that accepts, pressed at any time once it was offered."
    mode: CallbackMode = CallbackMode.AGENT_FIRST
    max_attempts: int = 3
    retry_gap_s: float = 600.0
    expire_s: float = 7 * 86400.0
    expire_at_close: bool = False
    "Give up at the end of the queue's hours instead of going on the next day."
    quiet_from: time = time(21, 0)
    "No customer is called from here …"
    quiet_until: time = time(8, 0)
    "… to here, in the time zone of the queue's hours. Equal times: never quiet."
    ring_s: float = 30.0
    caller_id: str | None = None
    "Number shown to the customer; None: the trunk's own."


@dataclass(frozen=True, slots=True, kw_only=True)
class SkillRelaxation:
    """From some moment of a wait on, ask for less."""

    after_s: float
    lower_by: int = 0
    "Points every required level falls by, counted from the original."
    drop: tuple[str, ...] = ()
    "Skills no longer asked for."
    drop_all: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueSettings:
    """Everything about a queue that can be set."""

    strategy: str = "longest_idle"
    "Name of a strategy in :mod:`callcenter.acd.strategies`."
    priority: int = 0
    "Points every caller of this queue has; each counts as ``priority_point_s`` of waiting."
    priority_point_s: float = 60.0
    skills: Mapping[str, int] = field(default_factory=dict)
    "Skills every caller asks for, with the level."
    relaxations: tuple[SkillRelaxation, ...] = ()
    ring_s: float = 15.0
    "How long one offer rings."
    retry_s: float = 5.0
    "Pause between one round over all agents and the next."
    no_answer_delay_s: float = 5.0
    "An agent who did not answer is left alone that long."
    busy_delay_s: float = 10.0
    reject_delay_s: float = 10.0
    misses_allowed: int = 1
    "Unanswered offers in a row that make an agent not responding; 0: never."
    max_length: int = 0
    "Callers who may wait at once; 0: no limit."
    max_wait_s: float = 300.0
    "0: no limit."
    join_when: StaffRule = StaffRule.LOGGED_IN
    stay_when: StaffRule = StaffRule.LOGGED_IN
    leave_after_s: float = 30.0
    "How long ``stay_when`` must have been broken before callers are let go."
    hours: OpeningHours = ALWAYS_OPEN
    "Outside them nobody joins; those who wait already are served."
    overflow: tuple[str, ...] = ()
    "Ids or codes of queues tried in this order, arrival time kept, when this one would let a caller go."
    music: str = "music"
    "``music``, ``ringback``, or an audio file's path."
    greeting: tuple[PromptPart, ...] = ()
    "Heard once at the beginning."
    announcements: AnnouncementSettings = AnnouncementSettings()
    estimate: EstimateSettings = EstimateSettings()
    callback: CallbackSettings = CallbackSettings()
    wrap_up: WrapUpSettings = WrapUpSettings()
    resume_within_s: float = 60.0
    "A caller who hung up and rings back within this time gets the old place; 0: never."
    target_s: float = 20.0
    "Service level: answered within this wait."
    short_abandon_s: float = 5.0
    "Who hangs up sooner does not count as abandoned."
    preferred_only_s: float = 0.0
    "For that long only the preferred agents of a caller are rung, if any is logged in."


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueMember:
    """An agent's place in a queue."""

    agent_id: str
    order: int = 0
    "Place in the linear order, smallest first."
    weight: int = 1
    "Share of the calls under the weighted strategy."
    active: bool = True
    "Takes calls of this queue; an agent may step out of one queue and stay in others."


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """One queue."""

    id: str
    code: str
    "Short and unique; ``store:<store code>`` for a store's own queue."
    name: str
    store_id: str | None = None
    members: tuple[QueueMember, ...] = ()
    settings: QueueSettings = QueueSettings()
    enabled: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentProfile:
    """Who can be offered calls: a user with an extension, or the plain phone of a store."""

    id: str
    "``users.id``, or :func:`plain_phone_id` of a phone nobody in particular sits at."
    name: str
    extension: str | None
    store_ids: tuple[str, ...] = ()
    skills: Mapping[str, int] = field(default_factory=dict)
    plain: bool = False
    "A phone without a user: free when registered and not busy, no breaks, no wrap-up."


def plain_phone_id(extension: str) -> str:
    """Return the agent id that stands for a phone without a user."""
    return f"phone:{extension}"


def store_queue_code(store_code: str) -> str:
    """Return the code of the queue that every store has."""
    return f"store:{store_code}"
