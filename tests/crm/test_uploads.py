"""What is sent stays in its folder, and what could blow up is refused before it does."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from crm.errors import InputError
from crm.uploads import Sent, unpack


def sent(name: str, content: bytes = b"a,b\n1,2\n") -> Sent:
    return Sent(name, io.BytesIO(content))


def archive(*members: tuple[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as found:
        for name, content in members:
            found.writestr(name, content)
    return packed.getvalue()


def test_files_and_archives_come_together(tmp_path: Path) -> None:
    packed = archive(("顧客.csv", b"x"), ("部/案件.csv", b"y"))
    found = unpack([sent("a.csv"), sent("all.zip", packed)], tmp_path / "in")
    assert found == ["a.csv", "部/案件.csv", "顧客.csv"]
    assert (tmp_path / "in" / "部" / "案件.csv").read_bytes() == b"y"


def test_an_archive_of_one_folder_gives_what_is_in_it(tmp_path: Path) -> None:
    packed = archive(
        ("data/a.csv", b"x"), ("data/b/c.csv", b"y"), ("__MACOSX/data/._a.csv", b"z"),
        ("data/.DS_Store", b"z"),
    )  # fmt: skip
    assert unpack([sent("data.zip", packed)], tmp_path / "in") == ["a.csv", "b/c.csv"]


def test_a_name_that_windows_packed_in_japanese_is_read(tmp_path: Path) -> None:
    info = zipfile.ZipInfo("x.csv")
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as found:
        found.writestr(info, b"x")
    raw = packed.getvalue().replace(b"x.csv", "顧客".encode("cp932") + b".")  # five bytes as well
    assert unpack([sent("a.zip", raw)], tmp_path / "in") == ["顧客."]


@pytest.mark.parametrize(
    "name", ["../out.csv", "/etc/out.csv", "..\\out.csv", "a/../../out.csv", ".hidden", "a\x01.csv"]
)
def test_nothing_leaves_the_folder(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError):
        unpack([sent("a.zip", archive((name, b"x")))], tmp_path / "in" / "deep")
    assert not list(tmp_path.rglob("out.csv"))


def test_a_path_in_a_name_is_left_out_of_it(tmp_path: Path) -> None:
    assert unpack([sent("C:\\data\\a.csv")], tmp_path / "in") == ["a.csv"]


@pytest.mark.parametrize(
    "content",
    [
        archive(("a.csv", b"0" * 30_000_000)),
        archive(*((f"{n}.csv", b"") for n in range(1_001))),
        b"no archive",
        archive(("a.csv", b"x" * 4000))[:-40],
    ],
    ids=["bomb", "a thousand files", "no archive", "cut off"],
)
def test_bombs_and_damaged_archives_are_refused(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(InputError):
        unpack([sent("a.zip", content)], tmp_path / "in")


def test_several_archives_together_unpack_to_no_more_than_one_may(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("crm.uploads.MAX_UNPACKED", 3000)
    archives = [sent(f"{n}.zip", archive((f"{n}.csv", b"x" * 2000))) for n in range(2)]
    with pytest.raises(InputError, match="too much"):
        unpack(archives, tmp_path / "in")


def test_a_file_sent_twice_and_nothing_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="twice"):
        unpack([sent("a.csv"), sent("a.csv")], tmp_path / "in")
    with pytest.raises(InputError, match="Nothing"):
        unpack([], tmp_path / "other")
