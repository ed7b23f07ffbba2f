"""What the fake Slack does with messages and streams: it keeps them, within Slack's limits."""

from __future__ import annotations

import time
from typing import Any

from tests.slack.fake_slack import Args, FakeSlack, Method, error
from tests.slack.slack_rules import BLOCKS, OVER_ALL, fault, refused_message, texts


def _post(slack: FakeSlack, args: Args, _token: str) -> Args:
    if refused := refused_message(args):
        return error(refused)
    return _kept(slack, args)


def _kept(slack: FakeSlack, args: Args, **more: Any) -> Args:
    ts = _stamp(slack)
    slack.messages[args["channel"], ts] = {**args, **more, "ts": ts}
    return {"ok": True, "ts": ts, "channel": args["channel"]}


def _ephemeral(slack: FakeSlack, args: Args, _token: str) -> Args:
    if refused := refused_message(args):
        return error(refused)
    members = slack.channels.get(args["channel"])
    if members is not None and args["user"] not in members:
        return error("user_not_in_channel")
    return {"ok": True, "message_ts": _stamp(slack)}


def _stamp(slack: FakeSlack) -> str:
    return f"{int(time.time())}.{len(slack.calls):06d}"


def _update(slack: FakeSlack, args: Args, _token: str) -> Args:
    message = slack.messages.get((args["channel"], args["ts"]))
    if message is None or message.get("streaming"):
        return error("streaming_state_conflict" if message else "message_not_found")
    if refused := refused_message(args, update=True):
        return error(refused)
    message.update(args)
    message["tasks"] = {}
    return {"ok": True, "ts": args["ts"], "channel": args["channel"]}


def _delete(slack: FakeSlack, args: Args, _token: str) -> Args:
    gone = slack.messages.pop((args["channel"], args["ts"]), None)
    return {"ok": True} if gone else error("message_not_found")


def _history(slack: FakeSlack, args: Args, _token: str) -> Args:
    since, thread = float(args.get("oldest") or 0), args.get("ts")
    found = [
        message
        for (channel, ts), message in sorted(slack.messages.items())
        if channel == args["channel"] and float(ts) >= since
        if thread is None or thread in (ts, message.get("thread_ts"))
    ]
    return {"ok": True, "messages": found[: int(args.get("limit") or 100)], "has_more": False}


# ------------------------------------------------------------------ streams


def _start(slack: FakeSlack, args: Args, _token: str) -> Args:
    if not args.get("thread_ts"):
        return error("invalid_arguments")
    whose = args.get("recipient_user_id") and args.get("recipient_team_id")
    if not args["channel"].startswith("D") and not whose:
        return error("missing_recipient_user_id")
    message = {**args, "streaming": True, "blocks": [], "tasks": {}, "text": ""}
    if refused := _streamed(message, args):
        return error(refused)
    return _kept(slack, message)


def _append(slack: FakeSlack, args: Args, _token: str) -> Args:
    message = _streaming(slack, args)
    if message is None:
        return error("message_not_in_streaming_state")
    refused = _streamed(message, args)
    return error(refused) if refused else {"ok": True, "ts": args["ts"]}


def _stop(slack: FakeSlack, args: Args, _token: str) -> Args:
    message = _streaming(slack, args)
    if message is None:
        return error("message_not_in_streaming_state")
    if refused := _streamed(message, args):
        return error(refused)
    blocks = args.get("blocks") or []
    if fault(blocks, BLOCKS):
        return error("invalid_blocks")
    if refused := _too_much(message["blocks"] + blocks):
        return error(refused)
    message["blocks"] = message["blocks"] + blocks
    message.update(streaming=False, metadata=args.get("metadata"))
    return {"ok": True, "ts": args["ts"]}


def _streaming(slack: FakeSlack, args: Args) -> Args | None:
    message = slack.messages.get((args["channel"], args["ts"]))
    if message is None or not message.get("streaming"):
        return None
    if slack.stream_dies(message):
        message["streaming"] = False
        return None
    return message


def _too_much(blocks: list[Args]) -> str:
    """A message that was streamed holds no more than one that was posted."""
    if len(blocks) > BLOCKS:
        return "invalid_blocks"
    return "msg_blocks_too_long" if sum(map(len, texts(blocks))) > OVER_ALL else ""


def _streamed(message: Args, args: Args) -> str:
    """Put the chunks of a call into its message; Slack's name for what is wrong with them."""
    for chunk in args.get("chunks") or []:
        match chunk.get("type"):
            case "task_update":
                if chunk["status"] not in ("pending", "in_progress", "complete", "error"):
                    return "invalid_chunks"
                if not 0 < len(chunk["title"]) <= 256:
                    return "invalid_chunks"
                message["tasks"][chunk["id"]] = chunk
            case "blocks":
                if fault(chunk["blocks"], BLOCKS):
                    return "invalid_blocks"
                message["blocks"] = message["blocks"] + chunk["blocks"]
                if refused := _too_much(message["blocks"]):
                    return refused
            case "markdown_text":
                if len(chunk["text"]) > 12_000:
                    return "msg_too_long"
                message["text"] += chunk["text"]
            case _:
                return "invalid_chunks"
    return ""


MESSAGES: dict[str, Method] = {
    "conversations.replies": _history,
    "conversations.history": _history,
    "chat.postMessage": _post,
    "chat.postEphemeral": _ephemeral,
    "chat.update": _update,
    "chat.delete": _delete,
    "chat.startStream": _start,
    "chat.appendStream": _append,
    "chat.stopStream": _stop,
}
