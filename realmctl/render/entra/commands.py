"""The Azure CLI's commands that would put a registration right, as a script to read before it is run.

Must not know about: which rule wants what.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from realmctl.engine.plan.value_text import clean
from realmctl.integrations.entra.check import RegistrationCheck
from realmctl.integrations.entra.finding import EntraRemark, Fix
from realmctl.render.entra.patch import patches


def commands(checked: Sequence[RegistrationCheck]) -> str:
    """What fails or warns, one command for each thing; what belongs into one request is one request."""
    return "".join(f"{line}\n" for one in checked for line in _realm(one))


def _realm(one: RegistrationCheck) -> Iterator[str]:
    asked = [remark for remark in one.remarks if remark.severity != "note"]
    yield f"# Realm {clean(one.want.realm)}, app registration {one.want.client_id}"
    for (method, url), body in patches(asked).items():
        for remark in asked:
            if remark.fix and (remark.fix.method, remark.fix.url) == (method, url):
                yield _comment(remark)
        yield Fix(url, body, method=method).az
    done: set[str] = set()
    for remark in asked:
        fix = remark.fix
        if fix is None:
            yield f"{_comment(remark)} By hand: {clean(remark.advice)}"
        elif fix.command and fix.az not in done:
            done.add(fix.az)
            yield _comment(remark)
            yield fix.az


def _comment(remark: EntraRemark) -> str:
    return f"# {remark.severity} {remark.rule}: {clean(remark.message)}."
