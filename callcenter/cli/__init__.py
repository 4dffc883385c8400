"""The command line: serve, check, call, and what an operator does with flows, customers, stores, phones and the log."""

from __future__ import annotations

import asyncio
import secrets
import sys
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from callcenter.accounts.extension import Extension, check_secret, compute_credentials, generate_secret
from callcenter.accounts.people import FIRST_LOGIN
from callcenter.accounts.scope import EVERYTHING
from callcenter.base.errors import CallcenterError
from callcenter.calls.call_search import CallFilter
from callcenter.calls.cdr import Outcome
from callcenter.cli.flows import flow_app, print_problems
from callcenter.cli.parts import DEFAULT_CONFIG, ConfigOption, OpenedStorage, console, errors
from callcenter.cli.users import users_app
from callcenter.config import Config, load_config
from callcenter.crm.import_csv import ImportOptions, ImportReport, import_customers, import_stores
from callcenter.crm.phone_number import normalise
from callcenter.demo import DemoPhones, DemoSecrets, print_welcome, seed
from callcenter.ivr.library import FlowLibrary
from callcenter.ivr.validate import Catalogue
from callcenter.routing.caller_routing import LAST_STORE_PLAN
from callcenter.runtime.clock import SystemClock
from callcenter.runtime.log import configure_logging
from callcenter.server import Server
from callcenter.storage.assembly import Storage
from callcenter.story import print_call, print_calls
from callcenter.testing.phone import KeyPress, PhoneCall, PhoneError, PhoneReport, TimelineEntry, place_call

T = TypeVar("T")

app = typer.Typer(
    help="Cloud call center and IVR server.", no_args_is_help=True, pretty_exceptions_enable=False, add_completion=False
)
customers_app = typer.Typer(help="Customers and their histories.", no_args_is_help=True)
stores_app = typer.Typer(help="Stores.", no_args_is_help=True)
extensions_app = typer.Typer(help="SIP accounts of phones.", no_args_is_help=True)
for name, group in (
    ("flow", flow_app),
    ("customers", customers_app),
    ("stores", stores_app),
    ("users", users_app),
    ("extensions", extensions_app),
):
    app.add_typer(group, name=name)


def main() -> None:
    """Run the command line; an error of ours is one readable message, never a traceback."""
    try:
        app()
    except CallcenterError as error:
        errors.print(f"[bold red]error:[/] {error}", highlight=False, soft_wrap=True)
        sys.exit(1)


# The server


@app.command()
def serve(
    config: ConfigOption = DEFAULT_CONFIG,
    demo: Annotated[bool, typer.Option("--demo", help="Seed example data and start phones that answer.")] = False,
) -> None:
    """Run the call center until SIGTERM or Ctrl-C."""
    settings = load_config(config)
    configure_logging(settings.logging.level, settings.logging.format)
    asyncio.run(_serve(settings, demo))


async def _serve(config: Config, demo: bool) -> None:
    server = Server(config)
    made = DemoSecrets({}, {})
    if demo:
        async with OpenedStorage(config) as storage:
            made = await seed(storage, config, SystemClock())
    await server.start()
    if server.first_admin_password is not None:
        console.print(
            f"first start: sign in as [bold]{FIRST_LOGIN}[/] with the password "
            f"[bold]{server.first_admin_password}[/] (shown only now)",
            highlight=False,
            soft_wrap=True,
        )
    if not demo:
        console.print(f"callcenter is up: {server.page_url}", highlight=False)
        await server.run()
        return
    port = next((address.port for address in server.driver.listening if address.transport == "udp"), 5060)
    phones = DemoPhones(made.phones, port)
    await phones.start()
    print_welcome(console, server, made)
    try:
        await server.run(before_stop=phones.stop)  # Phones that leave after the server wait for answers in vain.
    finally:
        await phones.stop()


@app.command()
def check(config: ConfigOption = DEFAULT_CONFIG) -> None:
    """Check the configuration and every flow, without starting anything."""
    settings = load_config(config)
    library = FlowLibrary(lambda: Catalogue(plans=frozenset({LAST_STORE_PLAN})))
    wrong = 0
    for update in library.load_directory(settings.paths.flows):
        print_problems(update.path, update.problems)
        wrong += not update.accepted
    for did in settings.dids:
        if library.get(did.flow) is None:
            errors.print(f"dids: number {did.number} names the flow {did.flow!r}, which is missing or refused")
            wrong += 1
    if wrong:
        raise typer.Exit(1)
    console.print(f"{config}: valid; {len(library.snapshot())} flows in {settings.paths.flows}")


# A customer's phone


@app.command()
def call(
    number: Annotated[str, typer.Argument(help="Number to dial, e.g. 1900.")],
    keys: Annotated[str, typer.Option(help="Keys to press, one after each prompt.")] = "",
    from_number: Annotated[str, typer.Option("--from", help="The caller's number.")] = "0912345678",
    seconds: Annotated[float, typer.Option(help="Hang up this long after the last key.")] = 20.0,
    recording: Annotated[Path, typer.Option(help="Where to write what was heard.")] = Path("var/call.wav"),
    config: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """Call the running server as a customer would, and tell the call's story from its log."""
    settings = load_config(config)
    configure_logging("warning")
    port = next((entry.port for entry in settings.sip.listen if entry.transport == "udp"), None)
    if port is None:
        raise CallcenterError("the server does not listen on UDP, which this phone needs")
    recording.parent.mkdir(parents=True, exist_ok=True)
    presses = tuple(KeyPress(key, after_prompt=index + 1) for index, key in enumerate(keys))
    plan = PhoneCall(
        number,
        port=port,
        from_number=from_number,
        keys=presses,
        hang_up_after_keys=seconds if keys else None,
        hang_up_after=None if keys else seconds,
        recording=recording,
    )
    report = place_call(plan, on_event=_print_event)
    _print_report(report)
    asyncio.run(_print_story_of(settings, report.call_id))


def _print_event(entry: TimelineEntry) -> None:
    console.print(f"{entry.at:6.1f} s  {entry.event.value} {entry.detail}", highlight=False)


def _print_report(report: PhoneReport) -> None:
    if not report.answered:
        raise PhoneError(f"the call was not answered: status {report.status}")
    heard = ", ".join(f"{sound.start:.1f}-{sound.end:.1f}" for sound in report.sounds())
    console.print(f"talked {report.talk_seconds:.1f} s, ended {report.ended_by}; heard sound at {heard or 'no time'} s")
    if report.recording is not None:
        console.print(f"what was heard: {report.recording}")


async def _print_story_of(config: Config, sip_call_id: str) -> None:
    async with OpenedStorage(config) as storage:
        for _ in range(50):
            found = await storage.calls.by_sip_call_id(sip_call_id)
            if (
                found is not None
                and (story := await storage.calls.story(found, scope=EVERYTHING))
                and story.record.ended_at is not None
            ):
                print_call(console, story, config.deployment.timezone)
                return
            await asyncio.sleep(0.1)
    errors.print("the call is not in the log yet")


# Data


@customers_app.command("import")
def customers_import(
    file: Annotated[Path, typer.Argument(help="CSV: name, phone, and contacts of each customer.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would happen, change nothing.")] = False,
    config: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """Import customers with their histories. Importing the same file twice changes nothing."""
    settings = load_config(config)

    async def work(storage: Storage, options: ImportOptions) -> ImportReport:
        stores = {code: store.id for code, store in storage.directory.snapshot.stores_by_code.items()}
        return await import_customers(file, storage.customers, storage.interactions, stores, options)

    _import(settings, file, dry_run, work)


@stores_app.command("import")
def stores_import(
    file: Annotated[Path, typer.Argument(help="CSV: code, name, phone, hours, region, sister store.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would happen, change nothing.")] = False,
    config: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """Import stores."""
    settings = load_config(config)

    async def work(storage: Storage, options: ImportOptions) -> ImportReport:
        return await import_stores(file, storage.stores, options)

    _import(settings, file, dry_run, work)


def _import(config: Config, file: Path, dry_run: bool, work: Any) -> None:
    configure_logging("warning")
    if not file.is_file():
        raise CallcenterError(f"{file}: no such file")
    columns = (
        TextColumn("[progress.description]{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=errors) as bars:
        bar = bars.add_task(file.name, total=None)
        options = ImportOptions(
            now=SystemClock().utcnow(),
            dry_run=dry_run,
            error_file=file.with_suffix(".errors.csv"),
            progress=lambda done, total: bars.update(bar, completed=done, total=total),
            timezone=config.deployment.timezone,
            country=config.deployment.country,
        )

        async def run() -> ImportReport:
            async with OpenedStorage(config) as storage:
                report: ImportReport = await work(storage, options)
                return report

        report = asyncio.run(run())
    words = "would be " if dry_run else ""
    console.print(
        f"{report.lines} lines: {report.created} {words}created, {report.updated} {words}updated, "
        f"{report.unchanged} unchanged, {report.contacts} contacts, {len(report.refused)} refused"
    )
    if report.unknown_columns:
        console.print(f"columns not understood: {', '.join(report.unknown_columns)}")
    if report.refused:
        for line, reason in report.refused[:5]:
            errors.print(f"line {line.number}: {reason}", highlight=False)
        errors.print(f"all refused lines with their reasons: {report.error_file}")
        raise typer.Exit(1)


@extensions_app.command("add")
def extensions_add(
    number: Annotated[str, typer.Argument(help="The extension: its user name.")],
    store: Annotated[str | None, typer.Option(help="Code of the store whose group it rings with.")] = None,
    name: Annotated[str, typer.Option(help="For display.")] = "",
    secret: Annotated[str | None, typer.Option(help="Password; made up and shown once when missing.")] = None,
    config: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """Add a SIP account, or give it a new password. The password is shown now and never again."""
    settings = load_config(config)
    configure_logging("warning")
    if not number.isdecimal() or not 2 <= len(number) <= 10:
        raise CallcenterError("an extension is 2 to 10 digits")
    password = secret or generate_secret(secrets.token_bytes)
    check_secret(number, password)

    async def run() -> None:
        async with OpenedStorage(settings) as storage:
            owner = storage.directory.snapshot.stores_by_code.get(store) if store else None
            if store is not None and owner is None:
                raise CallcenterError(f"there is no store with code {store!r}")
            account = Extension(number=number, name=name, store_id=owner.id if owner else None)
            await storage.extensions.save(account, compute_credentials(number, settings.sip.realm, password))

    asyncio.run(run())
    shown = "" if secret else f", password {password}"
    console.print(f"extension {number}{shown}", highlight=False)


# The log


@app.command()
def calls(
    call_id: Annotated[str | None, typer.Argument(help="Tell the story of this call.")] = None,
    number: Annotated[str | None, typer.Option(help="Only calls with this number.")] = None,
    store: Annotated[str | None, typer.Option(help="Only calls of this store (code).")] = None,
    outcome: Annotated[Outcome | None, typer.Option(help="Only calls that ended so.")] = None,
    day: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Only this day.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000)] = 20,
    config: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """List calls, newest first, or tell one call's story."""
    settings = load_config(config)
    configure_logging("warning")
    asyncio.run(_calls(settings, call_id, number, store, outcome, day.date() if day else None, limit))


async def _calls(
    config: Config,
    call_id: str | None,
    number: str | None,
    store: str | None,
    outcome: Outcome | None,
    day: date | None,
    limit: int,
) -> None:
    zone = config.deployment.timezone
    async with OpenedStorage(config) as storage:
        if call_id is not None:
            story = await storage.calls.story(call_id, scope=EVERYTHING)
            if story is None:
                raise CallcenterError(f"there is no call {call_id!r}")
            print_call(console, story, zone)
            return
        owner = storage.directory.snapshot.stores_by_code.get(store) if store else None
        if store is not None and owner is None:
            raise CallcenterError(f"there is no store with code {store!r}")
        wanted: dict[str, Any] = {
            "number": normalise(number, config.deployment.country) if number else None,
            "store_id": owner.id if owner else None,
            "outcome": outcome,
        }
        which = CallFilter.of_day(day, zone, **wanted) if day else CallFilter(**wanted)
        page = await storage.calls.page(which, scope=EVERYTHING, limit=limit)
        stores = {store.id: store.code for store in storage.directory.snapshot.stores.values()}
        print_calls(console, page.calls, stores, zone)
