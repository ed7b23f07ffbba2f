"""What an import keeps for a while is gone when it ends, and after a kill when the next begins."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest

from crm.scratch import scratch


@pytest.fixture(autouse=True)
def own_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where temporary folders are made."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def left_by_a_kill(place: Path, name: str) -> Path:
    """What a killed process leaves: its folder, with a mark that nobody holds."""
    folder = place / name
    folder.mkdir()
    for file in ("in-use", "staging.duckdb"):
        (folder / file).write_text("")
    return folder


def test_a_folder_is_gone_when_it_is_done_with(own_place: Path) -> None:
    with scratch("import") as folder:
        (folder / "staging.duckdb").write_text("")
    assert not list(own_place.iterdir())


def test_what_a_killed_process_left_is_removed_by_the_next(own_place: Path) -> None:
    dead = left_by_a_kill(own_place, "tagayasu-import-dead")
    with scratch("import") as folder:
        assert not dead.exists()
        assert folder.exists()


def test_what_another_still_uses_or_what_is_not_ours_stays(own_place: Path) -> None:
    other, foreign = left_by_a_kill(own_place, "tagayasu-forget-x"), own_place / "tagayasu-import-y"
    foreign.mkdir()
    with scratch("import") as first, scratch("import") as second:
        assert first.exists()
        assert second.exists()
        assert other.exists()
        assert foreign.exists()
