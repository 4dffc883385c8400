"""Language: serve the caller in another language from here on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Annotated, Literal

from pydantic import Field

from callcenter.calls.channel_results import PromptPart
from callcenter.ivr.effects import SetLanguage, Steps
from callcenter.ivr.expressions import TemplateFault
from callcenter.ivr.fields import DigitKey, Expression, Language, NodeData, Settings, setting
from callcenter.ivr.flow_call import FlowCall
from callcenter.ivr.keypad import Attempts, Heard, Reading, Speech, Timing, ask, read_choice
from callcenter.ivr.nodes.common_ports import NEXT
from callcenter.ivr.problems import Finding
from callcenter.ivr.prompts import Prompts, no_prompts
from callcenter.ivr.registry import Category, Exit, Label, NodeResult, NodeType, Scope


class FixedLanguage(Settings):
    """Always this language."""

    kind: Literal["fixed"] = "fixed"
    language: Language = setting("vi", vi="Ngôn ngữ", en="Language")


class VariableLanguage(Settings):
    """The language a variable holds."""

    kind: Literal["variable"] = "variable"
    value: Expression = setting("customer.language", vi="Biến", en="Variable")


class LanguageKey(Settings):
    """A key and the language it chooses."""

    key: DigitKey = setting(vi="Phím", en="Key")
    language: Language = setting(vi="Ngôn ngữ", en="Language")


class AskedLanguage(Settings):
    """The language the caller chooses; whoever does not choose stays with the present one."""

    kind: Literal["ask"] = "ask"
    prompts: Prompts = setting(default_factory=no_prompts, vi="Lời mời chọn", en="Prompt")
    keys: list[LanguageKey] = setting(default_factory=list, vi="Phím chọn", en="Keys", max_length=10)
    no_input_s: float = setting(5.0, vi="Chờ bấm phím (giây)", en="Wait for a key (s)", ge=1, le=60)
    attempts: int = setting(1, vi="Số lần hỏi", en="Times to ask", ge=1, le=10)


class LanguageData(NodeData):
    """Settings of a language node."""

    source: Annotated[FixedLanguage | VariableLanguage | AskedLanguage, Field(discriminator="kind")] = setting(
        default_factory=FixedLanguage, vi="Chọn bằng", en="Chosen by"
    )


class LanguageNode(NodeType[LanguageData]):
    """Sets the call's language and the variable ``language``."""

    name = "language"
    label = Label("Ngôn ngữ", "Language")
    help = Label(
        "Đặt ngôn ngữ phục vụ, hoặc để khách chọn bằng phím.",
        "Sets the language, or lets the caller choose it by a key.",
    )
    category = Category.ASK
    icon = "language"
    data_model = LanguageData
    static_ports = (NEXT,)

    def takes_input(self, data: LanguageData) -> bool:
        """When the caller is asked."""
        return isinstance(data.source, AskedLanguage)

    def required_prompts(self, data: LanguageData) -> Iterable[tuple[str, Prompts]]:
        """The question."""
        if isinstance(data.source, AskedLanguage):
            yield "source.prompts", data.source.prompts

    def check(self, data: LanguageData, scope: Scope) -> Iterator[Finding]:
        """Find languages the flow does not speak."""
        match data.source:
            case FixedLanguage(language=language):
                if language not in scope.languages:
                    yield Finding("undeclared-language", values={"language": language})
            case AskedLanguage(keys=keys):
                if not keys:
                    yield Finding("no-options")
                used = [choice.key for choice in keys]
                for key in sorted({key for key in used if used.count(key) > 1}):
                    yield Finding("duplicate-key", values={"keys": key})
                for choice in keys:
                    if choice.language not in scope.languages:
                        yield Finding("undeclared-language", values={"language": choice.language})
            case VariableLanguage():
                pass

    def worst_case_s(self, data: LanguageData) -> float:
        """Nothing is pressed."""
        if isinstance(data.source, AskedLanguage):
            return data.source.attempts * (data.source.prompts.estimate_s() + data.source.no_input_s)
        return 0.0

    def run(self, data: LanguageData, call: FlowCall) -> Steps[NodeResult]:
        """Choose and switch."""
        chosen: object = None
        match data.source:
            case FixedLanguage(language=language):
                chosen = language
            case VariableLanguage(value=value):
                try:
                    chosen = call.value(value)
                except TemplateFault as error:
                    call.warn(f"language kept: {error}")
            case AskedLanguage() as asked:
                chosen = yield from self._ask(asked, call)
        if chosen is not None and chosen not in call.languages:
            call.warn("language kept: the flow does not speak the one chosen")
        elif isinstance(chosen, str):
            call.language = chosen
            call.variables.set("language", chosen)
            yield SetLanguage(chosen)
        call.note(language=call.language)
        return Exit("next")

    def _ask(self, asked: AskedLanguage, call: FlowCall) -> Steps[str | None]:
        options = {choice.key: choice.language for choice in asked.keys}

        def prompt() -> tuple[PromptPart, ...]:
            return call.render(asked.prompts)

        def silence() -> tuple[PromptPart, ...]:
            return ()

        def read() -> Steps[Reading]:
            return read_choice(call, options, Timing(asked.no_input_s))

        attempts = Attempts(asked.attempts, asked.attempts)
        reading = yield from ask(call, Speech(prompt, prompt, silence, silence), read, attempts)
        return options[reading.keys] if reading.heard is Heard.KEYS else None
