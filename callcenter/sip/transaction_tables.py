"""The four transaction machines of RFC 3261 §17 with the corrections of RFC 6026, each as one table.

A transaction's state is written by its own class only, and only through these tables.
"""

from __future__ import annotations

from enum import Enum

from callcenter.base.fsm import TransitionTable


class InviteClientState(Enum):
    """States of figure 5 (RFC 6026 §8.4)."""

    CALLING = "calling"
    PROCEEDING = "proceeding"
    COMPLETED = "completed"
    ACCEPTED = "accepted"
    TERMINATED = "terminated"


class InviteClientInput(Enum):
    """What moves an INVITE client transaction."""

    PROVISIONAL = "1xx"
    SUCCESS = "2xx"
    FAILURE = "300-699"
    TIMER_B = "timer B"
    TIMER_D = "timer D"
    TIMER_M = "timer M"
    TRANSPORT_ERROR = "transport error"


class NonInviteClientState(Enum):
    """States of figure 6."""

    TRYING = "trying"
    PROCEEDING = "proceeding"
    COMPLETED = "completed"
    TERMINATED = "terminated"


class NonInviteClientInput(Enum):
    """What moves a non-INVITE client transaction."""

    PROVISIONAL = "1xx"
    FINAL = "200-699"
    TIMER_F = "timer F"
    TIMER_K = "timer K"
    TRANSPORT_ERROR = "transport error"


class InviteServerState(Enum):
    """States of figure 7 (RFC 6026 §8.7)."""

    PROCEEDING = "proceeding"
    COMPLETED = "completed"
    CONFIRMED = "confirmed"
    ACCEPTED = "accepted"
    TERMINATED = "terminated"


class InviteServerInput(Enum):
    """What moves an INVITE server transaction."""

    INVITE = "INVITE again"
    SEND_PROVISIONAL = "send 1xx"
    SEND_SUCCESS = "send 2xx"
    SEND_FAILURE = "send 300-699"
    ACK = "ACK"
    TIMER_H = "timer H"
    TIMER_I = "timer I"
    TIMER_L = "timer L"
    TRANSPORT_ERROR = "transport error"


class NonInviteServerState(Enum):
    """States of figure 8."""

    TRYING = "trying"
    PROCEEDING = "proceeding"
    COMPLETED = "completed"
    TERMINATED = "terminated"


class NonInviteServerInput(Enum):
    """What moves a non-INVITE server transaction."""

    REQUEST = "request again"
    SEND_PROVISIONAL = "send 1xx"
    SEND_FINAL = "send 200-699"
    TIMER_J = "timer J"
    UNANSWERED = "the sender gave up"
    TRANSPORT_ERROR = "transport error"


_ICS, _ICI = InviteClientState, InviteClientInput
INVITE_CLIENT = TransitionTable(
    "INVITE client transaction",
    _ICS.CALLING,
    {
        (_ICS.CALLING, _ICI.PROVISIONAL): _ICS.PROCEEDING,
        (_ICS.CALLING, _ICI.SUCCESS): _ICS.ACCEPTED,
        (_ICS.CALLING, _ICI.FAILURE): _ICS.COMPLETED,
        (_ICS.CALLING, _ICI.TIMER_B): _ICS.TERMINATED,
        (_ICS.CALLING, _ICI.TRANSPORT_ERROR): _ICS.TERMINATED,
        (_ICS.PROCEEDING, _ICI.PROVISIONAL): _ICS.PROCEEDING,
        (_ICS.PROCEEDING, _ICI.SUCCESS): _ICS.ACCEPTED,
        (_ICS.PROCEEDING, _ICI.FAILURE): _ICS.COMPLETED,
        (_ICS.PROCEEDING, _ICI.TIMER_B): _ICS.TERMINATED,
        (_ICS.PROCEEDING, _ICI.TRANSPORT_ERROR): _ICS.TERMINATED,
        (_ICS.COMPLETED, _ICI.FAILURE): _ICS.COMPLETED,
        (_ICS.COMPLETED, _ICI.TIMER_D): _ICS.TERMINATED,
        (_ICS.COMPLETED, _ICI.TRANSPORT_ERROR): _ICS.TERMINATED,
        (_ICS.ACCEPTED, _ICI.SUCCESS): _ICS.ACCEPTED,
        (_ICS.ACCEPTED, _ICI.TIMER_M): _ICS.TERMINATED,
    },
)

_NCS, _NCI = NonInviteClientState, NonInviteClientInput
NON_INVITE_CLIENT = TransitionTable(
    "Non-INVITE client transaction",
    _NCS.TRYING,
    {
        (_NCS.TRYING, _NCI.PROVISIONAL): _NCS.PROCEEDING,
        (_NCS.TRYING, _NCI.FINAL): _NCS.COMPLETED,
        (_NCS.TRYING, _NCI.TIMER_F): _NCS.TERMINATED,
        (_NCS.TRYING, _NCI.TRANSPORT_ERROR): _NCS.TERMINATED,
        (_NCS.PROCEEDING, _NCI.PROVISIONAL): _NCS.PROCEEDING,
        (_NCS.PROCEEDING, _NCI.FINAL): _NCS.COMPLETED,
        (_NCS.PROCEEDING, _NCI.TIMER_F): _NCS.TERMINATED,
        (_NCS.PROCEEDING, _NCI.TRANSPORT_ERROR): _NCS.TERMINATED,
        (_NCS.COMPLETED, _NCI.TIMER_K): _NCS.TERMINATED,
    },
)

_ISS, _ISI = InviteServerState, InviteServerInput
INVITE_SERVER = TransitionTable(
    "INVITE server transaction",
    _ISS.PROCEEDING,
    {
        (_ISS.PROCEEDING, _ISI.INVITE): _ISS.PROCEEDING,
        (_ISS.PROCEEDING, _ISI.SEND_PROVISIONAL): _ISS.PROCEEDING,
        (_ISS.PROCEEDING, _ISI.SEND_SUCCESS): _ISS.ACCEPTED,
        (_ISS.PROCEEDING, _ISI.SEND_FAILURE): _ISS.COMPLETED,
        (_ISS.PROCEEDING, _ISI.TRANSPORT_ERROR): _ISS.TERMINATED,
        (_ISS.COMPLETED, _ISI.INVITE): _ISS.COMPLETED,
        (_ISS.COMPLETED, _ISI.ACK): _ISS.CONFIRMED,
        (_ISS.COMPLETED, _ISI.TIMER_H): _ISS.TERMINATED,
        (_ISS.COMPLETED, _ISI.TRANSPORT_ERROR): _ISS.TERMINATED,
        (_ISS.CONFIRMED, _ISI.INVITE): _ISS.CONFIRMED,
        (_ISS.CONFIRMED, _ISI.ACK): _ISS.CONFIRMED,
        (_ISS.CONFIRMED, _ISI.TIMER_I): _ISS.TERMINATED,
        (_ISS.ACCEPTED, _ISI.INVITE): _ISS.ACCEPTED,
        (_ISS.ACCEPTED, _ISI.SEND_SUCCESS): _ISS.ACCEPTED,
        (_ISS.ACCEPTED, _ISI.ACK): _ISS.ACCEPTED,
        (_ISS.ACCEPTED, _ISI.TIMER_L): _ISS.TERMINATED,
    },
)

_NSS, _NSI = NonInviteServerState, NonInviteServerInput
NON_INVITE_SERVER = TransitionTable(
    "Non-INVITE server transaction",
    _NSS.TRYING,
    {
        (_NSS.TRYING, _NSI.REQUEST): _NSS.TRYING,
        (_NSS.TRYING, _NSI.SEND_PROVISIONAL): _NSS.PROCEEDING,
        (_NSS.TRYING, _NSI.SEND_FINAL): _NSS.COMPLETED,
        (_NSS.TRYING, _NSI.UNANSWERED): _NSS.TERMINATED,
        (_NSS.TRYING, _NSI.TRANSPORT_ERROR): _NSS.TERMINATED,
        (_NSS.PROCEEDING, _NSI.REQUEST): _NSS.PROCEEDING,
        (_NSS.PROCEEDING, _NSI.SEND_PROVISIONAL): _NSS.PROCEEDING,
        (_NSS.PROCEEDING, _NSI.SEND_FINAL): _NSS.COMPLETED,
        (_NSS.PROCEEDING, _NSI.UNANSWERED): _NSS.TERMINATED,
        (_NSS.PROCEEDING, _NSI.TRANSPORT_ERROR): _NSS.TERMINATED,
        (_NSS.COMPLETED, _NSI.REQUEST): _NSS.COMPLETED,
        (_NSS.COMPLETED, _NSI.TIMER_J): _NSS.TERMINATED,
        (_NSS.COMPLETED, _NSI.TRANSPORT_ERROR): _NSS.TERMINATED,
    },
)
