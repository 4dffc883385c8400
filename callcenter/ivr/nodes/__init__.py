"""The node types this product ships, one module each."""

from __future__ import annotations

from callcenter.ivr.nodes.business_hours import BusinessHoursNode
from callcenter.ivr.nodes.callback import CallbackNode
from callcenter.ivr.nodes.collect_digits import CollectDigitsNode
from callcenter.ivr.nodes.condition import ConditionNode
from callcenter.ivr.nodes.customer_lookup import CustomerLookupNode
from callcenter.ivr.nodes.dial import DialNode
from callcenter.ivr.nodes.goto_flow import GotoFlowNode
from callcenter.ivr.nodes.hangup import HangupNode
from callcenter.ivr.nodes.http_request import HttpRequestNode
from callcenter.ivr.nodes.language import LanguageNode
from callcenter.ivr.nodes.last_store import LastStoreNode
from callcenter.ivr.nodes.log_tag import LogTagNode
from callcenter.ivr.nodes.menu import MenuNode
from callcenter.ivr.nodes.note import NoteNode
from callcenter.ivr.nodes.play import PlayNode
from callcenter.ivr.nodes.queue import QueueNode
from callcenter.ivr.nodes.return_node import ReturnNode
from callcenter.ivr.nodes.say import SayNode
from callcenter.ivr.nodes.set_variable import SetVariableNode
from callcenter.ivr.nodes.start import StartNode
from callcenter.ivr.nodes.sub_flow import SubFlowNode
from callcenter.ivr.nodes.voicemail import VoicemailNode
from callcenter.ivr.registry import AnyNodeType

NODE_TYPES: tuple[AnyNodeType, ...] = (
    StartNode(),
    NoteNode(),
    PlayNode(),
    SayNode(),
    MenuNode(),
    CollectDigitsNode(),
    LanguageNode(),
    ConditionNode(),
    BusinessHoursNode(),
    SetVariableNode(),
    CustomerLookupNode(),
    LastStoreNode(),
    HttpRequestNode(),
    LogTagNode(),
    DialNode(),
    QueueNode(),
    CallbackNode(),
    VoicemailNode(),
    GotoFlowNode(),
    SubFlowNode(),
    ReturnNode(),
    HangupNode(),
)
"In the order of the palette."
