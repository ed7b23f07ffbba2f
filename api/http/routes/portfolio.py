"""All plans together: how they stand, and what people are to be reminded of."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any, Literal

from fastapi import Query
from starlette.responses import JSONResponse, Response

from api.http.auth import Asker
from api.http.routes.answers import AsOf, Spoken, routes
from api.http.schemas import ResultOut, Words
from api.http.schemas_plans import ReminderOut
from api.http.state import Opened
from api.render.json import result_json
from assistant.planning.follow import Told
from crm.scope import today

router = routes("plans")


@router.get(
    "/portfolio",
    response_model=ResultOut,
    summary="How all plans stand",
    operation_id="portfolio",
)
async def portfolio(
    asker: Asker,
    door: Opened,
    view: Annotated[
        Literal["plans", "uncovered", "waiting"],
        Query(
            description="plans: every account's; uncovered: key accounts without one; waiting: "
            "those that wait for approval."
        ),
    ] = "plans",
    owner_id: Annotated[
        Words | None, Query(description="Only the accounts of this person and those below.")
    ] = None,
    team: Annotated[Words | None, Query(description="Only this team's accounts.")] = None,
    limit: Annotated[int, Query(ge=1, le=500, description="Rows at the most.")] = 20,
    as_of: AsOf = None,
) -> Response:
    """The plans of the accounts that the asker may see, as facts."""
    asked: dict[str, Any] = {"view": view, "owner_id": owner_id, "team": team, "limit": limit}
    given = {name: value for name, value in asked.items() if value is not None}
    run = door.assistant.run_tool
    result = await asyncio.to_thread(run, asker, "plan_portfolio", given, as_of)
    return JSONResponse(result_json(result))


@router.get(
    "/reminders",
    response_model=list[ReminderOut],
    summary="What is due",
    operation_id="reminders",
)
async def reminders(
    asker: Asker, door: Opened, as_of: AsOf = None, language: Spoken = None
) -> Response:
    """What is due by the day and not sent yet, of the plans that the asker may see."""
    day = as_of or today(door.workspace.settings)
    found = await asyncio.to_thread(door.workspace.planner.reminders, asker, day, language)
    return JSONResponse([_shown(one) for one in found])


def _shown(one: Told) -> dict[str, Any]:
    return {
        "id": one.reminder.id,
        "plan_id": one.reminder.plan_id,
        "kind": one.reminder.kind,
        "due": one.reminder.due.isoformat(),
        "person_id": one.reminder.person_id,
        "person": one.person,
        "text": one.text,
    }
