"""Plans as pull-request comments: complete enough to decide from, short enough to post, and never someone's markup."""

from __future__ import annotations

import re

import pytest

from realmctl.errors import BadConfig, Finding, Place, Refused
from realmctl.model.address import Address
from realmctl.model.change import Action, Change, FieldChange, Plan
from realmctl.model.fields import Compare
from realmctl.model.secret import Secret
from realmctl.render.markdown_page import code
from realmctl.render.plan_markdown import error_markdown, markdown

EVIL = [
    "```\n</details><script>alert(1)</script>\n# owned",
    "a|b|c",
    "@everyone",
    "[click](javascript:alert(1))",
    "<img src=x onerror=alert(1)>",
    "````~~~",
    "</code></summary>",
    "\r\n\r\n> [!NOTE]",
    "`",
]


def every_part(name: str) -> Plan:
    address = Address("role", (name,))
    return Plan(
        name,
        (
            Change(Action.CREATE, address, (FieldChange(name, None, name),), Place(name)),
            Change(Action.DELETE, address, notes=(name,)),
        ),
        warnings=(Finding("rule", name, Place(name), name, "warning"),),
        unseen=(name,),
        adopted=(address,),
    )


def outside_of_code(page: str) -> str:
    """What a markdown reader would take as markup: the page without fenced blocks and code spans."""
    fenced = re.sub(r"^(`{3,})\w*\n.*?^\1$", "", page, flags=re.MULTILINE | re.DOTALL)
    return re.sub(r"(?<!`)(`+)(?!`).*?(?<!`)\1(?!`)", "", fenced)


@pytest.mark.parametrize("name", EVIL)
def test_no_name_becomes_markup(name: str) -> None:
    page = markdown([every_part(name)], refusals={name: Refused(name, advice=name)})
    clean, markup = markdown([every_part("harmless")], refusals={"harmless": Refused("x", advice="y")}), page
    marks = r"<[^>]*>|@\w+|\]\(|^#.*$|^> .*$|\|"
    found = re.findall(marks, outside_of_code(markup), re.MULTILINE)
    assert found == re.findall(marks, outside_of_code(clean), re.MULTILINE)


@pytest.mark.parametrize("name", EVIL)
def test_a_row_of_the_table_keeps_its_cells(name: str) -> None:
    rows = [line for line in markdown([Plan(name)]).splitlines() if line.startswith("|")]
    assert len(rows) == 3
    assert {len(re.split(r"(?<!\\)\|", row)) for row in rows} == {8}


def test_a_code_span_cannot_be_left() -> None:
    assert code("a`b``c") == "```a`b``c```"
    assert code("`x`") == "`` `x` ``"


def test_the_reviewer_sees_counts_dangers_and_details() -> None:
    plan = Plan(
        "platform",
        (
            Change(Action.CREATE, Address("role", ("new",)), place=Place("realms/p/x.yaml", 4)),
            Change(Action.DELETE, Address("role", ("old",)), notes=("It is held by 12 users.",)),
        ),
        unmanaged=(Address("role", ("x",)),),
    )
    page = markdown([plan], refusals={"platform": Refused("too many deletions")})
    assert page.splitlines()[0] == "<!-- realmctl:plan -->"
    assert "| `platform` | 1 | 0 | 1 | 0 | 1 |" in page
    assert "[!CAUTION]" in page
    assert page.index("It is held by 12 users.") < page.index("<details>")
    assert "too many deletions" in page
    assert "+ realm role new  (realms/p/x.yaml:4)" in page
    assert page.count("<details>") == page.count("</details>") == 1


def test_no_changes() -> None:
    page = markdown([Plan("platform")])
    assert "no changes" in page
    assert "<details>" not in page


@pytest.mark.parametrize("count", [3, 100, 5_000])
def test_a_comment_stays_below_the_limit_and_says_when_it_was_cut(count: int) -> None:
    fields = tuple(FieldChange(f"field{number}", "x" * 200, "y" * 200) for number in range(5))
    changes = [Change(Action.UPDATE, Address("client", (f"c{number}" * 20,)), fields) for number in range(count)]
    changes += [
        Change(Action.DELETE, Address("role", (f"r{number}" * 100,)), notes=("n" * 500,)) for number in range(count)
    ]
    page = markdown([Plan("platform", tuple(changes))])
    assert len(page) < 60_000
    assert page.count("<details>") == page.count("</details>")
    assert sum(line.startswith("```") for line in page.splitlines()) % 2 == 0
    assert ("did not fit" in page) == (count > 3)
    assert f"{count:,}" in page


def test_many_realms_stay_below_the_limit() -> None:
    change = Change(Action.DELETE, Address("role", ("r" * 200,)), notes=("n" * 400,))
    plans = [Plan(f"realm-{number}" * 20, (change,) * 10) for number in range(500)]
    assert len(markdown(plans, refusals={plan.realm: Refused("x" * 5_000) for plan in plans})) < 60_000


def test_no_secret_is_shown() -> None:
    canary = Secret("CANARY")
    fields = (FieldChange("secret", "CANARY", "CANARY", Compare.SECRET), FieldChange("a", {"b": canary}, [canary]))
    assert "CANARY" not in markdown([Plan("p", (Change(Action.UPDATE, Address("client", ("c",)), fields),))])


def test_a_failure_is_a_comment_too() -> None:
    page = error_markdown(
        BadConfig([Finding("rule", "what is wrong", Place("f.yaml", 3, 4), "do this")]), command="plan"
    )
    assert page.startswith("<!-- realmctl:plan -->\n## realmctl plan: bad configuration, 1 error")
    assert "f.yaml:3:4: error: what is wrong [rule]" in page
    assert "refused" in error_markdown(Refused("no"), command="apply")


def test_what_an_apply_takes_over_is_told_where_nothing_changes() -> None:
    page = markdown([Plan("p", adopted=tuple(Address("role", (f"r{n:02}",)) for n in range(45)), owner="@team")])
    assert "## realmctl plan: no changes, 45 to own" in page
    assert "owned by `@team`" in page
    assert "realm role r39\n… and 5 more\n" in page
