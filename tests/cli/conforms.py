"""Whether a document is as a JSON Schema says, for the keywords that plan.schema.json uses; any other is an error."""

from __future__ import annotations

from typing import Any

_TYPES: dict[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "integer": (int,),
    "boolean": (bool,),
    "null": (type(None),),
}
_SILENT = {"$schema", "$defs", "title", "description"}


def problems(document: Any, schema: dict[str, Any], root: dict[str, Any] | None = None, at: str = "$") -> list[str]:
    """What does not conform, each with its path; empty where everything does."""
    root = root or schema
    found: list[str] = []
    for keyword, wanted in schema.items():
        if keyword in _SILENT:
            continue
        if keyword == "$ref":
            found += problems(document, root["$defs"][wanted.removeprefix("#/$defs/")], root, at)
        elif keyword == "anyOf":
            tried = [problems(document, one, root, at) for one in wanted]
            found += tried[0] if all(tried) else []
        elif keyword == "properties":
            for name, inner in wanted.items():
                if isinstance(document, dict) and name in document:
                    found += problems(document[name], inner, root, f"{at}.{name}")
        elif keyword == "items":
            for index, item in enumerate(document if isinstance(document, list) else ()):
                found += problems(item, wanted, root, f"{at}[{index}]")
        elif not _holds(keyword, wanted, document):
            found.append(f"{at}: {keyword} {wanted!r} does not hold for {document!r}")
    return found


def _holds(keyword: str, wanted: Any, document: Any) -> bool:
    match keyword:
        case "type":
            return isinstance(document, _TYPES[wanted]) and (wanted == "boolean" or not isinstance(document, bool))
        case "required":
            return not isinstance(document, dict) or set(wanted) <= set(document)
        case "dependentRequired":
            return not isinstance(document, dict) or all(
                set(needed) <= set(document) for name, needed in wanted.items() if name in document
            )
        case "const":
            return bool(document == wanted)
        case "enum":
            return document in wanted
        case "minimum":
            return not isinstance(document, int) or document >= wanted
    raise AssertionError(f"the keyword {keyword} is not known here: teach it")
