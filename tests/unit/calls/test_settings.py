"""What the configuration file decides about calls."""

from __future__ import annotations

from callcenter.calls.settings import CallSettings
from callcenter.config import Config
from callcenter.server.settings import call_settings


def test_ringing_in_transfers_is_configured() -> None:
    config = Config.model_validate({"limits": {"transfer_ring": 12, "transferor_ring": 7}})
    settings = call_settings(config)
    assert (settings.transfer_ring_s, settings.transferor_ring_s) == (12, 7)


def test_call_control_is_configured() -> None:
    limits = {"transferor_rings": 3, "transferor_pause": 4, "consult_ring": 9, "reattach": 0}
    settings = call_settings(Config.model_validate({"limits": limits}))
    assert (settings.transferor_rings, settings.transferor_pause_s) == (3, 4)
    assert (settings.consult_ring_s, settings.reattach_s) == (9, 0)


def test_how_long_a_trunk_may_be_silent_is_configured() -> None:
    assert call_settings(Config.model_validate({"sip": {"trunk_answer": 3}})).trunk_silence_s == 3


def test_what_is_not_configured_is_as_calls_expect_it() -> None:
    given, usual = call_settings(Config()), CallSettings()
    rings = ("transfer_ring_s", "transferor_ring_s", "transferor_rings", "transferor_pause_s", "consult_ring_s")
    for name in (*rings, "reattach_s", "max_call_s", "max_transfers", "trunk_silence_s", "codecs"):
        assert getattr(given, name) == getattr(usual, name), name
