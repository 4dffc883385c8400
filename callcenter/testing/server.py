"""The real server under test: its own directory, free ports, its log, and every way of dying.

::

    with RunningServer(tmp_path, ServerOptions(flows=Path("ivr_flows"))) as server:
        report = place_call(PhoneCall("1900", port=server.sip_port))
        server.kill()       # SIGKILL
        server.start()      # the same directory and ports
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import secrets
import shutil
import signal
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Awaitable, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import yaml

from callcenter.accounts.extension import Extension, compute_credentials
from callcenter.accounts.people import FIRST_LOGIN
from callcenter.accounts.session import ApiToken, generate_token_secret, hash_secret
from callcenter.accounts.user import Role
from callcenter.base.ids import new_id
from callcenter.runtime.clock import SystemClock
from callcenter.storage.assembly import Storage, StorageSettings, open_storage
from callcenter.storage.database import Database
from callcenter.storage.repositories.accounts import UserTable
from callcenter.storage.repositories.calls import CallStory
from callcenter.storage.repositories.sessions import ApiTokenTable
from callcenter.testing.audio import Samples, write_wav
from callcenter.testing.call_log import CallLogReader
from callcenter.testing.processes import ProcessFailed, Program, free_ports
from callcenter.testing.sip_peer import SipPeer

_HOST = "127.0.0.1"


@dataclass(frozen=True)
class SipAccount:
    """A SIP account to create before the first start."""

    number: str
    "Its number: user name and address of record."
    password: str
    "Its digest password."
    store_id: str | None = None
    "The store it rings for; the store must be there, see :attr:`ServerOptions.seed`."


@dataclass(frozen=True)
class ServerOptions:
    """What server to run."""

    config: Mapping[str, Any] = field(default_factory=dict)
    "Merged over a loopback configuration, section by section."
    flows: Path | Mapping[str, Mapping[str, Any]] | None = None
    "A directory of flow files to copy, or flows by file stem."
    dids: Mapping[str, str] = field(default_factory=dict)
    "Which flow answers which number; by default each flow given as a mapping gets none."
    prompts: Mapping[str, Samples] = field(default_factory=dict)
    "Audio files that flows may play, by name without suffix, 8 kHz."
    tls: bool = False
    "Listen for TLS too, on :attr:`RunningServer.tls_port`, with a certificate of its own making."
    ipv6: bool = False
    "Listen on ``::1`` too, on the same ports."
    stores: Path | None = None
    "A CSV for ``callcenter stores import``, before the first start."
    customers: Path | None = None
    "A CSV for ``callcenter customers import``, before the first start."
    accounts: Sequence[SipAccount] = ()
    "SIP accounts, made before the first start."
    seed: Callable[[Storage], Awaitable[None]] | None = None
    "Fills the database before the first start: stores, customers, histories. Runs before ``accounts``."
    demo: bool = False
    "Start with ``--demo``: seeded stores, customers and the sample flow."
    rtp_ports: int = 400
    "Size of the RTP port range."
    ready_timeout: float = 30.0
    "Seconds it may take to answer."


class RunningServer:
    """``python -m callcenter serve`` in a directory of its own. Starts on entering, stops on leaving."""

    def __init__(self, directory: Path, options: ServerOptions | None = None) -> None:
        self.options = options or ServerOptions()
        "What it runs."
        self.directory = directory
        "Configuration, data, recordings and log."
        directory.mkdir(parents=True, exist_ok=True)
        self.sip_port, self.tls_port, self.http_port = free_ports(3)
        self.config_file = directory / "config.yaml"
        "The configuration it was started with."
        self.log_file = directory / "server.log"
        "Everything it printed, over all starts."
        self.recordings = directory / "recordings"
        "Where it puts recordings."
        self._program: Program | None = None
        self._prepared = False
        self._api_token: str | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    # Life

    def start(self) -> None:
        """Start it and wait until HTTP and SIP answer; raises :class:`ProcessFailed` with the end of the log."""
        if not self._prepared:
            self.prepare()
        command = [sys.executable, "-m", "callcenter", "serve", "--config", str(self.config_file)]
        self._program = Program([*command, *(["--demo"] if self.options.demo else [])], log=self.log_file)
        deadline = time.monotonic() + self.options.ready_timeout
        while not self.is_ready():
            if not self._program.is_running:
                raise ProcessFailed(f"the server ended with {self._program.wait(1)}\n{self.log()[-4000:]}")
            if time.monotonic() >= deadline:
                self._program.kill()
                raise ProcessFailed(
                    f"the server was not ready after {self.options.ready_timeout:g} s\n{self.log()[-4000:]}"
                )
            time.sleep(0.05)

    def prepare(self) -> None:
        """Write configuration and flows and import the data, once."""
        self._prepared = True
        flows = self.directory / "flows"
        flows.mkdir(exist_ok=True)
        self.recordings.mkdir(exist_ok=True)
        if isinstance(self.options.flows, Path):
            shutil.copytree(self.options.flows, flows, dirs_exist_ok=True)
        else:
            for name, flow in (self.options.flows or {}).items():
                (flows / f"{name}.json").write_text(json.dumps(flow, ensure_ascii=False, indent=2))
        prompts = self.directory / "prompts"
        prompts.mkdir(exist_ok=True)
        for name, samples in self.options.prompts.items():
            write_wav(prompts / f"{name}.wav", samples)
        self.config_file.write_text(yaml.safe_dump(self._configuration(), sort_keys=False, allow_unicode=True))
        if self.options.stores is not None:
            self.command("stores", "import", str(self.options.stores))
        if self.options.customers is not None:
            self.command("customers", "import", str(self.options.customers))
        if self.options.seed is not None or self.options.accounts:
            with ThreadPoolExecutor(1) as executor:  # The caller may be inside an event loop of its own.
                executor.submit(asyncio.run, self._seed()).result()

    def stop(self, timeout: float = 10.0) -> int:
        """SIGTERM, wait, SIGKILL what is left; return the exit code. Calls in progress are ended, not drained."""
        if self._program is None:
            return 0
        if self._program.is_running:
            self._program.process.send_signal(signal.SIGTERM)
            with contextlib.suppress(ProcessFailed):
                self._program.wait(timeout)
        return self._program.kill()

    def terminate(self) -> None:
        """SIGTERM and return at once: it drains."""
        assert self._program is not None, "start it first"
        self._program.process.send_signal(signal.SIGTERM)

    def wait(self, timeout: float) -> int:
        """Return its exit code once it has ended by itself."""
        assert self._program is not None, "start it first"
        return self._program.wait(timeout)

    def kill(self) -> None:
        """SIGKILL it and all its processes, as a power cut does."""
        if self._program is not None:
            self._program.kill()

    def restart(self) -> None:
        """Stop and start on the same directory and ports."""
        self.stop()
        self.start()

    def command(self, *arguments: str, timeout: float = 60.0) -> str:
        """Run ``callcenter ARGUMENTS --config FILE`` and return its output; raises when it fails."""
        log = self.directory / f"{'-'.join(arguments[:2]).replace('/', '_')}.log"
        log.unlink(missing_ok=True)
        program = Program(
            [sys.executable, "-m", "callcenter", *arguments, "--config", str(self.config_file)],
            log=log,
            environment={"COLUMNS": "200", "NO_COLOR": "1", "TERM": "dumb"},
        )
        code = program.wait(timeout)
        if code != 0:
            raise ProcessFailed(f"callcenter {' '.join(arguments)} ended with {code}\n{program.output()[-3000:]}")
        return program.output()

    # Observations

    @property
    def sip(self) -> tuple[str, int]:
        """Return its SIP address, UDP and TCP."""
        return _HOST, self.sip_port

    @property
    def url(self) -> str:
        """Return the base URL of its pages and API."""
        return f"http://{_HOST}:{self.http_port}"

    @property
    def pid(self) -> int:
        """Return the control process's id."""
        assert self._program is not None, "start it first"
        return self._program.pid

    @property
    def is_running(self) -> bool:
        """Tell whether the control process runs."""
        return self._program is not None and self._program.is_running

    def is_ready(self) -> bool:
        """Tell whether ``GET /healthz`` says 200 and an OPTIONS is answered."""
        try:
            with urllib.request.urlopen(f"{self.url}/healthz", timeout=1):
                pass
        except (OSError, urllib.error.URLError):
            return False
        return self.answers_options()

    def answers_options(self, timeout: float = 1.0) -> bool:
        """Tell whether a SIP OPTIONS over UDP gets any answer: the server is alive."""
        with SipPeer("udp", self.sip) as peer:
            peer.send(peer.request("OPTIONS", f"sip:{_HOST}:{self.sip_port}"))
            answer = peer.receive(timeout)
            return answer is not None and answer.is_response

    def get_json(self, path: str, *, headers: Mapping[str, str] | None = None, timeout: float = 5.0) -> Any:
        """Return the decoded answer to ``GET path``, asked as an administrator."""
        headers = {"Authorization": f"Bearer {self.api_token()}", **(headers or {})}
        request = urllib.request.Request(self.url + path, headers=headers)
        with urllib.request.urlopen(request, timeout=timeout) as answer:
            return json.load(answer)

    def api_token(self) -> str:
        """Return an API token of the administrator made at the first start, written into the database when asked."""
        if self._api_token is None:
            secret = generate_token_secret(secrets.token_bytes)
            with ThreadPoolExecutor(1) as executor:  # The caller may be inside an event loop of its own.
                executor.submit(asyncio.run, self._add_token(secret)).result()
            self._api_token = secret
        return self._api_token

    async def _add_token(self, secret: str) -> None:
        database = Database(str(yaml.safe_load(self.config_file.read_text())["database"]["url"]))
        now = SystemClock().utcnow()
        try:
            found = await UserTable(database).by_login(FIRST_LOGIN)
            assert found is not None, "start it first"
            token = ApiToken(
                id=new_id(now),
                secret_hash=hash_secret(secret),
                user_id=found[0].id,
                name="tests",
                role=Role.ADMIN,
                created_at=now,
            )
            await ApiTokenTable(database).add(token)
        finally:
            await database.close()

    def log(self) -> str:
        """Return everything it printed so far."""
        return self.log_file.read_text(errors="replace") if self.log_file.exists() else ""

    @property
    def call_log(self) -> CallLogReader:
        """Return a reader of its call log; it works whether the server runs or not."""
        return CallLogReader(str(yaml.safe_load(self.config_file.read_text())["database"]["url"]))

    def story_of(self, sip_call_id: str, *, timeout: float = 8.0) -> CallStory:
        """Return what the log says about the ended call whose caller used this SIP Call-ID."""
        return self.call_log.story_of(sip_call_id, timeout=timeout)

    def recorded(self) -> list[Path]:
        """Return the recordings so far, oldest first."""
        return sorted(self.recordings.rglob("*.wav"), key=lambda path: path.stat().st_mtime)

    # Inside

    async def _seed(self) -> None:
        config = yaml.safe_load(self.config_file.read_text())
        data = self.directory / "var"
        data.mkdir(exist_ok=True)
        storage = await open_storage(
            StorageSettings(url=config["database"]["url"], var_dir=data, recordings_dir=self.recordings)
        )
        try:
            if self.options.seed is not None:
                await self.options.seed(storage)
            realm = config["sip"].get("realm", "callcenter")
            for account in self.options.accounts:
                await storage.extensions.save(
                    Extension(number=account.number, name=account.number, store_id=account.store_id),
                    compute_credentials(account.number, realm, account.password),
                )
        finally:
            await storage.close()

    def _configuration(self) -> dict[str, Any]:
        rtp = free_ports(1, spacing=self.options.rtp_ports)[0]
        base: dict[str, Any] = {
            "paths": {"data": "var", "recordings": "recordings", "flows": "flows", "prompts": "prompts"},
            "database": {"url": f"sqlite+aiosqlite:///{self.directory / 'var' / 'callcenter.db'}"},
            "http": {"host": _HOST, "port": self.http_port},
            "sip": {
                "listen": [
                    {"transport": kind, "host": host, "port": self.tls_port if kind == "tls" else self.sip_port}
                    for host in (_HOST, *(("::1",) if self.options.ipv6 else ()))
                    for kind in ("udp", "tcp", *(("tls",) if self.options.tls else ()))
                ],
                "guard": {"trusted": ["127.0.0.0/8"]},
            },
            "media": {"host": _HOST, "ports": f"{rtp}-{rtp + self.options.rtp_ports - 1}", "workers": 1},
            "trunks": [{"name": "local", "kind": "ip", "allow": ["127.0.0.0/8"], "options_interval": 0}],
            "dids": [{"number": number, "flow": flow} for number, flow in self.options.dids.items()],
            "limits": {"drain_seconds": 1},
        }
        return _merge(base, self.options.config)


def _merge(base: dict[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(base)
    for key, value in over.items():
        below = merged.get(key)
        merged[key] = _merge(below, value) if isinstance(below, dict) and isinstance(value, Mapping) else value
    return merged
