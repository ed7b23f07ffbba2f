"""An answer for a terminal: only its structure is styled; its words are no markup and no links."""

from __future__ import annotations

from collections.abc import Sequence

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from api.render.fold import Folded
from api.render.safe import inert, spans
from assistant.answer import Answer, Block, Bullets, Heading, Paragraph, TableBlock

_MARKS = "●❝◇"


def render(answer: Answer) -> Group:
    """The answer's blocks as a Rich renderable, with an empty line between them."""
    return render_blocks(answer.blocks)


def render_blocks(blocks: Sequence[Block]) -> Group:
    """Blocks as a Rich renderable, with an empty line between them."""
    parts: list[RenderableType] = []
    for index, block in enumerate(blocks):
        after_heading = index > 0 and isinstance(blocks[index - 1], Heading)
        if index and not after_heading:
            parts.append(Text())
        parts.append(_block(block))
    return Group(*parts)


def _block(block: Block) -> RenderableType:
    match block:
        case Heading():
            return Text(_plain(block.text), style="bold underline" if block.level == 1 else "bold")
        case Paragraph():
            return Folded(_styled(block.text))
        case Bullets():
            return _bullets(block)
        case TableBlock():
            return _table(block)


def _bullets(block: Bullets) -> Table:
    grid = Table.grid(padding=(0, 1))
    grid.add_column(no_wrap=True)
    grid.add_column()
    for number, item in enumerate(block.items, 1):
        mark, rest = (f"{number}.", item) if block.numbered else _mark(item)
        grid.add_row(Text(mark), Folded(_styled(rest)))
    return grid


def _mark(item: str) -> tuple[str, str]:
    """The item's own mark (fact, quoted, hypothesis) instead of a bullet, where it has one."""
    return (item[0], item[1:].lstrip()) if item[:1] in _MARKS else ("•", item)


def _table(block: TableBlock) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in block.columns:
        table.add_column(Text(_plain(column)), overflow="fold")
    for row in block.rows:
        table.add_row(*(Folded(_styled(cell)) for cell in row))
    return table


def _styled(text: str) -> Text:
    styled = Text(overflow="fold")
    for piece, strong in spans(inert(text)):
        styled.append(piece, style="bold" if strong else None)
    return styled


def _plain(text: str) -> str:
    return "".join(piece for piece, _strong in spans(inert(text)))
