from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from callcenter.media.prompts import PromptLibrary
from tests.unit.prompts.fakes import ToneSpeech


@pytest.fixture
def speech() -> ToneSpeech:
    return ToneSpeech()


@pytest.fixture
def prompt_dir(tmp_path: Path) -> Path:
    path = tmp_path / "prompts"
    for directory in ("vi", "en"):
        (path / directory).mkdir(parents=True)
    return path


@pytest.fixture
def library(tmp_path: Path, prompt_dir: Path, speech: ToneSpeech) -> Iterator[PromptLibrary]:
    library = PromptLibrary(tmp_path / "cache", prompt_dir, speech)
    yield library
    library.close()
