"""No operation of the HTTP door tells anybody of what is not theirs, however it is asked."""

from __future__ import annotations

import io
import json
import logging
import re
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import replace
from random import Random
from typing import Any

import pytest
import structlog

from api import logs
from crm.scope import today
from tests.doors.api import Api, Forger, Operation, Request, encoded, meaning, opened, operations
from tests.doors.canaries import account_key, canary, ids_in, thread_key
from tests.doors.hostile import Attacker
from tests.doors.house import House
from tests.doors.sinks import of_json

EVERYTHING = ("/",)
FEW = {"U06": EVERYTHING, "U02": ("/v1/admin", "/v1/imports", "/v1/feedback")}
"""A rep at all operations, and an administrator at those which are for them alone."""
_CHANGING = re.compile(rb"(?im)^(?:x-request-id|date|content-length|etag|ratelimit[^:]*): .*$")
_LOG_ID = re.compile(rb'"(?:log_id|id|request_id|instance)":\s*"[^"]*"')


@pytest.fixture
async def api(own_house: House, unprepared: None) -> AsyncIterator[Api]:
    async with opened(own_house) as api:
        yield api


async def speak(api: Api, person: str) -> dict[str, Any]:
    """Let a person ask something that only they may ever read again."""
    text = f"値引きの進め方を教えて {canary(thread_key(person))}"
    body = of_json({"text": text, "thread": f"talk-{person}"})
    said = await api.sent(person, Request("POST", "/v1/ask", _STREAMED, body))
    assert said.status == 200, said.content[:500]
    events = [line[6:] for line in said.response.text.splitlines() if line.startswith("data: ")]
    answer: dict[str, Any] = json.loads(events[-1])["answer"]
    return answer | {"turn": said.response.headers["X-Tagayasu-Turn"]}


CALCULATED = frozenset({"/v1/portfolio", "/v1/attention"})
"""Lists that name nothing which their readers have made, and take their time to work out."""


async def plan_a_meeting(api: Api, person: str) -> None:
    """Let a person send a calendar that only they may ever read again."""
    event = {
        "DTSTART": "20261001T010000Z", "DTEND": "20261001T020000Z", "UID": person,
        "SUMMARY": f"東都電機 {canary(thread_key(person))}",
    }  # fmt: skip
    lines = [f"{name}:{value}" for name, value in event.items()]
    content = "\r\n".join(["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-", "BEGIN:VEVENT", *lines,
                           "END:VEVENT", "END:VCALENDAR", ""])  # fmt: skip
    body, headers = encoded("multipart/form-data", {"calendar": content})
    said = await api.sent(person, Request("PUT", "/v1/me/calendar", headers, body))
    assert said.status == 200, said.content[:500]


_STREAMED = {"Content-Type": "application/json", "Accept": "text/event-stream"}


async def made_by(api: Api, person: str) -> dict[str, list[str]]:
    """The ids that a person's own lists and answers name, by what they are of."""
    found: dict[str, set[str]] = defaultdict(set)
    await plan_a_meeting(api, person)
    for operation in operations(api.app):
        if operation.method != "get" or "{" in operation.path or operation.path in CALCULATED:
            continue
        said = await api.sent(person, Request("GET", operation.path))
        if "json" in said.response.headers.get("content-type", ""):
            of = operation.path.rpartition("/")[2].removesuffix("s")
            _collect(said.response.json(), of, found)
    spoken = await speak(api, person)
    _send_calendar(api, person)
    for name in ("id", "thread", "turn"):
        if spoken.get(name):
            found[{"id": "answer_id"}.get(name, name)].add(str(spoken[name]))
    found["tool_id"] |= {tool.name for tool in api.house.workspace.desk.catalog}
    found["model"] |= found["model_id"]
    found["thread_id"] |= found["thread"]
    found["turn_id"] |= found["turn"]
    known = api.house
    seen = known.company.seen_by[person]
    found["plan_id"] |= {p for a, p in known.plans.items() if account_key(a) in seen}
    found["passage_id"] |= {p for p, key in known.passages.items() if key in seen}
    return {name: sorted(values) for name, values in found.items()}


def _send_calendar(api: Api, person: str) -> None:
    """Let a person have a calendar whose titles only they may read."""
    workspace = api.house.workspace
    title = f"SUMMARY:{canary(thread_key(person))}"
    lines = ("BEGIN:VCALENDAR", "BEGIN:VEVENT", "UID:1", "DTSTART:20261001", title)
    content = "\r\n".join((*lines, "END:VEVENT", "END:VCALENDAR", "")).encode()
    who = workspace.desk.directory().by_email(api.house.company.mail(person))
    workspace.calendars.keep(who, content, today(workspace.settings))


def _collect(value: Any, of: str, found: dict[str, set[str]]) -> None:
    """The ids in an answer about things of a kind."""
    if isinstance(value, dict):
        for name, part in value.items():
            if isinstance(part, str) and (name == "id" or name.endswith(("_id", "thread"))):
                found[f"{of}_id" if name == "id" else name].add(part)
            _collect(part, of, found)
    if isinstance(value, list):
        for part in value:
            _collect(part, of, found)


async def attacked(
    api: Api,
    person: str,
    places: tuple[str, ...],
    stolen: dict[str, list[str]],
    calls: int,
    seed: int,
) -> tuple[list[str], Counter[tuple[str, int]]]:
    """Ask every operation there as a person; what leaked, and how often each gave which status.

    The ids that somebody has written here before may be read again by them: a conversation is
    called after its first words.
    """
    attacker = Attacker(api.house, person, Random(f"{seed}:{person}"))
    forger = Forger(attacker, stolen, own=await made_by(api, person))
    leaks: list[str] = []
    written: set[bytes] = set()
    statuses: Counter[tuple[str, int]] = Counter()
    for operation in operations(api.app):
        spared = operation.name in SPARED and is_admin(api, person)
        if spared or not operation.path.startswith(places):
            continue
        for request in requests(forger, operation, calls):
            if request.method != "GET":
                written |= ids_in(request.asked)
            said = await api.sent(person, request)
            statuses[operation.name, said.status] += 1
            asked = b" ".join([request.asked, *written])
            foreign = api.house.company.foreign(person, said.content, asked)
            if is_admin(api, person) and operation.path.startswith("/v1/admin"):
                foreign = {k: at for k, at in foreign.items() if not k.startswith("thread:")}
            leaks += [f"{person} {request}: {key} {at!r}" for key, at in foreign.items()]
            if said.status >= 500 and said.status != 503:
                leaks.append(f"{person} {request}: {said.status} {said.content[-300:]!r}")
    return leaks, statuses


def requests(forger: Forger, operation: Operation, calls: int) -> Iterator[Request]:
    """One that fits the operation, hostile ones, and where it reads the plainest there is."""
    fitting = forger.request(operation, hostile=False)
    yield fitting
    for _ in range(calls - 1):
        yield forger.request(operation)
    if operation.method == "get" and "?" in fitting.url:
        yield replace(fitting, url=fitting.url.partition("?")[0])


def is_admin(api: Api, person: str) -> bool:
    return str(api.house.company.people.loc[person, "role"]) == "admin"


SPARED: frozenset[str] = frozenset(
    {
        "POST /v1/admin/erasures",
        "POST /v1/admin/forget",
        "POST /v1/imports",
    }
)
"""What an admin may do to the whole company, and would spoil the canaries with."""


UNMADE = frozenset({"GET /v1/imports/{import_id}"})
"""What there is nothing of to be read here: an import would put others in the canaries' place."""


async def proved(
    api: Api, people: Mapping[str, tuple[str, ...]], victims: Sequence[str], calls: int, seed: int
) -> int:
    """Everybody attacks the operations of their places, with the ids of what the victims made."""
    made: dict[str, list[str]] = defaultdict(list)
    for victim in victims:
        for name, values in (await made_by(api, victim)).items():
            made[name] += values
    total: Counter[tuple[str, int]] = Counter()
    for person, places in people.items():
        api.renew(person)
        leaks, statuses = await attacked(api, person, places, dict(made), calls, seed)
        assert not leaks, "\n".join(leaks[:20])
        total += statuses
    named = {name for name, _status in total}
    assert named >= {o.name for o in operations(api.app)} - SPARED
    answered = {name for name, status in total if status < 300}
    unread = {o.name for o in operations(api.app) if o.method == "get"} - answered - UNMADE
    assert not unread, f"never answered, so nothing is proved of them: {unread}"
    return sum(total.values())


@pytest.fixture
def logged() -> Iterator[io.StringIO]:
    """What the server logs, every level of it."""
    stream, root = io.StringIO(), logging.getLogger()
    before, level = root.handlers[:], root.level
    logs.configure(logging.DEBUG, stream)
    yield stream
    root.handlers[:] = before
    root.setLevel(level)
    structlog.reset_defaults()


async def test_no_operation_tells_somebody_of_what_is_not_theirs(
    api: Api, logged: io.StringIO
) -> None:
    await proved(api, FEW, ["U13"], 2, seed=1)
    told = api.house.company.found_in(logged.getvalue().encode())
    assert not told, f"the log tells of {told}"


@pytest.mark.slow
async def test_ten_thousand_hostile_requests_by_everybody_let_nothing_out(
    api: Api, logged: io.StringIO
) -> None:
    people = dict.fromkeys(api.house.company.people.index, EVERYTHING)
    each = 10_000 // (len(people) * len(operations(api.app))) + 1
    assert await proved(api, people, ["U13", "U11", "U01"], each, seed=2) >= 10_000
    assert not api.house.company.found_in(logged.getvalue().encode())


async def test_what_is_hidden_and_what_does_not_exist_answer_alike(api: Api) -> None:
    person = "U06"
    stolen = await made_by(api, "U13")
    forger = Forger(Attacker(api.house, person, Random(3)), stolen)
    differing = []
    for operation in operations(api.app):
        if operation.path.startswith(("/v1/tools", "/v1/models")):
            continue  # their names are nobody's secret
        for name in re.findall(r"\{(\w+)\}", operation.path):
            for hidden in ids_of_others(forger, meaning(operation.path, name))[:3]:
                differing += await differences(api, person, operation, name, hidden)
    assert not differing, "\n".join(differing)


def ids_of_others(forger: Forger, name: str) -> list[str]:
    kinds = {"account_id": "account", "plan_id": "plan", "passage_id": "passage"}
    if kind := kinds.get(name):
        return forger.attacker.hidden[kind]
    return forger.stolen.get(name, [])


async def differences(
    api: Api, person: str, operation: Operation, name: str, hidden: str
) -> list[str]:
    """How the answers differ for an id of somebody else's and one that nobody has."""
    nothing = "".join(chr(97 + (ord(c) + 7) % 6) if c in "0123456789abcdef" else c for c in hidden)
    nothing = "A999" if re.fullmatch(r"A[0-9]{3}", hidden) else nothing
    shown = []
    for value in (hidden, nothing):
        forger = Forger(Attacker(api.house, person, Random(4)))
        like = forger.request(operation, hostile=False)
        path = re.sub(r"\{\w+\}", "1", operation.path.replace("{" + name + "}", value))
        query = like.url.partition("?")[2]
        request = replace(like, url=f"{path}?{query}")
        said = await api.sent(person, request)
        content = _LOG_ID.sub(b"", _CHANGING.sub(b"", said.content)).replace(value.encode(), b"?")
        shown.append((said.status, content))
    if shown[0] == shown[1]:
        return []
    return [f"{operation.name} {name}={hidden}: {shown[0]!r:.400} / {nothing}: {shown[1]!r:.400}"]
