"""What would undo a command that makes or unmakes an index or a collection: MongoDB takes those out of transactions."""

from __future__ import annotations

from typing import Any

from pymongo.database import Database

from lab.engines.mongodb.commands import Command


def inverse(command: Command, database: Database[dict[str, Any]]) -> list[Command] | None:
    """Asked before the command runs; None for a command that cannot be undone, and so nothing before it can."""
    name = next(iter(command))
    match name:
        case "create":
            return [{"drop": command["create"]}]
        case "renameCollection":
            return [{"renameCollection": command["to"], "to": command["renameCollection"]}]
        case "copyDocuments":
            return []  # they go with the collection they were copied into
        case "createIndexes":
            names = [index["name"] for index in command["indexes"]]
            return [{"dropIndexes": command["createIndexes"], "index": names}]
        case "dropIndexes":
            there = database[command["dropIndexes"]].list_indexes()
            named = command["index"] if isinstance(command["index"], list) else [command["index"]]
            found = [dict(index) for index in there if index["name"] in named]
            return [{"createIndexes": command["dropIndexes"], "indexes": found}] if found else []
        case "collMod" if "index" in command:
            index = command["index"]
            return [{**command, "index": {**index, "hidden": not index["hidden"]}}]
        case "collMod":
            options = database[command["collMod"]].options()
            return [{"collMod": command["collMod"], "validator": options.get("validator", {})}]
    return None
