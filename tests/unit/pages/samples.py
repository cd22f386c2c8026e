"""Pages to look at: with every part there is, and with names that would like to be markup."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from realmctl.analysis.graph import build_picture, fold_picture
from realmctl.config.loader import load
from realmctl.errors import BadConfig, Finding, Place, Refused
from realmctl.model.access_graph import Edge, Node, Picture, Sort
from realmctl.model.address import Address
from realmctl.model.change import Action, Change, FieldChange, Plan
from realmctl.model.danger import Danger, Severity
from realmctl.model.fields import Compare
from realmctl.model.review import Review
from realmctl.model.secret import HIDDEN, Secret
from realmctl.model.sentence import Name
from realmctl.model.test_result import Failure, Verdict, Verdicts
from realmctl.render import drift_html, graph_html, plan_html
from tests.live.scene import EXAMPLE, EXAMPLE_ENVIRONMENT
from tests.unit.test_render_drift import FOUND, GONE

AT = datetime(2026, 11, 25, 9, 12, tzinfo=UTC)
EVIL = [
    "<script>window.pwned = 1</script>",
    '"><img src=x onerror="window.pwned = 1">',
    "</style></title></svg><svg onload=window.pwned=1>",
    "a\u202eb\u200bc\x1b[31m",
    "end",
    "end subgraph",
    'x"]; click n0 href "javascript:alert(1)"',
    "a[b](c){d}|e|<f>`g`#35;%%{h}%%",
    "style x:#y; classDef z:#1;",
    "**bold** _it_ ~x~ `code`",
    "🙂 emoji 家族 \N{COMBINING ACUTE ACCENT}",
    "&amp; &lt; &#x3c;",
    "x" * 300,
]


def plan(name: str) -> Plan:
    """Every part of a plan, made of one name."""
    address, place = Address("role", (name,)), Place(name, 3)
    fields = (
        FieldChange("description", name, f"{name}!"),
        FieldChange("attributes", {"a": name}, {"b": name}),
        FieldChange("redirectUris", ["kept", name], ["kept", f"{name}/2"], Compare.SET),
        FieldChange("secret", HIDDEN, HIDDEN, Compare.SECRET),
        FieldChange("steps", ["one", name], ["one", f"{name}2", name], Compare.LIST),
        FieldChange("hidden", Secret("canary-of-the-page"), {"in": [Secret("canary-of-the-page")]}),
    )
    return Plan(
        name,
        (
            Change(Action.CREATE, address, (FieldChange(name, None, {name: [name]}),), place),
            Change(Action.UPDATE, Address("client", (name,)), fields, place, protected=True),
            Change(Action.DELETE, Address("group", (name,)), notes=(name,)),
        ),
        warnings=(Finding("rule", name, place, name, "warning"),),
        unseen=(name,),
        adopted=(address,),
        released=(address,),
        unmanaged=(address,),
        version="26.7.3",
    )


def plan_page() -> str:
    """A plan of realms whose names are all of `EVIL`."""
    plans = [plan(name) for name in EVIL]
    sentences = {name: (("The role ", Name(name), " goes."),) for name in EVIL}
    verdicts = [
        Verdicts(
            name,
            planned=True,
            verdicts=(
                Verdict(name, Place(name), "c", (Failure(name, Place(name)),), {}),
                Verdict("passes", Place(name), "c", (), {"a": 1}, changed=(name,)),
            ),
        )
        for name in EVIL
    ]
    return plan_html.html(
        plans,
        at=AT,
        refusals={name: Refused(name, advice=name) for name in EVIL},
        reviews={name: Review(one, one, one, (Danger("a", Severity.HIGH, one[0]),)) for name, one in sentences.items()},
        verdicts=verdicts,
    )


def quiet_page() -> str:
    """A plan that changes nothing."""
    return plan_html.html([Plan("platform")], at=AT)


def error_page() -> str:
    """A command that failed."""
    findings = [Finding("rule", name, Place(name), name) for name in EVIL]
    return plan_html.error_html(BadConfig(findings), command="plan", at=AT)


def drift_page() -> str:
    """Every part of a drift."""
    return drift_html.html([FOUND, GONE], at=AT)


def odd() -> Picture:
    """A graph whose nodes have the odd names."""
    sorts = list(Sort)
    nodes = [Node(f"n/{at}", sorts[at % len(sorts)], name, name, Place(name)) for at, name in enumerate(EVIL)]
    nodes.sort(key=lambda node: sorts.index(node.sort))
    edges = [Edge(one.key, other.key, one.name) for one, other in zip(nodes, nodes[3:], strict=False)]
    return Picture(EVIL[0], tuple(nodes), tuple(edges), EVIL[1], (EVIL[2],))


def example() -> Picture:
    """The example's graph."""
    (config,) = load([EXAMPLE], environ=EXAMPLE_ENVIRONMENT)
    return build_picture(config)


def many_roles(count: int) -> Picture:
    """Roles, some composed of others, each with an app role and a value in a claim; every tenth satisfies a rule."""
    nodes: list[Node] = []
    edges: list[Edge] = []
    for at in range(count):
        keys = [f"{sort.value}/{at}" for sort in (Sort.LOGIN, Sort.ROLE, Sort.CLAIM)]
        names = (f"Team.Role{at:03}", f"team-role-{at:03}", f"team-role-{at:03}")
        captions = ("app role of entra", "realm role", "in the claim roles")
        sorts = (Sort.LOGIN, Sort.ROLE, Sort.CLAIM)
        nodes += [Node(*one) for one in zip(keys, sorts, names, captions, strict=True)]
        edges += [Edge(keys[0], keys[1], "gets the role"), Edge(keys[1], keys[2], "is in the token")]
        if at % 7 == 3:
            edges.append(Edge(f"role/{at}", f"role/{at // 2}", "is composed of it"))
        if at % 10 == 0:
            nodes.append(Node(f"rule/{at}", Sort.RULE, f"/service/{at}", "rule of service"))
            edges.append(Edge(keys[2], f"rule/{at}", "satisfies the rule"))
    nodes.sort(key=lambda node: list(Sort).index(node.sort))
    return Picture("large", tuple(nodes), tuple(edges))


def graph_page(picture: Picture) -> str:
    """The page of a graph."""
    return graph_html.html(picture, fold_picture(picture))


PAGES: dict[str, Callable[[], str]] = {
    "plan": plan_page,
    "no changes": quiet_page,
    "error": error_page,
    "drift": drift_page,
    "graph": lambda: graph_page(example()),
    "graph of odd names": lambda: graph_page(odd()),
    "graph of many roles": lambda: graph_page(many_roles(45)),
}
