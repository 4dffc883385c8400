from enum import Enum, auto

import pytest

from callcenter.base.errors import IllegalTransition
from callcenter.base.fsm import TransitionTable


class Lamp(Enum):
    OFF = auto()
    ON = auto()
    BROKEN = auto()


class Push(Enum):
    SWITCH = auto()
    HAMMER = auto()


TABLE = TransitionTable(
    "lamp",
    Lamp.OFF,
    {
        (Lamp.OFF, Push.SWITCH): Lamp.ON,
        (Lamp.ON, Push.SWITCH): Lamp.OFF,
        (Lamp.ON, Push.HAMMER): Lamp.BROKEN,
    },
)


def test_listed_input_moves_on() -> None:
    assert TABLE.next(Lamp.OFF, Push.SWITCH) is Lamp.ON


def test_unlisted_input_raises_and_names_state_and_input() -> None:
    with pytest.raises(IllegalTransition, match="lamp: HAMMER is not allowed in OFF"):
        TABLE.next(Lamp.OFF, Push.HAMMER)


def test_drawing_marks_start_and_end() -> None:
    assert TABLE.to_mermaid() == (
        "stateDiagram-v2\n    [*] --> OFF\n    OFF --> ON: SWITCH\n    ON --> OFF: SWITCH\n"
        "    ON --> BROKEN: HAMMER\n    BROKEN --> [*]\n"
    )


def test_rows_are_listed_in_order_and_can_be_asked_for() -> None:
    assert TABLE.rows()[0] == (Lamp.OFF, Push.SWITCH, Lamp.ON)
    assert TABLE.allows(Lamp.ON, Push.HAMMER)
    assert not TABLE.allows(Lamp.BROKEN, Push.SWITCH)
