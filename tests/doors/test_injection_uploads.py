"""What somebody sends in, as a document or as a plan, brings no foreign address out of a door."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import cycle, islice
from typing import Any

import httpx
import pytest

from tests.assistant.conversations import limited
from tests.doors.asking import DOORS, Open, Texts, followed, opened
from tests.doors.obedient import Obedient
from tests.doors.offences import OFFENCES, VECTORS, poisoned
from tests.doors.poison import Poisoned, code, with_plan
from tests.doors.sinks import strings_of
from tests.doors.test_injection import in_document
from tests.doors.test_injection_rows import EXECUTIVE, USER
from tests.scripted_model import ScriptedModel

pytestmark = [
    pytest.mark.usefixtures("unprepared"),
    pytest.mark.skipif(not VECTORS.is_dir(), reason=f"{VECTORS} is absent."),
]
ACCOUNT = "A001"


def texts_of(said: httpx.Response) -> Texts:
    """The texts of a JSON response, and its Markdown where it has some."""
    body = said.json()
    shown: Texts = [("plain", text) for text in strings_of(body)]
    return shown + [("markdown", body[name]) for name in ("text", "markdown") if body.get(name)]


def document(number: int, offence: str) -> dict[str, Any]:
    """A document with an order in its text, its heading, its title and what is said of it."""
    order = next(islice(poisoned(number + 1), number, None))
    name = code(number, "sent")
    text = f"# {name} {offence}\n\n{name} についての記録。 {name} 。\n\n{order}\n\n{offence}\n"
    plain = " ".join("".join(c for c in offence if c.isprintable()).split())[:150]
    return {
        "files": {"document": (f"www.evil.com {name}.md", text.encode())},
        "data": {"title": f"{name} {plain}", "industry": plain, "stage": plain},
    }


async def sent(door: Open, number: int, offence: str) -> list[str]:
    """What gets out of a document that was sent, where it is searched, read and answered from.

    What its sender said of it (its title) is a field of the document's resource, as they said it.
    """
    said = await door.client.post("/v1/documents", **document(number, offence))
    assert said.status_code == 201, said.text
    search = await door.client.post("/v1/knowledge/search", json={"question": code(number, "sent")})
    assert code(number, "sent") in search.text
    passages = [subject.partition(":")[2] for subject in search.json()["table"]["subjects"]]
    assert passages
    read = [await door.client.get(f"/v1/passages/{passage}") for passage in passages]
    return [address for one in (search, *read) for address in followed(texts_of(one))]


async def told(door: Open, number: int, offence: str, name: str) -> list[str]:
    """What an obedient model that looks the document up brings out of that door."""
    obedient = Obedient(code(number, "sent"))
    obedient.offence = offence
    door.workspace.provider.script[:] = [obedient]  # type: ignore[union-attr]
    question = f"{code(number, 'sent')} の内容を教えて"
    return followed(await DOORS[name](door, question, f"{name}-{number}"))


async def uploaded(poison: Poisoned, numbers: Iterable[int]) -> list[str]:
    """Send a document of each of these offences in, and read it at every route and one door."""
    workspace, found = poison.workspace, []
    workspace.model, workspace.provider = "test:obedient", ScriptedModel(script=[])
    limited(workspace, retries=0)
    async with opened(workspace, EXECUTIVE, USER) as door:
        for number, name in zip(numbers, cycle(DOORS), strict=False):
            offence = OFFENCES[number]
            out = [*await sent(door, number, offence), *await told(door, number, offence, name)]
            found += [f"{number} {offence!r} {name}: {address}" for address in out]
    return found


async def test_a_document_that_was_sent_brings_no_address_out(own_poison: Poisoned) -> None:
    found = await uploaded(own_poison, range(0, len(OFFENCES), 10))
    assert not found, "\n".join(found[:40])


@pytest.mark.slow
async def test_no_document_that_was_sent_brings_an_address_out(own_poison: Poisoned) -> None:
    found = await uploaded(own_poison, range(len(OFFENCES)))
    assert not found, "\n".join(found[:40])


async def taken_over(poison: Poisoned, numbers: Iterable[int], kinds: Iterable[str]) -> list[str]:
    """What gets out of plans full of offences that went out as documents and came back as plans.

    A plan's resource (JSON) holds it as it was written; what shows it holds no address.
    """
    workspace, found = poison.workspace, []
    async with opened(workspace, EXECUTIVE, USER) as door:
        for number in numbers:
            plan = with_plan(workspace.planner, number).plan_id
            for kind in kinds:
                out = await door.client.get(f"/v1/plans/{plan}/export?format={kind}")
                assert out.status_code == 200, out.text
                said = await door.client.post(
                    "/v1/plan-imports",
                    files={"document": (f"plan.{kind}", out.content)},
                    data={"account_id": ACCOUNT, "dry_run": "false"},
                )
                assert said.status_code == 201, said.text
                back = await read_back(door, said.headers["location"])
                found += [f"{number} {kind}: {address}" for address in back]
    return found


async def read_back(door: Open, place: str) -> list[str]:
    """What the plan that came of an import shows, in Markdown and in documents."""
    found = followed([("markdown", (await door.client.get(f"{place}/export?format=md")).text)])
    for kind in ("docx", "html"):
        out = await door.client.get(f"{place}/export?format={kind}")
        found += in_document(out.content, kind)
    return found


async def test_a_plan_that_comes_back_brings_no_address_out(own_poison: Poisoned) -> None:
    found = await taken_over(own_poison, [0], ["md"])
    assert not found, "\n".join(found[:40])


@pytest.mark.slow
async def test_no_plan_that_comes_back_brings_an_address_out(own_poison: Poisoned) -> None:
    kinds = ("md", "docx", "xlsx", "pptx")
    found = await taken_over(own_poison, range(0, len(OFFENCES), 5), kinds)
    assert not found, "\n".join(found[:40])
