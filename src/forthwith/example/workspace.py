"""The Slack export of the example matter, laid out as Slack lays it out."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from forthwith.example.office import zipped

_EXPORTED = (2023, 3, 6, 15, 30, 0)
_NIGHTS = b"week,person\r\n49,Bea Solano\r\n50,Bea Solano\r\n51,Ida Moreau\r\n52,Bea Solano\r\n"


def export(story: Mapping[str, Any]) -> bytes:
    """Return the export as a zip; equal stories give equal bytes."""
    members = {"users.json": _json([_user(*person) for person in story["people"].items()])}
    for name in ("channels.json", "groups.json", "dms.json"):
        listed = [_channel(channel) for channel in story["channel"] if channel["list"] == name]
        members[name] = _json(listed)
    days: dict[str, list[dict[str, Any]]] = {}
    for message in story["said"]:
        days.setdefault(f"{message['in']}/{message['at']:%Y-%m-%d}.json", []).append(
            _message(message)
        )
    members |= {path: _json(messages) for path, messages in days.items()}
    members["custody-ops/attachments/F05NIGHTS1-nights.csv"] = _NIGHTS
    members["integration_logs.json"] = _json([{"service_type": "Sweep bot", "date": "1638316800"}])
    return zipped(members, _EXPORTED)


def _json(value: object) -> bytes:
    return json.dumps(value, indent=4, ensure_ascii=True).encode()


def _user(number: str, name: str) -> dict[str, Any]:
    handle = name.lower().replace(" ", ".")
    return {"id": number, "name": handle, "deleted": False, "profile": {"real_name": name}}


def _channel(listed: Mapping[str, Any]) -> dict[str, Any]:
    channel = {"id": listed["id"], "created": 1609459200, "members": listed["members"]}
    if listed["name"]:
        channel["name"] = listed["name"]
        channel["topic"] = {"value": listed.get("topic", "")}
    return channel


def _stamp(at: datetime) -> str:
    """Return an instant as Slack's ts; the fraction only tells messages of one second apart."""
    return f"{int(at.timestamp())}.000{at.minute:02d}9"


def _message(post: Mapping[str, Any]) -> dict[str, Any]:
    message = {
        "type": "message",
        "user": post["by"],
        "text": post["text"],
        "ts": _stamp(post["at"]),
    }
    if "act" in post:
        message["subtype"] = post["act"]
    if "thread" in post:
        message["thread_ts"] = _stamp(post["thread"])
    if post.get("deleted"):
        message |= {"subtype": "tombstone", "text": "This message was deleted."}
    if "was" in post:
        message["edited"] = {"user": post["by"], "ts": _stamp(post["edited"])}
        message["original"] = {"text": post["was"]}
    if "reactions" in post:
        name, *people = post["reactions"]
        message["reactions"] = [{"name": name, "users": people, "count": len(people)}]
    if "file" in post or "link" in post:
        number, name = post.get("file") or post["link"]
        link = f"https://files.northgate.example/{number}/{name}"
        message["files"] = [{"id": number, "name": name, "mode": "hosted", "url_private": link}]
    return message
