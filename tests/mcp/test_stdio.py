"""Over standard input a program sees what its person sees, and nothing but the protocol."""

from __future__ import annotations

import asyncio
from pathlib import Path

from tests.cli.running import Run, run
from tests.fakes import copy_of
from tests.http.conftest import SAEKI
from tests.mcp.connecting import call, over_stdio, text_of
from tests.mcp.test_mcp import TAKASE

__all__ = ["run"]


async def test_a_program_on_this_machine_asks_over_standard_input(
    sample_workspace: Path, tmp_path: Path
) -> None:
    """Nothing but the protocol is on standard output, and two may be open at once."""
    workspace = copy_of(sample_workspace, tmp_path)
    async with (
        over_stdio(workspace.folder, SAEKI, tmp_path / "one.txt") as mine,
        over_stdio(workspace.folder, TAKASE, tmp_path / "two.txt") as theirs,
    ):
        listed = {tool.name for tool in (await mine.list_tools()).tools}
        assert {"ask", "briefing"} <= listed
        said = await asyncio.gather(
            call(mine, "account_overview", account_id="A001"),
            call(theirs, "account_overview", account_id="A001"),
            call(mine, "ask", question="東都電機の売上と利益は？"),
            call(mine, "account_overview", account="x"),
        )
    assert [one.is_error for one in said] == [False, True, False, True]
    assert "東都電機" in text_of(said[2])


def test_somebody_unknown_cannot_start_it(sample_workspace: Path, run: Run) -> None:
    """And nothing that is no protocol comes out."""
    ended = run("--workspace", sample_workspace, "mcp", "--user", "nobody@inaho.example")
    assert (ended.code != 0, ended.out) == (True, "")
    assert "nobody@inaho.example" in ended.err
