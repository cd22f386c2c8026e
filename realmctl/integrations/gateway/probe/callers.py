"""Which callers an ALLOW policy of a service lets pass without a token: the gateway among them, everybody does.

ALLOWs add up, so that one for the gateway undoes what all others demand. Pure. Must not know about: other policies.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from realmctl.integrations.gateway.probe.objects import Object, Pods, matches, namespace

_CALLERS = ("principals", "namespaces", "serviceAccounts", "ipBlocks", "remoteIpBlocks")
"""What makes a rule one for certain callers, such as Prometheus, unless the gateway is one: it brings everybody."""
_NOBODY = Pods("", "", {})


def lets_anybody(one: Object, at_gateway: Sequence[Pods]) -> bool:
    """Whether an ALLOW policy fits requests without a token that come through the gateway, or from everywhere."""
    for rule in one["spec"].get("rules") or ():
        demanded = [each for each in rule.get("when") or () if str(each.get("key")).startswith("request.auth.")]
        if any(each.get("values") for each in demanded):
            continue
        sources = [each.get("source") or {} for each in rule.get("from") or ()]
        if not sources or any(_takes(each, at_gateway, namespace(one)) for each in sources):
            return True
    return False


def _takes(source: Mapping[str, Any], at_gateway: Sequence[Pods], beside: str) -> bool:
    """Whether the gateway is among a source's callers, without a token; all that it says has to fit at once."""
    if source.get("requestPrincipals"):
        return False
    said = [key for key in _CALLERS if source.get(key)]
    for pods in at_gateway or [_NOBODY]:
        if all(any(_is_caller(key, str(value), pods, beside) for value in source[key]) for key in said):
            # Which of its namespace's accounts is the gateway's has to be known to leave it out.
            known = [key for key in _CALLERS if pods.account or key not in ("principals", "serviceAccounts")]
            but = [(key, value) for key in known for value in source.get(f"not{key[0].upper()}{key[1:]}") or ()]
            if not any(_is_caller(key, str(value), pods, beside) for key, value in but):
                return True
    return False


def _is_caller(key: str, value: str, pods: Pods, beside: str) -> bool:
    """Whether a value fits these pods; `beside` is the policy's namespace. Of addresses, only all of them do."""
    if key in ("ipBlocks", "remoteIpBlocks"):
        return value.endswith("/0")
    if key == "namespaces":
        return matches(value, pods.namespace, fold=False)
    if key == "serviceAccounts":
        where, _, account = value.rpartition("/")
        return (where or beside) == pods.namespace and pods.account in ("", account)
    # DOMAIN/ns/NAMESPACE/sa/ACCOUNT, in any trust domain.
    mine = f"/ns/{pods.namespace}/sa/{pods.account}"
    if value.endswith("*"):
        begins = f"/{value[:-1].partition('/')[2]}" if "/" in value else ""
        return mine.startswith(begins) or (not pods.account and begins.startswith(mine))
    ends = value.removeprefix("*")
    if not pods.account:
        return mine in ends
    return ends.endswith(mine) or (value.startswith("*") and mine.endswith(ends))
