"""Everything that leaves as bytes: what a person, a program or a log would get to read."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Iterable, Mapping
from typing import Any

from rich.console import Console

from api.render.json import answer_json, result_json
from api.render.markdown import markdown
from api.render.slack import messages
from api.render.terminal import render
from assistant.answer import Answer
from tools.facts import ToolResult

_CELLS = re.compile(rb'\b(?:r|ref|sqref|topLeftCell|activeCell)="[A-Z0-9:$ ]+"')
"""Where a cell stands (C201) reads like an id."""


def of_json(value: Any) -> bytes:
    """JSON with the letters as they are."""
    return json.dumps(value, ensure_ascii=False, default=str).encode("utf-8", "backslashreplace")


def of_result(result: ToolResult) -> bytes:
    return of_json(result_json(result))


def of_answer(answer: Answer) -> dict[str, bytes]:
    """An answer by each renderer there is."""
    console = Console(file=io.StringIO(), width=120, force_terminal=True)
    console.print(render(answer))
    assert isinstance(console.file, io.StringIO)
    return {
        "json": of_json(answer_json(answer)),
        "markdown": markdown(answer.text).encode(),
        "slack": b"\n".join(of_json([m.blocks, m.text]) for m in messages(answer)),
        "terminal": console.file.getvalue().encode(),
    }


def of_response(headers: Iterable[tuple[str, str]], body: bytes) -> bytes:
    """A response: its headers and its body, with what an archive in it holds."""
    shown = "\n".join(f"{name}: {value}" for name, value in headers).encode()
    return shown + b"\n" + unpacked(body)


def unpacked(content: bytes) -> bytes:
    """The bytes; of an archive (docx, pptx, xlsx) those of its files, and of JSON its letters."""
    if content[:4] == b"PK\x03\x04":
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return _CELLS.sub(
                b"",
                b"\n".join(
                    name.encode() + b"\n" + unpacked(archive.read(name))
                    for name in archive.namelist()
                ),
            )
    if b"\\u" in content:
        try:
            return content + of_json(json.loads(content))
        except ValueError:
            return content
    return content


def parts_of(content: bytes, endings: tuple[str, ...]) -> list[bytes]:
    """The files of these endings in an archive."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return [archive.read(name) for name in archive.namelist() if name.endswith(endings)]


def of_calls(calls: Iterable[tuple[str, Mapping[str, Any]]]) -> bytes:
    """Calls of another's API: the method, and every argument with JSON in it unfolded."""
    return b"\n".join(method.encode() + b" " + of_json(dict(args)) for method, args in calls)


def strings_of(value: Any) -> list[str]:
    """Every text in a JSON value, names among them."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, Mapping):
        return [*map(str, value), *(text for part in value.values() for text in strings_of(part))]
    if isinstance(value, list):
        return [text for part in value for text in strings_of(part)]
    return []
