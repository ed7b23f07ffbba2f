"""Plans: listed, drawn up, read, checked and changed; nobody overwrites what they have not read."""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import Query
from starlette.responses import JSONResponse, Response

from api.http.auth import Asker, Writer
from api.http.etags import IfMatch, IfNoneMatch, is_known, read_version, tag_of
from api.http.paging import Cursor, Limit, Listing, Page
from api.http.routes.answers import NOT_THERE, AsOf, PlanId, Responses, links, refusals, routes
from api.http.routes.plan_answers import STALE, answered, plan_of, shown
from api.http.schemas import Words
from api.http.schemas_plans import (
    CheckedOut,
    DraftIn,
    PatchIn,
    PlanHeadOut,
    PlanIn,
    PlanOut,
    QuestionsOut,
)
from api.http.state import Opened
from api.render.plan_json import checked_json, gap_json, head_json
from plans.changes import apply
from plans.model import State
from plans.stored import Listed, Stored

router = routes("plans")
TAGGED = {"ETag": {"description": "Names this version.", "schema": {"type": "string"}}}
LINKS = links(
    "plan_id",
    readPlan="plan_id",
    savePlan="plan_id",
    changePlan="plan_id",
    checkPlan="plan_id",
    planQuestions="plan_id",
    undoPlan="plan_id",
    diffPlan="plan_id",
    planHistory="plan_id",
    planMoves="plan_id",
    movePlan="plan_id",
    reviewPlan="plan_id",
    planStatus="plan_id",
    exportPlan="plan_id",
)
"""What can be done with a plan that was answered."""
CREATED: Responses = {
    201: {
        "description": "It was made.",
        "headers": {
            **TAGGED,
            "Location": {"description": "Where it is.", "schema": {"type": "string"}},
        },
        "links": LINKS,
    }
}
SAVED: Responses = {
    200: {"description": "The plan as it stands now.", "headers": TAGGED, "links": LINKS}
}


@router.get(
    "/plans",
    response_model=Page[PlanHeadOut],
    summary="List plans",
    operation_id="listPlans",
    responses=NOT_THERE,
)
async def list_plans(
    asker: Asker,
    door: Opened,
    account_id: Annotated[Words | None, Query(description="Only those of this account.")] = None,
    state: Annotated[State | None, Query(description="Only those in this state.")] = None,
    owner_id: Annotated[Words | None, Query(description="Only those of this owner.")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response:
    """The plans of the accounts that the asker may see, the last changed first."""
    found = await asyncio.to_thread(door.workspace.planner.all, asker, account_id)
    wanted = [
        one
        for one in found
        if (state is None or one.state == state) and (owner_id is None or one.owner_id == owner_id)
    ]
    return _PLANS.among(wanted, limit, cursor, last_first=True)


_PLANS: Listing[Listed] = Listing(
    "plans", 2, lambda one: (one.updated_at.isoformat(), one.plan_id), head_json
)


@router.post(
    "/plans",
    status_code=201,
    response_model=PlanOut,
    summary="Draw up a plan",
    operation_id="draftPlan",
    responses={**CREATED, **refusals(404, 415)},
)
async def draft_plan(asked: DraftIn, writer: Writer, door: Opened) -> Response:
    """A first plan for an account: the data fill what they know, and the rest is asked for."""
    stored = await asyncio.to_thread(
        door.workspace.planner.draft,
        writer,
        asked.account_id,
        period=asked.period,
        language=asked.language,
        as_of=asked.as_of,
    )
    return shown(stored, 201)


@router.get(
    "/plans/{plan_id}",
    response_model=PlanOut,
    summary="Read a plan",
    operation_id="readPlan",
    responses={
        200: {"description": "The plan.", "headers": TAGGED, "links": LINKS},
        304: {"description": "It is as you have it.", "headers": TAGGED},
        **NOT_THERE,
    },
)
async def read_plan(
    plan_id: PlanId, asker: Asker, door: Opened, if_none_match: IfNoneMatch = None
) -> Response:
    """All of it as JSON. Its `ETag` is what a change sends in `If-Match`."""
    stored = await asyncio.to_thread(plan_of, door, asker, plan_id)
    if is_known(if_none_match, stored):
        return Response(status_code=304, headers={"ETag": tag_of(stored)})
    return shown(stored)


@router.put(
    "/plans/{plan_id}",
    response_model=PlanOut,
    summary="Save a plan",
    operation_id="savePlan",
    responses={**SAVED, **STALE, **refusals(404, 415)},
)
async def save_plan(
    plan_id: PlanId, given: PlanIn, writer: Writer, door: Opened, if_match: IfMatch = None
) -> Response:
    """The whole plan as the next version. Other content than was approved ends the approval."""

    def save() -> Stored:
        stored = plan_of(door, writer, plan_id)
        base = read_version(if_match, stored)
        return door.workspace.planner.save(writer, stored, given.plan, given.reason, base=base)

    return await answered(save)


@router.patch(
    "/plans/{plan_id}",
    response_model=PlanOut,
    summary="Change places of a plan",
    operation_id="changePlan",
    responses={**SAVED, **STALE, **refusals(404, 415)},
)
async def change_plan(
    plan_id: PlanId, given: PatchIn, writer: Writer, door: Opened, if_match: IfMatch = None
) -> Response:
    """Only what is named changes, and only where it still stands as it was read: else 409."""

    def change() -> Stored:
        planner = door.workspace.planner
        stored = plan_of(door, writer, plan_id)
        base = read_version(if_match, stored)
        plan = apply(planner.version(stored, base).plan, given.changes)
        return planner.save(writer, stored, plan, given.reason, base=base)

    return await answered(change)


@router.get(
    "/plans/{plan_id}/check",
    response_model=CheckedOut,
    summary="Check a plan",
    operation_id="checkPlan",
    responses=NOT_THERE,
)
async def check_plan(plan_id: PlanId, asker: Asker, door: Opened, as_of: AsOf = None) -> Response:
    """Its score from 0 to 100, how far each check is fulfilled, and every gap."""
    stored = await asyncio.to_thread(plan_of, door, asker, plan_id)
    checked = await asyncio.to_thread(door.workspace.planner.checked, stored, as_of)
    return JSONResponse(checked_json(checked))


@router.get(
    "/plans/{plan_id}/questions",
    response_model=QuestionsOut,
    summary="What to ask for next",
    operation_id="planQuestions",
    responses=NOT_THERE,
)
async def plan_questions(
    plan_id: PlanId,
    asker: Asker,
    door: Opened,
    limit: Annotated[int, Query(ge=1, le=50, description="Questions at the most.")] = 3,
) -> Response:
    """The questions whose answers are worth most; a person is asked three at once at the most."""
    stored = await asyncio.to_thread(plan_of, door, asker, plan_id)
    checked = await asyncio.to_thread(door.workspace.planner.checked, stored)
    questions = [gap_json(gap) for gap in checked.gaps[:limit]]
    return JSONResponse({"questions": questions, "open": len(checked.gaps)})
