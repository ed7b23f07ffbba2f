"""When and in which language somebody wants to hear from us, chosen in a modal."""

from __future__ import annotations

import asyncio

from api.render.slack.modals import message, preferences
from api.slack.item import Item
from api.slack.phrases import say
from api.slack.pressed import entered
from api.slack.registry import AtOnce, Workplace
from api.slack.visitor import visitor_of
from crm.errors import InputError

_FIELDS = {"digest": "digest_time"}
_USUAL_TIME = "08:30"


async def opened(item: Item, workplace: Workplace) -> AtOnce:
    """The modal at once, with what holds for this person now."""
    visitor = await visitor_of(item, workplace)
    if visitor is None:
        language = workplace.assistant.settings.company.language
        view = message("preferences_title", say("unknown_person", language), language)
    else:
        chosen = workplace.workspace.preferences
        now = await asyncio.to_thread(chosen.of, visitor.who.person_id)
        view = preferences(now.texts, visitor.language)
    await workplace.delivery.open_view(item.trigger, view)
    return AtOnce(over=True)


async def saved(item: Item, workplace: Workplace) -> AtOnce:
    """Keep what was chosen, or say which field does not fit; it is quick, and done twice alike."""
    visitor = await visitor_of(item, workplace)
    if visitor is None:
        return AtOnce(over=True)
    wanted = _wanted(entered(item))
    try:
        await asyncio.to_thread(workplace.workspace.preferences.change, visitor.who, wanted)
    except InputError as error:
        name = next((name for name in wanted if f"`{name}`" in error.what), "time_zone")
        told = {_FIELDS.get(name, name): say("mistake_preference", visitor.language)}
        return AtOnce(response={"response_action": "errors", "errors": told}, over=True)
    return AtOnce(over=True)


def _wanted(given: dict[str, str]) -> dict[str, str | None]:
    day = given.get("digest_day") or "off"
    at = given.get("digest_time") or _USUAL_TIME
    return {
        "language": given.get("language") or None,
        "time_zone": given.get("time_zone") or None,
        "digest": "off" if day == "off" else f"{day} {at}",
        "reminders": given.get("reminders") or "off",
        "briefing": given.get("briefing") or "off",
        "quiet": given.get("quiet") or "none",
    }
