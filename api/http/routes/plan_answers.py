"""What the routes of plans share: a plan by its whole id, its answer, and what others changed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial

from starlette.responses import JSONResponse, Response

from api.http.etags import ChangedError, UnconditionalError, tag_of
from api.http.problems import MEDIA_TYPE, problem, response
from api.http.routes.answers import SCHEMA, Responses, refusals
from api.http.state import Door
from api.render.plan_json import changes_json, plan_json
from crm.errors import NotFoundError
from crm.scope import Principal
from plans.stored import StaleError, Stored

STALE: Responses = {
    412: {
        "description": "Others have changed it since; what they changed is told.",
        "content": {
            MEDIA_TYPE: {"schema": {"anyOf": [SCHEMA, {"$ref": "#/components/schemas/OthersOut"}]}}
        },
    },
    **refusals(428),
}
"""What a change answers that was made of another version than the present one."""


def plan_of(door: Door, who: Principal, plan_id: str) -> Stored:
    """The plan of that id and no other; NotFoundError when they cannot see it."""
    planner = door.workspace.planner
    found = next((one for one in planner.all(who) if one.plan_id == plan_id), None)
    if found is None:
        raise NotFoundError("There is no such plan that you can see.", "List the plans.")
    return planner.get(who, found.plan_id)


async def answered(change: Callable[[], Stored], status: int = 200) -> Response:
    """The plan after a change, or why it was not made: 412 or 428."""
    try:
        stored = await asyncio.to_thread(change)
    except StaleError as error:
        return await asyncio.to_thread(partial(_stale, error))
    except ChangedError as error:
        return response(problem(412, error.what, error.remedy))
    except UnconditionalError as error:
        return response(problem(428, error.what, error.remedy))
    return shown(stored, status)


def shown(stored: Stored, status: int = 200) -> Response:
    """A plan with its tag; a new one also says where it is."""
    headers = {"ETag": tag_of(stored)}
    if status == 201:
        headers["Location"] = f"/v1/plans/{stored.plan_id}"
    return JSONResponse(plan_json(stored), status, headers)


def _stale(error: StaleError) -> Response:
    """What the others have changed, and which changes clash: nothing of either is lost."""
    language = error.stored.head.language
    base, theirs = error.base.plan, error.stored.plan
    clashing = [mine for mine, _theirs in error.merged.conflicts]
    more = {
        "version": error.stored.version,
        "changes": changes_json(error.changes, base, theirs, language),
        "conflicts": changes_json(clashing, base, error.mine, language),
    }
    body = {**problem(412, error.what, error.remedy).json_body(), **more}
    return JSONResponse(body, 412, {"ETag": tag_of(error.stored)}, media_type=MEDIA_TYPE)
