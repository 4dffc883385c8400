"""What each package is told of the configuration; packages themselves never read it."""

from __future__ import annotations

from ipaddress import ip_network

from callcenter.calls.registrar import RegistrarSettings
from callcenter.calls.settings import CallSettings, SrtpUse
from callcenter.calls.trunks import TrunkSettings
from callcenter.config import Config, LastStore, Trunk
from callcenter.crm.interaction import InteractionKind
from callcenter.crm.phone_number import normalise
from callcenter.ivr.flow_call import FlowSettings
from callcenter.media.settings import MediaSettings
from callcenter.routing.facts import LastStoreSettings, Mode, WhenMultiple
from callcenter.sip.settings import Credentials, EndpointSettings
from callcenter.sip.uri import parse_hostport
from callcenter.transport.settings import TlsFiles
from callcenter.transport.source_guard import GuardSettings

TRYING_DELAY_S = 0.1
"Most calls are answered or ring sooner and need no 100 Trying; the others get it well before they repeat the INVITE."


def endpoint_settings(config: Config) -> EndpointSettings:
    """Return what the configuration decides about the SIP endpoint."""
    session_timer = config.sip.session_timer
    return EndpointSettings(
        t1=config.sip.t1,
        user_agent=config.deployment.name,
        trying_delay=TRYING_DELAY_S,
        session_expires=session_timer.expires,
        min_se=session_timer.min_se,
        max_sessions=4 * config.sip.max_calls,
        max_transactions=max(20_000, 20 * config.sip.max_calls),
    )


def guard_settings(config: Config) -> GuardSettings:
    """Return what the configuration decides about strangers; trunks are none."""
    guard = config.sip.guard
    trusted = [*guard.trusted, *(str(network) for trunk in config.trunks for network in trunk.allow)]
    return GuardSettings(
        rate=guard.messages_per_second,
        burst=float(guard.burst),
        trusted=tuple(trusted),
        user_failures=guard.failures_before_ban,
        ban_s=guard.ban_seconds,
    )


def registrar_settings(config: Config) -> RegistrarSettings:
    """Return what the configuration decides about registrations."""
    register = config.sip.register_
    return RegistrarSettings(
        register.min_expires, register.default_expires, register.max_expires, register.max_contacts
    )


def flow_settings(config: Config) -> FlowSettings:
    """Return the limits that protect calls from their flows."""
    return FlowSettings(
        max_nodes=config.ivr.max_nodes,
        max_without_input_s=config.ivr.max_minutes_without_input * 60,
        lookup_budget_ms=config.last_store.budget_ms,
    )


def tls_files(config: Config) -> TlsFiles:
    """Return the certificate of SIP over TLS."""
    tls = config.sip.tls
    return TlsFiles(
        certificate=tls.certificate or config.paths.data / "sip-certificate.pem",
        private_key=tls.key or config.paths.data / "sip-key.pem",
        unverified_hosts=frozenset(host.lower() for host in tls.unverified_hosts),
    )


def media_settings(config: Config) -> MediaSettings:
    """Return what the configuration decides about media workers."""
    media = config.media
    low, high = media.port_range
    return MediaSettings(
        workers=media.workers,
        host=media.host or "0.0.0.0",
        port_min=low,
        port_max=high,
        media_timeout_s=media.timeout,
        hold_timeout_s=media.timeout_on_hold,
    )


def call_settings(config: Config) -> CallSettings:
    """Return what the configuration decides about calls."""
    return CallSettings(
        realm=config.sip.realm,
        media_host=config.media.host,
        media_public_host=config.media.public_host,
        signalling_ports=frozenset(address.port for address in config.sip.listen),
        codecs=config.media.codecs,
        srtp=SrtpUse(config.media.srtp),
        record=config.recording.enabled,
        record_ivr=config.recording.when == "always",
        recordings=config.paths.recordings,
        max_call_s=config.limits.max_call_minutes * 60,
        max_transfers=config.limits.max_transfers,
        transfer_ring_s=config.limits.transfer_ring,
        transferor_ring_s=config.limits.transferor_ring,
        transferor_rings=config.limits.transferor_rings,
        transferor_pause_s=config.limits.transferor_pause,
        consult_ring_s=config.limits.consult_ring,
        reattach_s=config.limits.reattach,
        trunk_silence_s=config.sip.trunk_answer,
        language=config.deployment.language,
    )


def last_store_settings(rule: LastStore) -> LastStoreSettings:
    """Return the last-store rule as routing knows it."""
    return LastStoreSettings(
        mode=Mode.SCORED if rule.mode == "score" else Mode.LAST,
        window_days=rule.window_days,
        half_life_days=rule.half_life_days,
        weights={kind: getattr(rule.weights, kind.value) for kind in InteractionKind},
        min_talk_s=rule.min_talk,
        excluded_dispositions=frozenset(rule.excluded_dispositions),
        shared_numbers=frozenset(filter(None, map(normalise, rule.shared_numbers))),
        when_multiple=WhenMultiple.ASK if rule.when_multiple == "ask" else WhenMultiple.MOST_RECENT,
        try_last_agent=rule.try_last_agent,
        agent_ring_s=rule.agent_ring,
        store_ring_s=rule.store_ring,
        sister_ring_s=rule.sister_ring,
        region_ring_s=rule.region_ring,
        region_stores_tried=rule.region_stores,
        max_expected_wait_s=rule.max_expected_wait,
        only_that_store=rule.only_that_store,
        only_that_store_s=rule.only_that_store_seconds,
        ring_store_numbers=rule.ring_store_numbers,
    )


def trunk_settings(trunk: Trunk) -> TrunkSettings:
    """Return a trunk of the configuration as calls know it."""
    host, port = _host_and_port(trunk.host)
    credentials = None
    if trunk.username is not None and trunk.password is not None:
        credentials = Credentials(trunk.username, trunk.password.get_secret_value(), trunk.realm)
    return TrunkSettings(
        name=trunk.name,
        kind=trunk.kind,
        host=host,
        port=port,
        transport=trunk.transport,
        allow=tuple(ip_network(network) for network in trunk.allow),
        credentials=credentials,
        register_expires=trunk.register_expires,
        caller_id=trunk.caller_id,
        options_interval=trunk.options_interval,
        max_calls=trunk.max_calls,
        trust_identity=trunk.trust_identity,
    )


def _host_and_port(text: str | None) -> tuple[str | None, int | None]:
    if text is None:
        return None, None
    host, port = parse_hostport(text)
    return host.strip("[]"), port
