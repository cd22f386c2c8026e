"""A realm's files before and after a change, as policies: the smallest platform, and what a case replaces in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from realmctl.analysis.access import Policy
from realmctl.config.loader import Assumed, load
from realmctl.config.loader.suppressions import allowances
from realmctl.model.sentence import Name, Sentence

REALM = """\
realm: platform
bruteForceProtected: true
oauth2Proxy:
  hosts: [apps.example.com]
  clientSecret: $(env:SECRET)
  internalUrl: http://keycloak.identity:8080/auth
tokens:
  audiences: [orders-api, billing-api]
  claims:
    roles: { realmRoles: true }
    orders: { clientRoles: orders-api }
roles:
  reader: { description: Reads }
  approver: { composites: [reader] }
  auditor: {}
  admin: { protected: true }
clients:
  orders-api: { publicClient: false, roles: { refund: {} } }
  billing-api: { publicClient: false }
"""
ORDERS = """\
services:
  orders:
    paths: [/orders]
    audience: orders-api
    rules:
      - { roles: [reader] }
      - { paths: [/orders/refunds], methods: [POST], roles: [orders-api.refund] }
tests:
  an approver reads:
    given: { roles: [approver] }
    expect: { audience: [orders-api], notAudience: [other], claims: { roles: [approver, reader] } }
"""
FILES = {"realm.yaml": REALM, "orders.yaml": ORDERS}


def edited(files: Mapping[str, str], edits: Sequence[Mapping[str, str]]) -> dict[str, str]:
    """The files with texts replaced: each edit has `from` and `to`, or `file` and `text` for a whole file."""
    found = dict(files)
    for edit in edits:
        if "file" in edit:
            found[edit["file"]] = edit["text"]
            continue
        if "gone" in edit:
            del found[edit["gone"]]
            continue
        hit = [name for name, text in found.items() if text.count(edit["from"]) == 1]
        assert len(hit) == 1, f"{edit['from']!r} stands once in {hit}"
        found[hit[0]] = found[hit[0]].replace(edit["from"], edit["to"])
    return found


def policy(folder: Path, files: Mapping[str, str]) -> Policy:
    """The files, written and loaded."""
    folder.mkdir(parents=True)
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    (config,) = load([folder], environ=Assumed({}))
    return Policy(config, tuple(allowances(config.files)))


def told(sentence: Sentence) -> str:
    """A sentence as a case has it."""
    return "".join(f"'{part.text}'" if isinstance(part, Name) else part for part in sentence)
