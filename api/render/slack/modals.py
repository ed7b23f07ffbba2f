"""Modals: a form for each thing that can be edited, and pages to read; each a pure function.

A field's name is its block and its action. What a modal is about stands in its private metadata,
which only Slack and we see; rights are worked out anew when it comes back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from api.render.slack.answer import Blocks, section
from api.render.slack.elements import Button, button, context, options, packed, text
from api.render.slack.text import SECTION, fitted
from api.render.slack.words import word
from crm.settings import Language

View = dict[str, Any]
_TITLE, _LABEL, _HINT, _LONGEST = 24, 150, 150, 3000
BLOCKS = 100


@dataclass(frozen=True)
class Field:
    """One input: its name, what it is called, and what stands in it.

    `choices` are pairs of a value and its words; of a `days` field several may be chosen, and its
    value holds them with commas between.
    """

    name: str
    label: str
    kind: Literal["line", "lines", "date", "time", "choice", "days"] = "line"
    value: str = ""
    required: bool = False
    hint: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    longest: int = 2000


def page(title: str, blocks: Sequence[Mapping[str, Any]], language: Language) -> View:
    """A modal to read; what is too much for one is told to be in the conversation."""
    return {
        "type": "modal",
        "callback_id": "page",
        "title": text(word(title, language), _TITLE),
        "close": text(word("close", language), _TITLE),
        "blocks": [dict(block) for block in blocks[:BLOCKS]],
    }


def message(title: str, words: str, language: Language) -> View:
    """A modal with a sentence or more of our own."""
    return page(title, [section(part) for part in fitted(words)], language)


def loading(title: str, language: Language) -> View:
    """What is shown until the rest is there."""
    return message(title, word("loading", language), language)


def form(
    callback: str,
    title: str,
    about: Mapping[str, str | int],
    fields: Sequence[Field],
    language: Language,
    *,
    above: Blocks = (),
    submit: str = "save",
) -> View:
    """A modal with inputs; `above` stands before them."""
    return {
        "type": "modal",
        "callback_id": callback,
        "private_metadata": packed(about),
        "title": text(word(title, language), _TITLE),
        "submit": text(word(submit, language), _TITLE),
        "close": text(word("cancel", language), _TITLE),
        "blocks": [*above, *(_input(field) for field in fields)],
    }


def listed(
    title: str, lines: Sequence[tuple[str, Button]], more: Sequence[Button], language: Language
) -> View:
    """A modal in which one of several things is chosen to be edited."""
    blocks: list[dict[str, Any]] = []
    for words, one in lines[: BLOCKS - 2]:
        shown = section((fitted(words, SECTION) or ["-"])[0])
        blocks.append({**shown, "accessory": button(one)})
    if not lines:
        blocks.append(section(word("nothing_yet", language)))
    if more:
        blocks.append({"type": "actions", "elements": [button(one) for one in more]})
    return page(title, blocks, language)


def reason(answer_id: str, language: Language) -> View:
    """What was not useful in an answer."""
    field = Field("reason", word("reason", language), "lines", hint=word("reason_hint", language))
    return form("reason", "reason_title", {"answer": answer_id}, [field], language, submit="send")


def send_back(about: Mapping[str, str | int], language: Language) -> View:
    """Why a plan is sent back."""
    field = Field(
        "comment", word("send_back_reason", language), "lines", required=True,
        hint=word("send_back_hint", language),
    )  # fmt: skip
    return form("send_back", "send_back_title", about, [field], language, submit="send_back")


def accounts(choices: Sequence[tuple[str, str]], language: Language) -> View:
    """Which of several accounts is meant."""
    field = Field(
        "account", word("account", language), "choice", required=True, choices=tuple(choices)
    )
    return form("account", "account_title", {}, [field], language, submit="choose")


def preferences(texts: Mapping[str, str], language: Language, mistake: str = "") -> View:
    """When somebody wants to hear from us."""
    digest_day, _space, digest_at = texts["digest"].partition(" ")
    days = tuple(
        (day, word(day, language))
        for day in (
            "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday",
        )
    )  # fmt: skip
    off = ("off", word("off", language))
    minutes = sorted({10, 15, 30, 60, 120} | _numbers(texts["briefing"]))
    briefings = [(str(m), word("briefing_minutes", language, minutes=m)) for m in minutes]
    quiet = "" if texts["quiet"] == "none" else texts["quiet"]
    fields = [
        Field("language", word("language", language), "choice", texts["language"], True,
              choices=tuple((code, word(f"language_{code}", language)) for code in ("ja", "en"))),
        Field("time_zone", word("time_zone", language), "line", texts["time_zone"], True,
              hint=word("time_zone_hint", language), longest=60),
        Field("digest_day", word("digest_day", language), "choice", digest_day, True,
              choices=(*days, off)),
        Field("digest_time", word("digest_time", language), "time", digest_at),
        Field("reminders", word("reminders", language), "time",
              "" if texts["reminders"] == "off" else texts["reminders"],
              hint=word("reminders_hint", language)),
        Field("briefing", word("briefing", language), "choice", texts["briefing"], True,
              choices=(*briefings, off)),
        Field("quiet", word("quiet", language), "days", quiet, choices=days),
    ]  # fmt: skip
    above = tuple(section(part) for part in fitted(mistake)) if mistake else ()
    return form("preferences", "preferences_title", {}, fields, language, above=above)


def _numbers(value: str) -> set[int]:
    return {int(value)} if value.isdigit() else set()


def read(values: Mapping[str, Any]) -> dict[str, str]:
    """What was entered, by the name of the field; empty where nothing was."""
    found: dict[str, str] = {}
    for name, actions in values.items():
        state = actions.get(name) if isinstance(actions, Mapping) else None
        if isinstance(state, Mapping):
            found[name] = _entered(state)
    return found


def _entered(state: Mapping[str, Any]) -> str:
    chosen = state.get("selected_option")
    if isinstance(chosen, Mapping):
        return str(chosen.get("value") or "")
    several = state.get("selected_options")
    if isinstance(several, list):
        return ",".join(str(one.get("value") or "") for one in several if isinstance(one, Mapping))
    for key in ("value", "selected_date", "selected_time"):
        if isinstance(state.get(key), str):
            return str(state[key]).strip()
    return ""


def _input(field: Field) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "type": "input",
        "block_id": field.name,
        "optional": not field.required,
        "label": text(field.label, _LABEL),
        "element": _element(field),
    }
    if field.hint:
        shown["hint"] = text(field.hint, _HINT)
    return shown


def _element(field: Field) -> dict[str, Any]:
    match field.kind:
        case "line" | "lines":
            shown: dict[str, Any] = {
                "type": "plain_text_input",
                "multiline": field.kind == "lines",
                "max_length": min(field.longest, _LONGEST),
            }
            initial = {"initial_value": field.value[: min(field.longest, _LONGEST)]}
        case "date":
            shown, initial = {"type": "datepicker"}, {"initial_date": field.value}
        case "time":
            shown, initial = {"type": "timepicker"}, {"initial_time": field.value}
        case "choice" | "days":
            return _select(field)
    return {**shown, "action_id": field.name} | (initial if field.value else {})


def _select(field: Field) -> dict[str, Any]:
    found = options(field.choices)
    wanted = field.value.split(",") if field.kind == "days" else [field.value]
    chosen = [one for one in found if one["value"] in wanted]
    if field.kind == "days":
        shown: dict[str, Any] = {"type": "checkboxes", "options": found}
        return {**shown, "action_id": field.name} | ({"initial_options": chosen} if chosen else {})
    shown = {"type": "static_select", "options": found}
    first = {"initial_option": chosen[0]} if chosen else {}
    return {**shown, "action_id": field.name} | first


def small(words: str) -> dict[str, Any]:
    """A remark in small letters."""
    return context((fitted(words, SECTION) or ["-"])[0])
