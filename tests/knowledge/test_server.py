"""A Chroma server keeps the passages as well as a folder does, and its absence is said."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from crm.errors import UnavailableError, WorkspaceError
from tests.knowledge.house import House

_STARTS_WITHIN = 60


@dataclass(frozen=True)
class Server:
    """A server of our own."""

    url: str
    process: subprocess.Popen[bytes]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """Started as its manual says: `chroma run`."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    program = Path(sys.executable).with_name("chroma")
    words = ["run", "--host", "127.0.0.1", "--port", str(port), "--path", str(tmp_path / "served")]
    with subprocess.Popen(  # noqa: S603 - the program of the package itself
        [program, *words], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        deadline = time.monotonic() + _STARTS_WITHIN
        while not _answers(port):
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.1)
        yield Server(f"http://127.0.0.1:{port}", process)
        process.terminate()


def _answers(port: int) -> bool:
    with socket.socket() as asked:
        return asked.connect_ex(("127.0.0.1", port)) == 0


def test_a_server_is_written_to_and_searched_like_a_folder(server: Server, tmp_path: Path) -> None:
    house = House(tmp_path, url=server.url)
    docs = house.write("a.md", "## 一\n\n停滞した案件を立て直す。\n\n## 二\n\n契約を更新する。")
    house.library.add(docs)
    reader = House(tmp_path, url=server.url)
    assert reader.found("契約を更新する。", count=1) == ["契約を更新する。"]
    stats = reader.library.stats()
    assert (stats.chunks, stats.missing, stats.orphans, stats.fault) == (2, 0, 0, None)
    house.library.remove("docs/a.md")
    assert reader.found("契約を更新する。") == []


def test_a_server_of_another_library_is_told_and_rebuilding_takes_its_place(
    server: Server, tmp_path: Path
) -> None:
    first = tmp_path / "first"
    second = tmp_path / "second"
    for folder in (first, second):
        folder.mkdir()
    mine = House(second)
    mine.library.add(mine.write("a.md", "契約を更新する。"))
    other = House(first, url=server.url)
    other.library.add(other.write("b.md", "別の資料。"))
    house = House(second, url=server.url)
    with pytest.raises(WorkspaceError, match="another library's"):
        house.found("契約を更新する。")
    assert house.library.rebuild() == 0
    assert house.found("契約を更新する。") == ["契約を更新する。"]


def test_a_server_that_does_not_answer_is_named_with_the_remedy(tmp_path: Path) -> None:
    house = House(tmp_path, url="http://127.0.0.1:9")
    docs = house.write("a.md", "契約を更新する。")
    with pytest.raises(UnavailableError, match="server does not answer") as raised:
        house.library.add(docs)
    assert "chroma run" in str(raised.value)


def test_a_server_that_stops_is_told_in_the_same_words(server: Server, tmp_path: Path) -> None:
    house = House(tmp_path, url=server.url)
    house.library.add(house.write("a.md", "契約を更新する。"))
    assert house.found("契約を更新する。") == ["契約を更新する。"]
    server.process.terminate()
    server.process.wait(30)
    with pytest.raises(UnavailableError, match="server does not answer"):
        house.found("契約を更新する。")
    assert "server does not answer" in (house.library.stats().fault or "")
