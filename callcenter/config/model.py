"""Every section and key of ``config.yaml``, with bounds and defaults."""

from __future__ import annotations

import ipaddress
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    model_validator,
)
from pydantic_settings import BaseSettings, EnvSettingsSource, PydanticBaseSettingsSource, SettingsConfigDict

from callcenter.routing.queue_form import InvalidQueueSettings, read_settings

ENV_PREFIX = "CALLCENTER_"


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ValueError(f"unknown time zone {name!r}") from error
    return name


def _off(value: object) -> object:
    """Undo YAML, for which an unquoted ``off`` is false."""
    return "off" if value is False else value


def _network(text: str) -> str:
    return str(ipaddress.ip_network(text, strict=False))


def _queue_settings(values: dict[str, Any]) -> dict[str, Any]:
    try:
        read_settings(values)
    except InvalidQueueSettings as error:
        raise ValueError(str(error)) from None
    return values


Zone = Annotated[str, AfterValidator(_known_zone)]
Network = Annotated[str, AfterValidator(_network)]
Port = Annotated[int, Field(ge=0, le=65535)]
Seconds = Annotated[float, Field(ge=0)]
Weight = Annotated[float, Field(ge=0, le=10)]
Name = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_.-]+$")]


class Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True)


class Deployment(Section):
    name: str = "callcenter"
    "Shown to people: page title, SIP Server header."
    timezone: Zone = "Asia/Ho_Chi_Minh"
    "Zone in which hours, dates and reports are meant; everything is stored in UTC."
    country: Annotated[str, Field(pattern=r"^[A-Z]{2}$")] = "VN"
    "ISO 3166 region for phone numbers and public holidays."
    language: Literal["vi", "en"] = "vi"
    "Language of prompts and messages when nothing else decides."


class Paths(Section):
    data: Path = Path("var")
    "Database, keys, caches, spool."
    recordings: Path = Path("recordings")
    flows: Path = Path("ivr_flows")
    prompts: Path = Path("prompts")
    "Audio files that flows name; a missing directory means that flows only speak text."


class Database(Section):
    url: str = "sqlite+aiosqlite:///var/callcenter.db"
    "SQLAlchemy URL: sqlite+aiosqlite:///PATH or postgresql+asyncpg://USER:PASSWORD@HOST/NAME."

    @model_validator(mode="after")
    def _driver(self) -> Self:
        if not self.url.startswith(("sqlite+aiosqlite://", "postgresql+asyncpg://")):
            raise ValueError("must begin with sqlite+aiosqlite:// or postgresql+asyncpg://")
        return self


class Http(Section):
    host: str = "127.0.0.1"
    port: Port = 8080
    public_url: Annotated[str, Field(pattern=r"^https?://[^/\s]+/?$")] | None = None
    "Where browsers reach the pages when it differs from the Host header they send; with https cookies are Secure."
    trusted_proxies: tuple[Network, ...] = ()
    "Proxies whose X-Forwarded-For and X-Forwarded-Proto are believed."
    metrics: Literal["local", "admin"] = "local"
    "Who may read /metrics: local: programs on this machine and administrators; admin: administrators only."
    session_idle_minutes: Annotated[int, Field(ge=5, le=1440)] = 240
    "A session without requests ends after this."
    session_hours: Annotated[int, Field(ge=1, le=168)] = 24
    "A session ends after this whatever happens."


class SipListen(Section):
    transport: Literal["udp", "tcp", "tls"]
    host: str = "0.0.0.0"
    port: Port = 5060


class Tls(Section):
    certificate: Path | None = None
    "PEM file; when missing, a self-signed one is made under paths.data."
    key: Path | None = None
    unverified_hosts: tuple[str, ...] = ()
    "TLS peers whose certificate is not checked when we connect to them."


class Register(Section):
    min_expires: Annotated[int, Field(ge=1)] = 60
    default_expires: Annotated[int, Field(ge=1)] = 300
    max_expires: Annotated[int, Field(ge=1)] = 3600
    max_contacts: Annotated[int, Field(ge=1, le=100)] = 10
    nonce_lifetime: Annotated[int, Field(ge=5, le=300)] = 300


class SessionTimer(Section):
    expires: Annotated[int, Field(ge=90)] = 1800
    min_se: Annotated[int, Field(ge=90)] = 90


class Guard(Section):
    """Defence against floods and scanners, per source address."""

    messages_per_second: Annotated[float, Field(gt=0)] = 100
    burst: Annotated[int, Field(ge=1)] = 200
    failures_before_ban: Annotated[int, Field(ge=1)] = 20
    ban_seconds: Seconds = 300
    trusted: tuple[Network, ...] = ()
    "Networks never limited nor banned (your own SBC). Trunk addresses are always exempt from the rate limit."


class Sip(Section):
    listen: Annotated[tuple[SipListen, ...], Field(min_length=1)] = (
        SipListen(transport="udp"),
        SipListen(transport="tcp"),
    )
    realm: Name = "callcenter"
    "Digest realm and domain of extensions. Changing it makes every phone's password invalid."
    public_host: str | None = None
    "Address phones and carriers reach us at when it differs from the local one (behind NAT)."
    digest_algorithms: Annotated[tuple[Literal["MD5", "SHA-256"], ...], Field(min_length=1)] = ("MD5",)
    "What phones are challenged with, and nothing else is accepted from them."
    tls: Tls = Tls()
    register_: Register = Field(default=Register(), alias="register")
    session_timer: SessionTimer = SessionTimer()
    guard: Guard = Guard()
    max_calls: Annotated[int, Field(ge=1)] = 500
    "New calls beyond this get 503 with Retry-After."
    max_loop_lag: Seconds = 0.4
    "Seconds the control loop may lag before new calls are refused."
    trunk_answer: Annotated[float, Field(gt=0)] = 5
    "Seconds a trunk may leave an INVITE without any response before the next trunk is tried."
    t1: Annotated[float, Field(gt=0)] = 0.5
    "RFC 3261 timer T1, seconds."


class Media(Section):
    host: str | None = None
    "Local address RTP is bound to; by default the address the SIP peer reached us at."
    public_host: str | None = None
    "Address written into SDP when it differs (behind NAT)."
    ports: Annotated[str, Field(pattern=r"^\d{1,5}-\d{1,5}$")] = "10000-20000"
    workers: Annotated[int, Field(ge=0, le=64)] = 0
    "Media worker processes; 0 means one per processor core."
    codecs: tuple[Literal["PCMA", "PCMU"], ...] = ("PCMA", "PCMU")
    srtp: Annotated[Literal["off", "accept", "require"], BeforeValidator(_off)] = "accept"
    "SRTP with keys in the session description, for phones and trunks on TLS. Browsers always use DTLS."
    timeout: Seconds = 30
    "Seconds without any RTP after which a leg is treated as hung up."
    timeout_on_hold: Seconds = 300

    @property
    def port_range(self) -> tuple[int, int]:
        low, _, high = self.ports.partition("-")
        return int(low), int(high)

    @model_validator(mode="after")
    def _range(self) -> Self:
        low, high = self.port_range
        if not 1024 <= low < high <= 65535:
            raise ValueError("ports must be LOW-HIGH with 1024 <= LOW < HIGH <= 65535")
        return self


class Recording(Section):
    enabled: bool = True
    when: Literal["answered", "always"] = "answered"
    "answered: from the moment a person speaks; always: the IVR too."


class Trunk(Section):
    """A carrier or PBX that brings calls in and takes calls out."""

    name: Name
    kind: Literal["ip", "register", "peer"]
    "ip: known by address; register: we register at the carrier; peer: the other side registers at us."
    host: str | None = None
    "Where requests are sent: host or host:port; needed for ip (outbound) and register."
    transport: Literal["udp", "tcp", "tls"] = "udp"
    allow: tuple[Network, ...] = ()
    "Networks whose INVITEs are taken as coming from this trunk."
    username: str | None = None
    password: SecretStr | None = None
    realm: str | None = None
    "Digest realm the carrier is allowed to challenge with; others are not answered."
    register_expires: Annotated[int, Field(ge=30)] = 300
    caller_id: str | None = None
    "Number shown on outbound calls when the caller has none of their own."
    options_interval: Seconds = 30
    "Seconds between OPTIONS health checks; 0 turns them off."
    max_calls: Annotated[int, Field(ge=1)] = 200
    trust_identity: bool = True
    "Believe P-Asserted-Identity from this trunk."

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.kind == "ip" and not (self.allow or self.host):
            raise ValueError("an ip trunk needs allow (networks) or host")
        if self.kind == "register" and not (self.host and self.username and self.password):
            raise ValueError("a register trunk needs host, username and password")
        if self.kind == "peer" and not (self.username and self.password):
            raise ValueError("a peer trunk needs the username and password that the other side registers with")
        return self


class Did(Section):
    """A number the world dials, and the flow that answers it."""

    number: Annotated[str, Field(pattern=r"^\+?[0-9*#]{2,20}$")]
    flow: Name
    trunk: Name | None = None
    "Only from this trunk; any when missing."


class OutboundRule(Section):
    """Which numbers may be dialled out, and over which trunks, first to last."""

    pattern: Annotated[str, Field(pattern=r"^\+?[0-9]*$")]
    "Leading digits in E.164 (+84...); an empty pattern matches everything."
    trunks: Annotated[tuple[Name, ...], Field(min_length=1)]
    max_calls: Annotated[int, Field(ge=0)] = 50


class ContactWeights(Section):
    """How much each kind of contact counts; 0 switches a kind off."""

    call_in_answered: Weight = 1.0
    purchase: Weight = 1.0
    service_order: Weight = 1.0
    ticket: Weight = 0.8
    call_out_answered: Weight = 0.6
    call_out_unanswered: Weight = 0.2


class LastStore(Section):
    """Which store a caller is put through to. A flow's own settings win over mode, window_days and budget_ms."""

    mode: Literal["last", "score"] = "last"
    window_days: Annotated[int, Field(ge=1)] = 90
    half_life_days: Annotated[float, Field(gt=0)] = 30
    weights: ContactWeights = ContactWeights()
    min_talk: Seconds = 10
    "Answered calls shorter than this do not count."
    excluded_dispositions: tuple[str, ...] = ("wrong_number", "spam")
    shared_numbers: tuple[str, ...] = ()
    "Numbers of other companies' switchboards: many people, no history."
    when_multiple: Literal["most_recent", "ask"] = "most_recent"
    "Several customers with different stores share the number."
    budget_ms: Annotated[int, Field(ge=10, le=800)] = 300
    try_last_agent: bool = True
    agent_ring: Seconds = 15
    store_ring: Seconds = 20
    sister_ring: Seconds = 20
    region_ring: Seconds = 20
    region_stores: Annotated[int, Field(ge=0, le=20)] = 2
    central_ring: Seconds = 60
    max_expected_wait: Seconds = 60
    only_that_store: bool = False
    only_that_store_seconds: Seconds = 60
    ring_store_numbers: bool = False


class Ivr(Section):
    max_nodes: Annotated[int, Field(ge=10)] = 500
    max_minutes_without_input: Annotated[float, Field(gt=0)] = 10
    http_allow: tuple[str, ...] = ()
    "Internal hosts (host or host:port) that http_request nodes may reach in spite of the private-address block."


class Speech(Section):
    voices: dict[Literal["vi", "en"], str] = {"vi": "vi", "en": "en-us"}
    "espeak-ng voice per language."
    words_per_minute: Annotated[int, Field(ge=80, le=300)] = 150


class Logging(Section):
    level: Literal["debug", "info", "warning", "error"] = "info"
    format: Literal["console", "json"] = "console"


class Limits(Section):
    max_call_minutes: Annotated[float, Field(gt=0)] = 240
    drain_seconds: Seconds = 30
    "How long SIGTERM waits for calls in progress before they are ended."
    max_transfers: Annotated[int, Field(ge=0)] = 5
    transfer_ring: Annotated[float, Field(gt=0)] = 30
    "Seconds the target of a blind transfer is rung."
    transferor_ring: Annotated[float, Field(gt=0)] = 20
    "Seconds a transferor who hung up is rung back when the target did not answer."
    transferor_rings: Annotated[int, Field(ge=1, le=10)] = 2
    "How often."
    transferor_pause: Seconds = 10
    "Seconds between two times."
    consult_ring: Annotated[float, Field(gt=0)] = 15
    "Seconds somebody whom an agent consults or invites is rung."
    reattach: Seconds = 30
    "Seconds the others wait for an agent whose browser is gone; 0 does not wait."


class Queues(Section):
    """What all queues have in common."""

    defaults: Annotated[dict[str, Any], AfterValidator(_queue_settings)] = {}
    "Settings of queues that say nothing else, by the names in docs/reference/queue-settings.md."


class Config(BaseSettings):
    """The whole of ``config.yaml``."""

    model_config = SettingsConfigDict(
        extra="forbid", frozen=True, env_prefix=ENV_PREFIX, env_nested_delimiter="__", validate_default=True
    )

    deployment: Deployment = Deployment()
    paths: Paths = Paths()
    database: Database = Database()
    http: Http = Http()
    sip: Sip = Sip()
    media: Media = Media()
    recording: Recording = Recording()
    trunks: tuple[Trunk, ...] = ()
    dids: tuple[Did, ...] = ()
    outbound: tuple[OutboundRule, ...] = ()
    last_store: LastStore = LastStore()
    queues: Queues = Queues()
    ivr: Ivr = Ivr()
    speech: Speech = Speech()
    logging: Logging = Logging()
    limits: Limits = Limits()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return EnvSettingsSource(settings_cls), init_settings

    @model_validator(mode="after")
    def _references(self) -> Self:
        names = [trunk.name for trunk in self.trunks]
        if len(names) != len(set(names)):
            raise ValueError("trunks: two trunks have the same name")
        for did in self.dids:
            if did.trunk is not None and did.trunk not in names:
                raise ValueError(f"dids: number {did.number} names the unknown trunk {did.trunk!r}")
        for rule in self.outbound:
            for trunk in rule.trunks:
                if trunk not in names:
                    raise ValueError(f"outbound: pattern {rule.pattern!r} names the unknown trunk {trunk!r}")
        return self
