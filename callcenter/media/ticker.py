"""Pacing without a timer per leg: one absolute 5 ms tick, and wheels that say whose turn a tick is.

Every deadline is ``origin + n * 5 ms``, so lateness of one tick never shifts the next. 5 ms divides every packet time
in use; the worker wakes for every second or fourth tick, and the wheels put visits there. What costs most is waking up:
code and data are cold then, and one packet alone is four times as dear as one of fifty. So a wheel fills one phase with
a bunch of visits before it begins the next, and spreads by load only when every phase has its bunch: 300 playing legs
are 150 sends every 10 ms, 100 are 100 every 20 ms.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

TICK_S = 0.005
STRIDE = 2
"Ticks from one wake-up to the next, and between the phases that are used."
LONG_STRIDE = 4
"The same while no leg's audio is passed on to another, so that nothing waits for a wake-up that anybody hears."
MAX_LAG_TICKS = 40
"200 ms: being later than that (a stopped or starved process) skips what was missed instead of sending it in a burst."
MAX_SLEEP_TICKS = 20
"100 ms: well below that, so that a stop is noticed even when nothing was due."
FAST_BUNCH = 150
SLOW_BUNCH = 4

Visit = Callable[[], None]


class MediaClock:
    """The time of the batch of packets being handled, read once per batch."""

    __slots__ = ("now", "samples")

    def __init__(self, now: float) -> None:
        self.now = now
        "Monotonic seconds."
        self.samples = int(now * 8000 + 0.5)
        "The same in units of the 8 kHz RTP clock."

    def set(self, now: float) -> None:
        """Move to ``now``."""
        self.now = now
        self.samples = int(now * 8000 + 0.5)


class Wheel:
    """Who is to be visited at which slot, each every so many slots.

    Lists are replaced, never changed, so a visit may add and remove visits, its own included; one removed while its
    slot is being worked through may still be visited once.

    :param slots: length of the wheel, a multiple of every period used on it.
    :param stride: use only slots that are a multiple of it, unless it does not divide the period.
    :param bunch: so many visits share a phase before another is begun.
    """

    __slots__ = ("_bunch", "_slots", "_stride", "_turns", "uneven")

    def __init__(self, slots: int, *, stride: int = 1, bunch: int = 1) -> None:
        self.uneven = 0
        "How many visits have a period that is no multiple of :data:`LONG_STRIDE` slots."
        self._stride = stride
        self._bunch = bunch
        self._slots: list[list[Visit]] = [[] for _ in range(slots)]
        self._turns: dict[Visit, tuple[int, int]] = {}

    def __len__(self) -> int:
        return len(self._turns)

    def add(self, visit: Visit, every: int) -> None:
        """Visit every ``every`` slots from now on, in a phase with room for it or else the emptiest."""
        self.remove(visit)
        slots = self._slots
        phase = fewest = -1
        for start in range(0, every, 1 if every % self._stride else self._stride):
            others = len(slots[start]) if every == len(slots) else max(map(len, slots[start::every]))
            if 0 < others < self._bunch:
                phase = start
                break
            if phase < 0 or others < fewest:
                phase, fewest = start, others
        self._turns[visit] = (phase, every)
        self.uneven += every % LONG_STRIDE > 0
        for slot in range(phase, len(slots), every):
            slots[slot] = [*slots[slot], visit]

    def remove(self, visit: Visit) -> None:
        """Visit no more; nothing happens when it was not on the wheel."""
        turn = self._turns.pop(visit, None)
        if turn is None:
            return
        phase, every = turn
        self.uneven -= every % LONG_STRIDE > 0
        for slot in range(phase, len(self._slots), every):
            self._slots[slot] = [other for other in self._slots[slot] if other != visit]

    def next(self, slot: int, limit: int) -> int:
        """Return the first slot number from ``slot`` on with anybody in it, at most ``limit``."""
        slots = self._slots
        size = len(slots)
        while slot < limit and not slots[slot % size]:
            slot += 1
        return slot

    def visits(self, slot: int) -> Sequence[Visit]:
        """Return whose turn slot number ``slot`` (any count, it wraps) is."""
        return self._slots[slot % len(self._slots)]


class Ticker:
    """Two wheels on one tick: packet times on the fast one, once-per-second work spread over the slow one."""

    FAST_SLOTS = 24  # 120 ms: a multiple of the packet times 10, 20, 30, 40 and 60 ms
    SLOW_EVERY = 4  # a slow slot is 20 ms
    SLOW_SLOTS = 40  # and comes round after 800 ms

    __slots__ = ("_origin", "_tick", "fast", "lagged", "slow")

    def __init__(self, now: float) -> None:
        self._origin = now
        self._tick = 0
        self.fast = Wheel(self.FAST_SLOTS, stride=STRIDE, bunch=FAST_BUNCH)
        self.slow = Wheel(self.SLOW_SLOTS, bunch=SLOW_BUNCH)
        self.lagged: Callable[[float], None] = lambda seconds: None
        "Called with the seconds skipped when the process was late beyond :data:`MAX_LAG_TICKS`."

    def pace(self, visit: Visit, period_ms: int) -> None:
        """Visit every ``period_ms`` (10, 20, 30, 40 or 60) milliseconds."""
        self.fast.add(visit, period_ms // 5)

    def look_after(self, visit: Visit) -> None:
        """Visit every 800 ms."""
        self.slow.add(visit, self.SLOW_SLOTS)

    def look_after_often(self, visit: Visit) -> None:
        """Visit every 200 ms."""
        self.slow.add(visit, self.SLOW_SLOTS // 4)

    @property
    def idle(self) -> bool:
        """Nobody waits for a tick."""
        return not self.fast and not self.slow

    def deadline(self, stride: int = 1) -> float:
        """Return when the next tick is due whose number is a multiple of ``stride``.

        Waking only then runs the ticks in between late, but always equally late, so packets keep their distance.
        """
        return self._origin + -(-self._tick // stride) * stride * TICK_S

    def due(self, stride: int = 1) -> float:
        """Return when a tick as in :meth:`deadline` is next due that has visits to make; never over 100 ms away."""
        tick = self._tick
        limit = tick + MAX_SLEEP_TICKS
        if self.fast:
            limit = self.fast.next(tick, limit)
        if self.slow:
            every = self.SLOW_EVERY
            limit = min(limit, every * self.slow.next(-(-tick // every), -(-limit // every)))
        return self._origin + -(-limit // stride) * stride * TICK_S

    def run(self, now: float) -> None:
        """Make every visit due up to ``now``."""
        current = int((now - self._origin) / TICK_S)
        tick = self._tick
        if current < tick:
            return
        if current - tick > MAX_LAG_TICKS:
            skipped = current - tick
            self._tick = tick = current
            self.lagged(skipped * TICK_S)
        while tick <= current:
            self._tick = tick + 1
            for visit in self.fast.visits(tick):
                visit()
            if not tick % self.SLOW_EVERY:
                for visit in self.slow.visits(tick // self.SLOW_EVERY):
                    visit()
            tick += 1
