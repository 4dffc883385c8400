"""The flows a server offers: read from files, verified together, replaced while calls go on.

Nothing here touches a disk but :meth:`FlowLibrary.load_directory`; whoever watches the directory hands over paths and
bytes. A file that turns bad leaves its last good version in service. Snapshots never change, so a call keeps the flows
it began with.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType

from callcenter.ivr.model import FlowFormatError, Program, load_flow
from callcenter.ivr.problems import Problem, has_errors, problem
from callcenter.ivr.registry import Registry
from callcenter.ivr.validate import Catalogue, validate


@dataclass(frozen=True, slots=True)
class FlowUpdate:
    """What handing over a file came to."""

    path: str
    accepted: bool
    "The content is now in service."
    flow_id: str | None
    problems: list[Problem]
    others: Mapping[str, list[Problem]]
    "Errors the change causes in other flows, by flow id; they stay in service as they are."


class FlowLibrary:
    """Every flow in service, by id.

    :param catalogue: returns what flows may refer to at the moment (its ``flows`` are filled in here).
    :param number: returns the version a program counts as, when that is not the one its file names.
    """

    def __init__(
        self,
        catalogue: Callable[[], Catalogue] | None = None,
        registry: Registry | None = None,
        number: Callable[[Program], int] | None = None,
    ) -> None:
        self._catalogue = catalogue or Catalogue
        self._registry = registry
        self._number = number
        self._programs: Mapping[str, Program] = MappingProxyType({})
        self._paths: dict[str, str] = {}
        self._problems: dict[str, list[Problem]] = {}

    # What calls use

    def snapshot(self) -> Mapping[str, Program]:
        """Return every flow in service by id, as they are now and for ever."""
        return self._programs

    def get(self, flow_id: str) -> Program | None:
        """Return the flow in service under ``flow_id``."""
        return self._programs.get(flow_id)

    def catalogue(self) -> Catalogue:
        """Return what flows may refer to at the moment, the flows in service included."""
        return replace(self._catalogue(), flows=self._programs)

    def path_of(self, flow_id: str) -> str | None:
        """Return the file of the flow in service under ``flow_id``."""
        return self._paths.get(flow_id)

    def problems(self) -> Mapping[str, list[Problem]]:
        """Return what is wrong with the newest content of each file, by path."""
        return {path: list(found) for path, found in self._problems.items() if found}

    # What changes it

    def load_directory(self, directory: Path) -> list[FlowUpdate]:
        """Read every ``*.json`` of ``directory``; flows may refer to each other in any order."""
        files = [(path.name, path.read_bytes()) for path in sorted(directory.glob("*.json"))]
        return self.load(files)

    def load(self, files: list[tuple[str, bytes]]) -> list[FlowUpdate]:
        """Take in several files at once: the largest set of them that is free of errors goes into service."""
        parsed: dict[str, Program] = {}
        faults: dict[str, list[Problem]] = {}
        owners = dict(self._paths)
        for path, raw in files:
            program, problems = self._parse(path, raw, owners)
            faults[path] = problems
            if program is not None:
                parsed[path] = program
                owners[program.id] = path
        candidates = dict(parsed)
        while True:
            flows = {**self._programs, **{program.id: program for program in candidates.values()}}
            for path, program in candidates.items():
                faults[path] = validate(program, replace(self._catalogue(), flows=flows))
            bad = [path for path in candidates if has_errors(faults[path])]
            if not bad:
                break
            for path in bad:
                del candidates[path]
        self._programs = MappingProxyType(
            {**self._programs, **{program.id: program for program in candidates.values()}}
        )
        self._paths |= {program.id: path for path, program in candidates.items()}
        self._problems |= faults
        return [
            FlowUpdate(path, path in candidates, parsed[path].id if path in parsed else None, faults[path], {})
            for path, _ in files
        ]

    def update(self, path: str, raw: bytes) -> FlowUpdate:
        """Take in one new or changed file. With errors the last good version stays in service."""
        program, problems = self._parse(path, raw, self._paths)
        if program is None:
            self._problems[path] = problems
            return FlowUpdate(path, False, None, problems, {})
        flows = {**self._programs, program.id: program}
        problems = validate(program, replace(self._catalogue(), flows=flows))
        self._problems[path] = problems
        if has_errors(problems):
            return FlowUpdate(path, False, program.id, problems, {})
        self._programs = MappingProxyType(flows)
        self._paths[program.id] = path
        return FlowUpdate(path, True, program.id, problems, self._broken_others(program.id))

    def remove(self, path: str) -> FlowUpdate:
        """Take a deleted file's flow out of service, unless other flows still lead to it."""
        self._problems.pop(path, None)
        flow_id = next((flow_id for flow_id, owner in self._paths.items() if owner == path), None)
        if flow_id is None:
            return FlowUpdate(path, True, None, [], {})
        rest = {other: program for other, program in self._programs.items() if other != flow_id}
        catalogue = replace(self._catalogue(), flows=rest)
        users = [
            other
            for other, program in rest.items()
            if any(found.code == "unknown-flow" for found in validate(program, catalogue))
        ]
        if users:
            problems = [problem("still-used", flows=", ".join(users))]
            self._problems[path] = problems
            return FlowUpdate(path, False, flow_id, problems, {})
        self._programs = MappingProxyType(rest)
        del self._paths[flow_id]
        return FlowUpdate(path, True, flow_id, [], {})

    def _parse(self, path: str, raw: bytes, owners: Mapping[str, str]) -> tuple[Program | None, list[Problem]]:
        try:
            program = load_flow(raw, self._registry)
        except FlowFormatError as error:
            return None, error.problems
        if (owner := owners.get(program.id, path)) != path:
            return None, [problem("file-name", id=program.id, other=owner)]
        if self._number is not None and (version := self._number(program)) != program.version:
            program = replace(program, document=program.document.model_copy(update={"version": version}))
        return program, []

    def _broken_others(self, changed: str) -> dict[str, list[Problem]]:
        catalogue = replace(self._catalogue(), flows=self._programs)
        broken = {}
        for flow_id, program in self._programs.items():
            errors = [found for found in validate(program, catalogue) if has_errors([found])]
            if flow_id != changed and errors:
                broken[flow_id] = errors
        return broken
