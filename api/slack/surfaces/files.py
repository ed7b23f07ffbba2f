"""A plan as a file, in the thread where everybody may see it, else for one person alone."""

from __future__ import annotations

from api.render.documents.plan import content
from api.render.slack import sentence
from api.render.slack.text import label
from api.slack.item import Item
from api.slack.outbox import File, Part
from api.slack.phrases import say
from api.slack.registry import Workplace
from api.slack.reply import Reply
from api.slack.visitor import Visitor, make

ENDINGS = {"export_docx": ".docx", "export_pptx": ".pptx", "export_xlsx": ".xlsx"}
_NAME = 100
_UNFIT = dict.fromkeys(map(ord, '/\\:*?"<>|'), "-")


async def export(
    item: Item, workplace: Workplace, reply: Reply, visitor: Visitor, plan_id: str, ending: str
) -> None:
    """Make the file and keep it as the answer."""
    await make(item, workplace, reply, visitor, lambda: _made(workplace, visitor, plan_id, ending))


def _made(workplace: Workplace, visitor: Visitor, plan_id: str, ending: str) -> list[Part]:
    planner = workplace.workspace.planner
    stored = planner.get(visitor.who, plan_id)
    made = content(planner, visitor.who, stored, ending, visitor.language)
    title = label(stored.head.title, _NAME)
    told = visitor.posts(sentence(say("export_ready", visitor.language)))
    return [*told, File(title.translate(_UNFIT) + ending, title, made, alone=visitor.alone)]
