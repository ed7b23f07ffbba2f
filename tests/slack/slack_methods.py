"""The methods of the fake Slack's Web API: tokens and scopes are checked, triggers expire."""

from __future__ import annotations

import secrets
import time

from tests.slack.fake_slack import APP_TOKEN, BOT_USER, Args, FakeSlack, Method, error
from tests.slack.slack_messages import MESSAGES
from tests.slack.slack_rules import refused_view

SCOPES = {
    "assistant.threads.setStatus": "assistant:write",
    "assistant.threads.setTitle": "assistant:write",
    "assistant.threads.setSuggestedPrompts": "assistant:write",
    "chat.appendStream": "chat:write",
    "chat.delete": "chat:write",
    "chat.postEphemeral": "chat:write",
    "chat.postMessage": "chat:write",
    "chat.startStream": "chat:write",
    "chat.stopStream": "chat:write",
    "chat.update": "chat:write",
    "conversations.open": "im:write",
    "files.completeUploadExternal": "files:write",
    "files.getUploadURLExternal": "files:write",
    "users.info": "users:read",
    "users.lookupByEmail": "users:read.email",
}
"""What a method needs; those that depend on the kind of the channel are in `_scope`."""


def answer(slack: FakeSlack, method: str, token: str, args: Args) -> Args:
    """What Slack answers to a call."""
    if method == "oauth.v2.access":
        return _tokens(slack, args)
    if (token == APP_TOKEN) != (method == "apps.connections.open"):
        return error("not_allowed_token_type")
    if token != APP_TOKEN and token not in slack.tokens:
        return error("invalid_auth")
    if slack.failures and slack.failures[0][0] == method:
        return error(slack.failures.pop(0)[1])
    needed = _scope(method, args)
    if needed and slack.granted is not None and needed not in slack.granted:
        return {**error("missing_scope"), "needed": needed}
    answering = METHODS.get(method)
    if answering is None or ("Stream" in method and not slack.knows_streams):
        return error("unknown_method")
    return answering(slack, args, token)


def _scope(method: str, args: Args) -> str:
    kinds = {"D": "im", "G": "groups"}
    kind = kinds.get(str(args.get("channel"))[:1], "channels")
    if method in ("conversations.replies", "conversations.history"):
        return f"{kind}:history"
    if method == "conversations.members":
        return f"{kind}:read"
    return SCOPES.get(method, "")


# ------------------------------------------------------------------ tokens and people


def _tokens(slack: FakeSlack, args: Args) -> Args:
    given = str(args.get("code") or args.get("refresh_token"))
    made = slack.codes.pop(given, None)
    if made is None:
        return error("invalid_refresh_token" if "refresh_token" in args else "invalid_code")
    team = made.get("team") or {}
    organisation = made.get("enterprise") or {}
    slack.tokens[made["access_token"]] = {
        "team_id": team.get("id") or organisation.get("id"),
        "enterprise_id": organisation.get("id"),
        "user_id": made["bot_user_id"],
    }
    return {"ok": True, **made}


def _test(slack: FakeSlack, _args: Args, token: str) -> Args:
    return {"ok": True, **slack.tokens[token]}


def _revoke(slack: FakeSlack, _args: Args, token: str) -> Args:
    del slack.tokens[token]
    return {"ok": True, "revoked": True}


def _link(slack: FakeSlack, _args: Args, _token: str) -> Args:
    slack.links += 1
    return {"ok": True, "url": slack.url.replace("http:", "ws:") + "link"}


def _user(slack: FakeSlack, args: Args, _token: str) -> Args:
    user = slack.users.get(args["user"])
    return {"ok": True, "user": user} if user else error("user_not_found")


def _by_email(slack: FakeSlack, args: Args, _token: str) -> Args:
    found = [u for u in slack.users.values() if u["profile"].get("email") == args["email"]]
    return {"ok": True, "user": found[0]} if found else error("users_not_found")


def _members(slack: FakeSlack, args: Args, _token: str) -> Args:
    if args["channel"] not in slack.channels:
        return error("channel_not_found")
    members = slack.channels[args["channel"]]
    start = int(args.get("cursor") or 0)
    end = start + min(slack.page, int(args["limit"]))
    cursor = str(end) if end < len(members) else ""
    page = {"members": members[start:end], "response_metadata": {"next_cursor": cursor}}
    return {"ok": True, **page}


def _open(slack: FakeSlack, args: Args, _token: str) -> Args:
    [user] = args["users"] if isinstance(args["users"], list) else args["users"].split(",")
    if user not in slack.users:
        return error("user_not_found")
    channel = f"D{user[1:]}"
    slack.channels.setdefault(channel, [user, BOT_USER])
    return {"ok": True, "channel": {"id": channel}}


# ------------------------------------------------------------------ views, files, threads


def _views(slack: FakeSlack, args: Args, _token: str) -> Args:
    if slack.triggers.pop(args["trigger_id"], 0.0) < time.monotonic():
        return error("expired_trigger_id")
    view = args["view"]
    if refused := refused_view(view):
        return error(refused)
    made = {**view, "id": f"V{len(slack.views):08d}", "hash": secrets.token_hex(8)}
    made["state"] = {"values": {}}
    slack.views[made["id"]] = made
    return {"ok": True, "view": made}


def _view(slack: FakeSlack, args: Args, _token: str) -> Args:
    held = slack.views.get(args["view_id"])
    if held is None:
        return error("not_found")
    if args.get("hash") and args["hash"] != held["hash"]:
        return error("hash_conflict")
    if refused := refused_view(args["view"]):
        return error(refused)
    held.update(args["view"], hash=secrets.token_hex(8))
    return {"ok": True, "view": held}


def _publish(slack: FakeSlack, args: Args, _token: str) -> Args:
    held = slack.homes.get(args["user_id"])
    if held and args.get("hash") and args["hash"] != held["hash"]:
        return error("hash_conflict")
    if refused := refused_view(args["view"]):
        return error(refused)
    made = {**args["view"], "hash": secrets.token_hex(8), "id": f"V{args['user_id']}"}
    slack.homes[args["user_id"]] = made
    return {"ok": True, "view": made}


def _upload(slack: FakeSlack, args: Args, _token: str) -> Args:
    made = f"F{len(slack.files):08d}"
    slack.files[made] = {**args, "length": int(args["length"]), "content": b""}
    where = slack.url.replace("/api/", "/upload/") + made
    return {"ok": True, "file_id": made, "upload_url": where}


def _uploaded(slack: FakeSlack, args: Args, _token: str) -> Args:
    for given in args["files"]:
        held = slack.files.get(given["id"])
        if held is None or len(held["content"]) != held["length"]:
            return error("file_not_found")
        held |= {"title": given.get("title"), "shared": args.get("channel_id")}
        held["thread_ts"] = args.get("thread_ts")
    return {"ok": True, "files": [{"id": given["id"]} for given in args["files"]]}


def _done(slack: FakeSlack, args: Args, _token: str) -> Args:
    prompts = args.get("prompts") or []
    return error("invalid_arguments") if len(prompts) > 4 else {"ok": True}


METHODS: dict[str, Method] = {
    "auth.test": _test,
    "auth.revoke": _revoke,
    "apps.connections.open": _link,
    "users.info": _user,
    "users.lookupByEmail": _by_email,
    "conversations.members": _members,
    "conversations.open": _open,
    "views.open": _views,
    "views.push": _views,
    "views.update": _view,
    "views.publish": _publish,
    "files.getUploadURLExternal": _upload,
    "files.completeUploadExternal": _uploaded,
    "assistant.threads.setStatus": _done,
    "assistant.threads.setTitle": _done,
    "assistant.threads.setSuggestedPrompts": _done,
    **MESSAGES,
}
