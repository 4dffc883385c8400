"""What every command shares: where it prints, how it finds the configuration, how it opens the database."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from callcenter.config import Config
from callcenter.storage.assembly import Storage, StorageSettings, open_storage

console = Console()
errors = Console(stderr=True)

ConfigOption = Annotated[Path, typer.Option("--config", "-c", help="Configuration file.", envvar="CALLCENTER_CONFIG")]
DEFAULT_CONFIG = Path("config.yaml")


class OpenedStorage:
    """The database, for one command; it may run beside a server."""

    def __init__(self, config: Config) -> None:
        self._config = config

    async def __aenter__(self) -> Storage:
        paths = self._config.paths
        paths.data.mkdir(parents=True, exist_ok=True)
        self._storage = await open_storage(
            StorageSettings(
                url=self._config.database.url,
                var_dir=paths.data,
                recordings_dir=paths.recordings,
                country=self._config.deployment.country,
            ),
            close_interrupted=False,
        )
        return self._storage

    async def __aexit__(self, *_: object) -> None:
        await self._storage.close()
