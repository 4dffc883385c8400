"""How long a caller will wait: an honest estimate or none.

Two methods. *Average*: the exponential average ``h = (3h + new) / 4`` of the waits of answered callers; a caller who
has waited ``w`` is told ``h - w`` and some padding. *Handling time*: average handling time × place ÷ agents. Callers
are told nothing while fewer than ten calls were answered of late, or no agent is there.
"""

from __future__ import annotations

import math
from collections import deque

from callcenter.acd.queue import EstimateMethod, EstimateSettings

HISTORY = 3
"Weight of the average so far against one new value."
MAX_SAMPLES = 1000


class WaitEstimate:
    """The estimate of one queue."""

    def __init__(self, settings: EstimateSettings) -> None:
        self.settings = settings
        self._average_wait: float | None = None
        self._average_handling: float | None = None
        self._answers: deque[float] = deque(maxlen=MAX_SAMPLES)
        "When callers were answered."

    def answered(self, waited_s: float, now: float) -> None:
        """Learn from a caller who was answered."""
        self._average_wait = _averaged(self._average_wait, waited_s)
        self._answers.append(now)

    def handled(self, seconds: float) -> None:
        """Learn how long an agent was occupied by one call, wrap-up included."""
        self._average_handling = _averaged(self._average_handling, seconds)

    @property
    def handling_s(self) -> float:
        """Return the average handling time, or what is assumed while there is none."""
        return self._average_handling if self._average_handling is not None else self.settings.default_handling_s

    def is_thin(self, now: float) -> bool:
        """Tell whether too few callers were answered of late."""
        while self._answers and self._answers[0] < now - self.settings.sample_age_s:
            self._answers.popleft()
        return len(self._answers) < self.settings.min_samples

    def honest(self, *, position: int, waited_s: float, agents: int, now: float) -> float | None:
        """Return the seconds to tell a caller, None to say nothing.

        :param position: the caller's place, from 1.
        :param agents: agents who take calls of the queue, free or not.
        """
        if agents == 0 or self.is_thin(now):
            return None
        if self.settings.method is EstimateMethod.HANDLING_TIME:
            return None if self._average_handling is None else self._average_handling * position / agents
        if self._average_wait is None:
            return None
        return max(0.0, self._average_wait - waited_s + self.settings.padding_s)

    def for_decisions(self, *, position: int, agents: int) -> float | None:
        """Return the seconds a routing decision may count on, None without agents. Never said to a caller."""
        return None if agents == 0 else self.handling_s * position / agents


def _averaged(average: float | None, new: float) -> float:
    return new if average is None else (HISTORY * average + new) / (HISTORY + 1)


def rounded_wait(seconds: float, step_s: float = 30.0) -> float:
    """Return ``seconds`` rounded up to whole steps, at least one: nobody is told to wait for no time at all."""
    return max(1, math.ceil(seconds / step_s - 1e-9)) * step_s
