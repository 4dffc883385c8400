"""Counters and gauges an operator watches, in Prometheus' terms."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram


class Metrics:
    """The server's own measurements; one instance per server, served at ``/metrics``."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.calls = Counter("callcenter_calls", "Calls ended, by outcome.", ["outcome"], registry=self.registry)
        self.calls_active = Gauge("callcenter_calls_active", "Calls in progress.", registry=self.registry)
        self.registrations = Gauge("callcenter_registrations", "Registered devices.", registry=self.registry)
        self.trunk_up = Gauge("callcenter_trunk_up", "1 when the trunk answers.", ["trunk"], registry=self.registry)
        self.sip_transactions = Gauge(
            "callcenter_sip_transactions", "SIP transactions alive, by side.", ["side"], registry=self.registry
        )
        self.sip_dialogs = Gauge("callcenter_sip_dialogs", "SIP dialogs alive.", registry=self.registry)
        self.sip_sessions = Gauge("callcenter_sip_sessions", "INVITE sessions not over.", registry=self.registry)
        self.sip_messages = Gauge(
            "callcenter_sip_messages", "What became of SIP messages since the start.", ["fate"], registry=self.registry
        )
        self.sip_bans = Gauge("callcenter_sip_bans", "Bans of sources and users in force.", registry=self.registry)
        self.media_legs = Gauge("callcenter_media_legs", "Open media legs.", registry=self.registry)
        self.loop_lag = Gauge("callcenter_loop_lag_seconds", "Delay of the control loop.", registry=self.registry)
        self.setup_seconds = Histogram(
            "callcenter_setup_seconds", "From INVITE to our 200.", registry=self.registry,
            buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5),
        )  # fmt: skip
        self.log_spooled = Gauge(
            "callcenter_log_rows_waiting", "Log rows not yet in the database.", registry=self.registry
        )
        self.media_worker_restarts = Gauge(
            "callcenter_media_worker_restarts", "Dead media workers replaced since the start.", registry=self.registry
        )
