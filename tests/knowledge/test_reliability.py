"""Whatever happens to a process, the library holds together, and nobody sees another's passages."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from crm.errors import UnavailableError
from knowledge.registry import Viewer
from tests.knowledge.house import House

ROOT = Path(__file__).resolve().parents[2]
PEOPLE = 25
ACCOUNTS = [f"A{n:03}" for n in range(60)]
TEAMS = ["east", "west", "north"]


def run(module: str, *words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(  # noqa: S603 - our own modules
        [sys.executable, "-m", f"tests.knowledge.{module}", *words],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


# ------------------------------------------------------------------ canaries


def canaries(house: House, documents: int, chance: random.Random) -> dict[str, tuple[str, str]]:
    """Documents each with a word of its own; by word, the account and the audience ("" is all)."""
    found = {}
    for n in range(documents):
        word = f"canary{n:05}x"
        account = chance.choice([*ACCOUNTS, "", "", ""])
        audience = chance.choice(["", "", *TEAMS, f"p{chance.randrange(PEOPLE)}"])
        about = {k: v for k, v in (("account", account), ("audience", audience)) if v}
        house.write(f"{n}.md", f"停滞した案件の合言葉は {word} です。", title="型", **about)
        found[word] = account, audience
    house.library.add(house.folder / "docs")
    return found


def people(chance: random.Random) -> list[tuple[frozenset[str], frozenset[str]]]:
    """The accounts that each may see and the names each goes by."""
    return [
        (
            frozenset(chance.sample(ACCOUNTS, chance.randrange(20))),
            frozenset({f"p{n}", chance.choice(TEAMS), "rep"}),
        )
        for n in range(PEOPLE)
    ]


def assert_no_foreign_canary(folder: Path, documents: int, queries: int) -> None:
    chance = random.Random(5)
    house = House(folder)
    hidden = canaries(house, documents, chance)
    everybody = people(chance)
    seen = 0
    for n in range(queries):
        accounts, names = everybody[n % PEOPLE]
        word = chance.choice(list(hidden))
        for text in (h.passage.text for h in house.hits(word, Viewer(accounts, names), count=5)):
            [found] = [w for w in text.split() if w in hidden]
            account, audience = hidden[found]
            assert not account or account in accounts
            assert not audience or audience in names
            seen += 1
    assert seen > queries  # the test could have found one


def test_no_query_brings_a_foreign_canary(tmp_path: Path) -> None:
    assert_no_foreign_canary(tmp_path, documents=150, queries=200)


@pytest.mark.slow
def test_of_a_thousand_documents_no_query_brings_a_foreign_canary(tmp_path: Path) -> None:
    assert_no_foreign_canary(tmp_path, documents=1000, queries=2000)


# ------------------------------------------------------------------ several processes


def asked(reader: subprocess.Popen[str], question: str) -> list[str]:
    assert reader.stdin is not None
    assert reader.stdout is not None
    reader.stdin.write(question + "\n")
    reader.stdin.flush()
    return [text for text in reader.stdout.readline().strip().split("|") if text]


def test_another_process_sees_what_is_added_and_no_more_what_is_removed(tmp_path: Path) -> None:
    house = House(tmp_path)
    house.library.add(house.write("a.md", "契約を更新する。"))
    with run("reading", str(tmp_path)) as reader:
        assert asked(reader, "更新") == ["契約を更新する。"]
        house.library.add(house.write("b.md", "停滞した案件を立て直す。"))
        assert "停滞した案件を立て直す。" in asked(reader, "停滞")
        begun = time.monotonic()
        house.library.remove("docs/a.md")
        assert asked(reader, "契約を更新する。") == ["停滞した案件を立て直す。"]
        assert time.monotonic() - begun < 1
        assert reader.stdin is not None
        reader.stdin.close()


def test_while_one_process_adds_another_is_refused_and_readers_go_on(tmp_path: Path) -> None:
    house = House(tmp_path)
    docs = house.write("a.md", "契約を更新する。")
    house.library.add(docs)
    for n in range(100):
        house.write(f"{n}.md", f"{n}番目の資料です。")
    with run("adding", str(tmp_path), str(docs)) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "begun\n"
        time.sleep(0.3)
        assert writer.poll() is None
        with pytest.raises(UnavailableError, match="Another process is changing"):
            house.library.add(docs)
        assert house.found("契約を更新する。", count=1) == ["契約を更新する。"]
        assert writer.wait(60) == 0
    assert house.library.counts()[0] == 101


# ------------------------------------------------------------------ kills


def assert_a_kill_is_made_good(folder: Path, points: int) -> None:
    """Kill the adding process at random moments; what is left holds together and is completed."""
    chance = random.Random(7)
    whole = folder / "whole"
    whole.mkdir()
    docs = House(whole).write("0.md", "停滞した案件を立て直す。")
    for n in range(1, 40):
        sections = "\n\n".join(f"## 節{k}\n\n{n}番の資料の{k}節です。" for k in range(3))
        (docs / f"{n}.md").write_text(sections, encoding="utf-8")
    begun = time.monotonic()
    House(whole).library.add(docs)
    expected = sorted(House(whole).index.ids(House(whole).registry.identity()))
    usual = time.monotonic() - begun + 40 * 0.02
    for point in range(points):
        place = folder / str(point)
        place.mkdir()
        with run("adding", str(place), str(docs)) as writer:
            assert writer.stdout is not None
            writer.stdout.readline()
            time.sleep(chance.random() * usual)
            writer.send_signal(signal.SIGKILL)
        house = House(place)
        left = house.library.stats()
        assert (left.fault, left.missing or 0) == (None, 0)
        house.library.add(docs)
        done = house.library.stats()
        assert (done.documents, done.missing, done.orphans) == (40, 0, 0)
        assert sorted(house.index.ids(house.registry.identity())) == expected
        assert house.found("停滞した案件を立て直す。", count=1) == ["停滞した案件を立て直す。"]


def test_a_killed_process_leaves_a_library_that_is_completed_by_adding_again(
    tmp_path: Path,
) -> None:
    assert_a_kill_is_made_good(tmp_path, points=2)


@pytest.mark.slow
def test_fifty_kills_at_random_moments_are_made_good(tmp_path: Path) -> None:
    assert_a_kill_is_made_good(tmp_path, points=50)
