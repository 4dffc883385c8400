"""The command line, command by command, on an empty deployment of its own."""

from __future__ import annotations

import asyncio
import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from callcenter import cli
from callcenter.accounts.audit import AuditFilter
from callcenter.accounts.people import LastAdmin
from callcenter.base.errors import CallcenterError
from callcenter.calls.cdr import CallRecord, Direction, FinishedCall, HangupCause, HangupSide, Outcome
from callcenter.cli import parts
from callcenter.config import load_config
from callcenter.crm.store import Store
from callcenter.storage.assembly import Storage, StorageSettings, open_storage
from tests.unit.ivr.timeline import flow_document, node, said

SOUND = flow_document(node("hello", "play", {"next": "end"}, prompts=said("xin chào")), flow_id="sound")
FAULTY = flow_document(
    node("hello", "play", {"next": "end"}, prompts=said("xin chào")),
    node("lonely", "play", {"next": "end"}, prompts=said("nobody comes here")),
    node("asks", "condition", {}, expression="nonsense ++"),
    flow_id="faulty",
)


class Deployment:
    """A directory with a configuration, and the commands run in it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.config = path / "config.yaml"
        (path / "ivr_flows").mkdir()
        self.config.write_text(
            "paths: {data: var, recordings: recordings, flows: ivr_flows}\n"
            "database: {url: 'sqlite+aiosqlite:///var/callcenter.db'}\n"
            "dids:\n  - {number: '1900', flow: sound}\n"
        )
        self.flow("sound.json", SOUND)

    def flow(self, name: str, document: dict[str, Any]) -> Path:
        path = self.path / "ivr_flows" / name
        path.write_text(json.dumps(document))
        return path

    def file(self, name: str, text: str) -> Path:
        path = self.path / name
        path.write_text(text, encoding="utf-8")
        return path

    def run(self, *arguments: str | Path, words: str | None = None) -> Result:
        return CliRunner(env={"COLUMNS": "200"}).invoke(
            cli.app, [*map(str, arguments), "--config", str(self.config)], input=words
        )

    def storage(self, work: Any) -> Any:
        """Do ``work`` with the deployment's storage."""
        config = load_config(self.config)

        async def run() -> Any:
            storage = await open_storage(
                StorageSettings(
                    url=config.database.url, var_dir=config.paths.data, recordings_dir=config.paths.recordings
                ),
                close_interrupted=False,
            )
            try:
                return await work(storage)
            finally:
                await storage.close()

        return asyncio.run(run())


@pytest.fixture(scope="module")
def module_deployment(tmp_path_factory: pytest.TempPathFactory) -> Deployment:
    """One for all tests that change nothing others look at; opening a database takes a while."""
    deployment = Deployment(tmp_path_factory.mktemp("deployment"))
    (deployment.path / "var").mkdir()
    return deployment


@pytest.fixture
def place(module_deployment: Deployment, monkeypatch: pytest.MonkeyPatch) -> Deployment:
    for console in (parts.console, parts.errors):
        monkeypatch.setattr(console, "_width", 200)
    return module_deployment


def test_check_of_a_sound_deployment(place: Deployment) -> None:
    result = place.run("check")
    assert (result.exit_code, "1 flows in" in result.output) == (0, True)


def test_check_names_what_is_wrong(place: Deployment) -> None:
    faulty = place.flow("faulty.json", FAULTY)
    try:
        result = place.run("check")
    finally:
        faulty.unlink()
    assert result.exit_code == 1
    assert "faulty.json" in result.output
    assert "asks" in result.output


def test_check_names_a_number_without_its_flow(tmp_path: Path) -> None:
    place = Deployment(tmp_path)
    (tmp_path / "ivr_flows" / "sound.json").unlink()
    result = place.run("check")
    assert result.exit_code == 1
    assert "number 1900 names the flow 'sound', which is missing or refused" in " ".join(result.output.split())


def test_a_wrong_configuration_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "config.yaml"
    config.write_text("http:\n  port: none\n")
    monkeypatch.setattr("sys.argv", ["callcenter", "check", "-c", str(config)])
    with pytest.raises(SystemExit) as stopped:
        cli.main()
    assert stopped.value.code == 1
    error = capsys.readouterr().err
    assert "http.port" in error
    assert "Traceback" not in error


def test_flow_validate_of_a_sound_file(place: Deployment) -> None:
    result = CliRunner().invoke(cli.app, ["flow", "validate", str(place.path / "ivr_flows" / "sound.json")])
    assert (result.exit_code, "valid" in result.output) == (0, True)


def test_flow_validate_names_the_node(place: Deployment) -> None:
    path = place.file("faulty.json", json.dumps(FAULTY))
    result = CliRunner(env={"COLUMNS": "200"}).invoke(cli.app, ["flow", "validate", str(path)])
    assert result.exit_code == 1
    assert "error" in result.output
    assert "asks" in result.output


def test_flow_validate_of_a_missing_file() -> None:
    result = CliRunner().invoke(cli.app, ["flow", "validate", "/nowhere/x.json"])
    assert result.exit_code != 0
    assert isinstance(result.exception, CallcenterError)
    assert str(result.exception) == "/nowhere/x.json: No such file or directory"


STORES = "code,name,hours,region\nHN-01,Cầu Giấy,T2-CN 08:00-21:00,north\nHN-02,Hoàn Kiếm,24/7,north\n"
CUSTOMERS = (
    "code,name,phone,contact_at,contact_store\n"
    "KH1,An,0912345678,2026-01-02,HN-01\n"
    "KH2,Bình,0987654321,2026-01-03,HN-02\n"
)


def test_imports_dry_then_real_then_again(place: Deployment) -> None:
    stores, customers = place.file("stores.csv", STORES), place.file("customers.csv", CUSTOMERS)
    dry = place.run("stores", "import", stores, "--dry-run")
    assert dry.exit_code == 0, dry.output
    assert "2 lines: 2 would be created, 0 would be updated, 0 unchanged, 0 contacts, 0 refused" in dry.output
    assert place.storage(_store_codes) == []
    assert "2 lines: 2 created" in place.run("stores", "import", stores).output
    assert place.storage(_store_codes) == ["HN-01", "HN-02"]
    assert "2 created, 0 updated, 0 unchanged, 2 contacts" in place.run("customers", "import", customers).output
    assert "0 created, 0 updated, 2 unchanged" in place.run("customers", "import", customers).output


async def _store_codes(storage: Storage) -> list[str]:
    return [store.code for store in await storage.stores.all()]


def test_refused_lines_are_named_and_kept(place: Deployment) -> None:
    path = place.file("bad.csv", "code,name,hours\nZZ-1,Good,24/7\nZZ-2,Bad,whenever\n")
    result = place.run("stores", "import", path, "--dry-run")
    assert result.exit_code == 1
    assert "1 refused" in result.output
    assert "line 3" in result.output
    assert "whenever" in path.with_suffix(".errors.csv").read_text(encoding="utf-8")


def test_a_missing_import_file(place: Deployment) -> None:
    result = place.run("customers", "import", place.path / "nowhere.csv")
    assert isinstance(result.exception, CallcenterError)


def test_extensions_add_shows_the_password_once(place: Deployment) -> None:
    result = place.run("extensions", "add", "771", "--name", "Quầy 1")
    assert result.exit_code == 0, result.output
    password = result.output.strip().rpartition("password ")[2]
    assert len(password) >= 20

    async def stored(storage: Storage) -> Any:
        return storage.directory.credentials("771")

    credentials = place.storage(stored)
    assert credentials.ha1_md5 != password
    raw = b"".join(path.read_bytes() for path in (place.path / "var").glob("callcenter.db*"))
    assert password.encode() not in raw


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("abc",), "an extension is 2 to 10 digits"),
        (("772", "--secret", "short"), "too easy to guess"),
        (("772", "--store", "NOPE"), "there is no store with code 'NOPE'"),
    ],
)
def test_extensions_that_are_refused(place: Deployment, arguments: tuple[str, ...], message: str) -> None:
    result = place.run("extensions", "add", *arguments)
    assert isinstance(result.exception, CallcenterError)
    assert message in str(result.exception)


def test_users_add(place: Deployment) -> None:
    result = place.run("users", "add", "Lan", "--role", "supervisor", words="a long enough password\n")
    assert result.exit_code == 0, result.output
    again = place.run("users", "add", "lan", words="a long enough password\n")
    assert "there is already a user 'lan'" in str(again.exception)

    async def stored(storage: Storage) -> Any:
        return await storage.users.by_login("lan")

    user, _password_hash = place.storage(stored)
    assert user.role.value == "supervisor"


def test_users_add_refuses_a_weak_password(place: Deployment) -> None:
    assert isinstance(place.run("users", "add", "weak", words="abc\n").exception, CallcenterError)


def test_users_are_given_stores_and_extensions_and_listed(place: Deployment) -> None:
    async def one_store(storage: Storage) -> None:
        await storage.stores.save(Store(id="s-vt", code="VT-07", name="Vũng Tàu"))

    place.storage(one_store)
    words = "a long enough password\n"
    refused = place.run("users", "add", "mai", "--store", "XX-99", words=words)
    assert "there is no store with code 'XX-99'" in str(refused.exception)
    place.run("users", "add", "mai", "--store", "VT-07", "--extension", "2001", "--name", "Mai", words=words)
    assert ["mai", "Mai", "agent", "2001", "yes"] in [
        line.split() for line in place.run("users", "list").output.split("\n")
    ]


def test_users_get_new_passwords_and_are_locked_out(place: Deployment) -> None:
    place.run("users", "add", "boss", "--role", "admin", words="a long enough password\n")
    place.run("users", "add", "nga", words="a long enough password\n")
    shown = place.run("users", "set-password", "Nga", "--generate").output
    assert re.fullmatch(r"user nga has a new password, password [a-z2-9]{4}(-[a-z2-9]{4}){4}", shown.strip())
    assert place.run("users", "set-password", "nga", words="another long one\n").exit_code == 0
    assert "there is no user 'tu'" in str(place.run("users", "deactivate", "tu").exception)
    assert place.run("users", "deactivate", "nga").exit_code == 0
    assert isinstance(place.run("users", "deactivate", "boss").exception, LastAdmin)

    async def seen(storage: Storage) -> Any:
        entries, _ = await storage.audit.page(AuditFilter())
        return await storage.users.by_login("nga"), [
            (entry.action, entry.source)
            for entry in reversed(entries)
            if entry.after is not None and entry.after["login"] == "nga"
        ]

    found, audit = place.storage(seen)
    assert found is None
    assert audit == [
        ("user.added", "console"),
        ("password.reset", "console"),
        ("password.reset", "console"),
        ("user.deactivated", "console"),
    ]


def test_calls_are_listed_and_told(place: Deployment) -> None:
    at = datetime(2026, 3, 2, 3, 0, tzinfo=UTC)
    record = CallRecord(
        id="01CALL",
        direction=Direction.INBOUND,
        started_at=at,
        ended_at=at + timedelta(seconds=12),
        duration_ms=12_000,
        from_number="+84912345678",
        to_number="1900",
        outcome=Outcome.ABANDONED,
        hangup_cause=HangupCause.NORMAL_CLEARING,
        hangup_side=HangupSide.CALLER,
    )

    async def write(storage: Storage) -> None:
        storage.call_log.open_call(record)
        storage.call_log.close_call(FinishedCall(record=record, segments=()))
        await storage.call_log.flush()

    place.storage(write)
    listed = place.run("calls")
    assert listed.exit_code == 0, listed.output
    assert "2026-03-02 10:00:00" in listed.output
    assert "abandoned" in listed.output
    assert "no calls" in place.run("calls", "--outcome", "answered").output
    told = place.run("calls", "01CALL")
    assert "ended by caller (normal_clearing)" in told.output
    assert "there is no call 'nope'" in str(place.run("calls", "nope").exception)
