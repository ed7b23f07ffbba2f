"""A plan's history and its life: versions, undo, decisions bound to what was read, reviews."""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import Path, Query
from starlette.responses import JSONResponse, Response

from api.http.auth import Asker, Writer
from api.http.etags import IfMatch, read_version
from api.http.routes.answers import NOT_THERE, AsOf, PlanId, Spoken, refusals, routes
from api.http.routes.plan_answers import STALE, answered, plan_of
from api.http.routes.plans import CREATED, SAVED
from api.http.schemas import ResultOut
from api.http.schemas_plans import (
    DiffOut,
    HistoryOut,
    MoveIn,
    MovesOut,
    PlanOut,
    ReviewIn,
    VersionOut,
)
from api.http.state import Opened
from api.render.json import result_json
from api.render.plan_json import changes_json, event_json, saved_json
from crm.errors import InputError
from plans.life import approvers
from plans.stored import Stored

router = routes("plans")
_Number = Annotated[int, Path(ge=1, le=1_000_000, description="The version's number.")]
_Version = Annotated[int | None, Query(ge=1, le=1_000_000, description="Without it as is usual.")]


@router.post(
    "/plans/{plan_id}/undo",
    response_model=PlanOut,
    summary="Take the last version back",
    operation_id="undoPlan",
    responses={**SAVED, **STALE, **NOT_THERE},
)
async def undo_plan(
    plan_id: PlanId, writer: Writer, door: Opened, if_match: IfMatch = None
) -> Response:
    """The plan as it was before, as a new version; undone twice, it is back."""

    def undo() -> Stored:
        stored = plan_of(door, writer, plan_id)
        base = read_version(if_match, stored)
        return door.workspace.planner.undo(writer, stored.plan_id, base)

    return await answered(undo)


@router.get(
    "/plans/{plan_id}/diff",
    response_model=DiffOut,
    summary="Compare two versions",
    operation_id="diffPlan",
    responses=NOT_THERE,
)
async def diff_plan(
    plan_id: PlanId,
    asker: Asker,
    door: Opened,
    before: _Version = None,
    after: _Version = None,
    language: Spoken = None,
) -> Response:
    """What lies between them, a line for each change; without numbers, what changed last."""
    stored = await asyncio.to_thread(plan_of, door, asker, plan_id)
    last = after or stored.version
    first = before or max(last - 1, 1)
    old, new, changes = await asyncio.to_thread(
        door.workspace.planner.changes, asker, stored.plan_id, first, last
    )
    told = changes_json(changes, old, new, language or new.head.language)
    return JSONResponse({"before": first, "after": last, "changes": told})


@router.get(
    "/plans/{plan_id}/history",
    response_model=HistoryOut,
    summary="Versions and decisions",
    operation_id="planHistory",
    responses=NOT_THERE,
)
async def plan_history(plan_id: PlanId, asker: Asker, door: Opened) -> Response:
    """Every version and every move, from the first on: by whom, when and why."""
    stored = await asyncio.to_thread(plan_of, door, asker, plan_id)
    versions, events = await asyncio.to_thread(door.workspace.planner.history, stored)
    told = {
        "versions": [saved_json(one) for one in versions],
        "events": [event_json(one) for one in events],
    }
    return JSONResponse(told)


@router.get(
    "/plans/{plan_id}/versions/{number}",
    response_model=VersionOut,
    summary="Read a version",
    operation_id="readVersion",
    responses=NOT_THERE,
)
async def read_version_(plan_id: PlanId, number: _Number, asker: Asker, door: Opened) -> Response:
    """A version with its content, as it was saved."""
    stored = await asyncio.to_thread(plan_of, door, asker, plan_id)
    found = await asyncio.to_thread(door.workspace.planner.version, stored, number)
    return JSONResponse({**saved_json(found), "plan": found.plan.model_dump(mode="json")})


@router.get(
    "/plans/{plan_id}/moves",
    response_model=MovesOut,
    summary="What you may decide",
    operation_id="planMoves",
    responses=NOT_THERE,
)
async def plan_moves(plan_id: PlanId, asker: Asker, door: Opened) -> Response:
    """The states into which the asker may move the plan now, and who approves it."""
    planner = door.workspace.planner
    stored = await asyncio.to_thread(plan_of, door, asker, plan_id)
    to = await asyncio.to_thread(planner.moves, asker, stored)
    directory = await asyncio.to_thread(planner.directory)
    told = {
        "state": stored.state,
        "version": stored.version,
        "to": list(to),
        "approvers": [person.person_id for person in approvers(stored.plan, directory)],
    }
    return JSONResponse(told)


@router.post(
    "/plans/{plan_id}/moves",
    response_model=PlanOut,
    summary="Submit, approve, send back, start or close",
    operation_id="movePlan",
    responses={
        **SAVED,
        **STALE,
        **refusals(404, 415, s409="The plan cannot make this move, or the version is outdated."),
    },
)
async def move_plan(plan_id: PlanId, decided: MoveIn, writer: Writer, door: Opened) -> Response:
    """A decision on exactly the version that was read: 409 when the plan says something else by
    now. Who may decide follows from the plan's owner and their managers.
    """
    closing = decided.to == "closed"
    if closing != (decided.outcome is not None) or closing != (decided.lessons is not None):
        raise InputError(
            "A plan is closed with its `outcome` and `lessons`, and only then.",
            "Give both to close it, and neither otherwise.",
        )

    def move() -> Stored:
        planner, stored = door.workspace.planner, plan_of(door, writer, plan_id)
        if decided.outcome is not None and decided.lessons is not None:
            return planner.close(
                writer, stored.plan_id, decided.outcome, decided.lessons, decided.version
            )
        return planner.move(writer, stored.plan_id, decided.to, decided.comment, decided.version)

    return await answered(move)


@router.post(
    "/plans/{plan_id}/reviews",
    status_code=201,
    response_model=PlanOut,
    summary="Record a review",
    operation_id="reviewPlan",
    responses={**CREATED, **STALE, **refusals(404, 415)},
)
async def review_plan(plan_id: PlanId, said: ReviewIn, writer: Writer, door: Opened) -> Response:
    """What was seen and decided, with the figures of its day; no approval ends by it."""

    def review() -> Stored:
        stored = plan_of(door, writer, plan_id)
        return door.workspace.planner.review(
            writer, stored.plan_id, said.summary, said.decisions, said.held_on
        )

    return await answered(review, 201)


@router.get(
    "/plans/{plan_id}/status",
    response_model=ResultOut,
    summary="How a plan goes",
    operation_id="planStatus",
    responses=NOT_THERE,
)
async def plan_status(plan_id: PlanId, asker: Asker, door: Opened, as_of: AsOf = None) -> Response:
    """Goals, KPIs, actions and reviews against what was planned, as facts."""

    def asked() -> Response:
        stored = plan_of(door, asker, plan_id)
        given = {"account_id": stored.account_id, "plan_id": stored.plan_id}
        result = door.assistant.run_tool(asker, "plan_status", given, as_of)
        return JSONResponse(result_json(result))

    return await asyncio.to_thread(asked)
