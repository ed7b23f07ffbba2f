"""What a route may answer besides what was asked for: each refusal has its words in one place."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request, Security
from starlette.exceptions import HTTPException

from api.http.auth import described
from api.http.problems import MEDIA_TYPE
from api.http.schemas import Day, Words
from crm.settings import Language

Responses = dict[int | str, dict[str, Any]]
SCHEMA = {"$ref": "#/components/schemas/Problem"}
_SAID = {
    400: "The request cannot be read.",
    401: "The key or token is missing, wrong, expired or revoked.",
    403: "The access lacks a scope, or the person the role or right, that this takes.",
    404: "There is no such thing, or the asker may not see it: both answer alike.",
    408: "The body took too long to arrive.",
    409: "In conflict with what there is: the workspace has no data for this, the state does not "
    "allow it, or the same Idempotency-Key is being worked on.",
    412: "Others have changed it since it was read; what they changed is told.",
    413: "The body is too large.",
    415: "The body is of another content type than described.",
    422: "Something in the request does not fit.",
    428: "The request needs `If-Match`.",
    429: "Too many requests; `Retry-After` says when to come back.",
    500: "Something went wrong; the problem has a log id.",
    503: "No answer in time, or the workspace cannot be used; try again later.",
}


def refusals(*statuses: int, **said: str) -> Responses:
    """These statuses as OpenAPI has them; `s404="..."` says one in other words."""
    words = {status: _SAID[status] for status in statuses}
    words |= {int(name.removeprefix("s")): text for name, text in said.items()}
    content = {MEDIA_TYPE: {"schema": SCHEMA}}
    return {status: {"description": text, "content": content} for status, text in words.items()}


ALWAYS = refusals(400, 401, 403, 408, 409, 413, 422, 429, 500, 503)
"""What any route may answer, on its way in already."""
NOT_THERE = refusals(404)
NO_CONTENT: Responses = {204: {"description": "Done; there is nothing to say."}}


def links(value: str, **to: str) -> dict[str, dict[str, Any]]:
    """Where one can go on with a part of the answer: operations, by the parameter that takes it."""
    return {
        operation: {"operationId": operation, "parameters": {name: f"$response.body#/{value}"}}
        for operation, name in to.items()
    }


def form_example(**parts: object) -> dict[str, Any]:
    """What a form may hold, as OpenAPI has it; of a file its content."""
    return {"requestBody": {"content": {"multipart/form-data": {"example": parts}}}}


def file(description: str, *media_types: str) -> Responses:
    """A file as an answer."""
    content = {type_: {"schema": _schema_of(type_)} for type_ in media_types}
    return {200: {"description": description, "content": content}}


def _schema_of(media_type: str) -> dict[str, str]:
    is_json = media_type.endswith("json")
    return {"type": "object"} if is_json else {"type": "string", "format": "binary"}


def _expected_type(request: Request) -> None:
    """A body is of the content type that the route describes, or it is refused: 415."""
    field = getattr(request.scope.get("route"), "body_field", None)
    if field is None:
        return
    wanted = getattr(field.field_info, "media_type", "application/json")
    given = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    is_json = given == "application/json" or (
        given.startswith("application/") and given.endswith("+json")
    )
    fits = is_json if wanted == "application/json" else given == wanted
    if not fits:
        raise HTTPException(415, f"The body must be {wanted}.")


def routes(tag: str, prefix: str = "/v1") -> APIRouter:
    """A router whose routes all need a key or token."""
    return APIRouter(
        prefix=prefix,
        tags=[tag],
        dependencies=[Security(described), Depends(_expected_type)],
    )


AsOf = Annotated[Day | None, Query(description="The day that counts as today.")]
Spoken = Annotated[Language | None, Query(description="Without it the workspace's own.")]
AccountId = Annotated[Words, Path(description="The account's id.", examples=["A001"])]
PlanId = Annotated[Words, Path(description="The plan's id.", examples=["5f2c9a1b3d4e"])]
