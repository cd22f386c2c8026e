"""The comment under attack: what a hostile author buries, imitates or lengthens stays in sight."""

from __future__ import annotations

import pytest

from realmctl.errors import Finding, Place
from realmctl.model.address import Address
from realmctl.model.change import Action, Change, FieldChange, Plan
from realmctl.model.danger import Danger, Severity
from realmctl.model.fields import Compare
from realmctl.model.review import Review
from realmctl.model.sentence import Name, Sentence
from realmctl.render.change_lines import details
from realmctl.render.plan_json import json_
from realmctl.render.plan_markdown import markdown
from realmctl.render.plan_text import text

HOSTILE = [
    Danger(f"rule-{number}", Severity.HIGH, (f"Danger number {number} is for ", Name(f"hostile-{number}"), "."))
    for number in range(10)
]


def harmless(number: int) -> Sentence:
    return ("There is a new role ", Name(f"role-{number:05}"), ".")


def page_of(review: Review, *, plan: Plan | None = None) -> str:
    return markdown([plan or Plan("platform")], reviews={"platform": review})


def everything(page: str) -> None:
    assert len(page) <= 60_000
    for number in range(10):
        assert f"- **high** `rule-{number}`: Danger number {number} is for `hostile-{number}`." in page


def test_ten_hostile_changes_among_forty() -> None:
    words = tuple(harmless(number) for number in range(30))
    page = page_of(Review(words=words, dangers=tuple(HOSTILE)))
    everything(page)
    assert page.splitlines()[1] == "## realmctl plan: no changes; dangers: 10 high"
    assert page.index("hostile-9") < page.index("**In words**")
    (line,) = [line for line in page.splitlines() if "There is a new role" in line]
    assert "The same holds for 29 more: `role-00001`, " in line
    assert "`role-00029`." in line


def test_one_change_among_thousands_of_the_same_words() -> None:
    words = [("Members of the group ", Name(f"/g{number}"), " get ", Name("reader"), ".") for number in range(3_000)]
    words.insert(1_500, ("Members of the group ", Name("/g-evil"), " get ", Name("realm-admin"), "."))
    changes = tuple(
        Change(Action.UPDATE, Address("group", (f"g{number}",)), (FieldChange("x", "a" * 500, "b" * 500),))
        for number in range(3_000)
    )
    page = page_of(Review(words=tuple(words), dangers=tuple(HOSTILE)), plan=Plan("platform", changes))
    everything(page)
    assert "- Members of the group `/g-evil` get `realm-admin`." in page
    assert "This is not everything" in page
    assert "details of `platform`" in page


def test_thousands_of_dangers_hide_no_other_rule() -> None:
    noise = [
        Danger("noise", Severity.HIGH, ("Noise ", Name(f"n{number}" * 40), " and ", Name(f"m{number}"), "."))
        for number in range(5_000)
    ]
    low = [Danger("low", Severity.LOW, ("Low ", Name(f"n{number}"), ".")) for number in range(5_000)]
    worst = Danger("worst", Severity.CRITICAL, ("Everybody is an administrator by ", Name("x"), "."))
    page = page_of(Review(dangers=(*low, *noise, *HOSTILE, worst)))
    everything(page)
    assert "> **Dangers: 1 critical, 5,010 high, 5,000 low**" in page
    assert page.index("`worst`") < page.index("`noise`") < page.index("`low`")
    assert "more" in page


def test_three_hundred_realms_share_their_sentences() -> None:
    plans = [Plan(f"realm-{number}") for number in range(300)]
    reviews = {
        plan.realm: Review(dangers=tuple(HOSTILE), words=(harmless(1), harmless(number)))
        for number, plan in enumerate(plans)
    }
    odd = Danger("odd", Severity.CRITICAL, ("Only ", Name("here"), "."), place=Place("realms/x.yaml", 7))
    reviews["realm-77"] = Review(dangers=(odd,))
    page = markdown(plans, reviews=reviews)
    everything(page)
    assert "- **critical** `odd`: Only `here`. (in `realm-77`; `realms/x.yaml:7`)" in page
    assert len([line for line in page.splitlines() if line.startswith("- **high**")]) == 10


def test_details_begin_with_what_is_dangerous_and_end_with_texts() -> None:
    changes = [
        Change(Action.UPDATE, Address("role", (f"r{number}",)), (FieldChange("description", "a", "b"),))
        for number in range(20)
    ]
    plain = Change(Action.UPDATE, Address("role", ("plain",)), (FieldChange("attributes", {}, {"a": ["b"]}),))
    composites = Address("role-composites", ("evil",))
    evil = Change(Action.UPDATE, composites, (FieldChange("composites", [], ["role/admin"], Compare.SET),))
    review = Review(dangers=(Danger("r", Severity.HIGH, ("x",), composites),))
    page = page_of(review, plan=Plan("platform", (*changes, plain, evil)))
    shown = [line for line in page.splitlines() if line.startswith("! realm role")]
    assert [line.split()[3] for line in shown[:3]] == ["evil", "plain", "r0"]


def test_a_name_imitates_no_sentence_and_no_severity() -> None:
    evil = "x`.\n\n**No dangers.** All of this is harmless.\n- **low** `fine`: "
    page = page_of(Review(words=((Name(evil), " changes."),), dangers=(Danger(evil, Severity.HIGH, (Name(evil),)),)))
    assert [line for line in page.splitlines() if line.startswith(("**No", "- **low"))] == []
    told = text([Plan("p")], reviews={"p": Review(dangers=(Danger("r", Severity.HIGH, (Name(evil),)),))})
    assert sum(line.startswith("  ") for line in told.splitlines()) == 2


def test_a_long_name_keeps_its_end() -> None:
    name = "a" * 100_000 + "-administrator"
    page = page_of(
        Review(words=(("The role ", Name(name), " is new."),), dangers=(Danger("r", Severity.HIGH, (Name(name),)),))
    )
    assert "-administrator (100,014 characters; -o json has them all)" in page
    assert len(page) < 2_000


def test_findings_of_a_change_are_told_once_and_errors_first() -> None:
    warning = Finding("weak", "a warning", Place("f.yaml", 1), severity="warning")
    error = Finding("bad", "an error", Place("f.yaml", 2))
    plan = Plan("platform", warnings=(warning,))
    page = page_of(Review(new_findings=(warning, error), base="origin/main"), plan=plan)
    assert page.count("[weak]") == 1
    assert page.index("[bad]") < page.index("[weak]")
    assert "**2 new findings of `realmctl validate`** in `platform`, because of this change:" in page


def test_the_text_ends_with_the_dangers_and_the_summary() -> None:
    danger = Danger("r", Severity.CRITICAL, ("The role ", Name('a"b'), " is new."), place=Place("f.yaml", 3))
    plan = Plan("p", (Change(Action.CREATE, Address("role", ("x",))),))
    told = text([plan], reviews={"p": Review(dangers=(*HOSTILE[:1], danger), policy=(("One.",),), base="main")})
    assert told.splitlines()[-5:] == [
        "Dangers: 1 critical, 1 high",
        '  critical: The role "a\\"b" is new. [r]  (f.yaml:3)',
        '  high: Danger number 0 is for "hostile-0". [rule-0]',
        "",
        "Plan: 1 to add, 0 to change, 0 to destroy.",
    ]
    assert "Gateway and guards, compared with main:\n  One.\n" in told


def test_json_has_what_a_program_needs() -> None:
    danger = Danger("r", Severity.LOW, ("The role ", Name("x"), "."), Address("role", ("x",)), Place("f.yaml", 3))
    found = json_([Plan("p")], reviews={"p": Review(dangers=(danger,), policy=(("A ", Name("b"), "."),))})
    assert '"message": "The role \\"x\\"."' in found
    assert '"address": "role/x"' in found


def lines(old: object, new: object, compare: Compare = Compare.VALUE, *, action: Action = Action.UPDATE) -> list[str]:
    return list(details(Change(action, Address("client", ("c",)), (FieldChange("f", old, new, compare),))))


def test_nested_values_are_told_element_by_element() -> None:
    assert lines({"a": {"b": 1, "c": [1, 2]}}, {"a": {"b": 2, "c": [1, 3]}}) == [
        "f.a.b: 1 → 2",
        "f.a.c: -2",
        "f.a.c: +3",
    ]
    old = [{"name": "x", "v": 1}, {"name": "y", "v": 1}]
    new = [{"name": "y", "v": 2}, {"name": "z", "v": 1}]
    assert lines(old, new) == ['f[x].name: "x" → (removed)', "f[x].v: 1 → (removed)", "f[y].v: 1 → 2",
                               'f[z].name: unset → "z"', "f[z].v: unset → 1"]  # fmt: skip
    assert lines([{"name": "a"}, {"name": "b"}], [{"name": "b"}, {"name": "a"}]) == ['f (order): "a, b" → "b, a"']


def test_json_inside_a_text_is_opened() -> None:
    assert lines('{"keys": [{"kid": "1", "n": "a"}]}', '{"keys": [{"kid": "1", "n": "b"}]}') == [
        'f.keys[1].n: "a" → "b"'
    ]
    assert lines('{"a":1}', '{"a": 1}') == ['f: "{\\"a\\":1}" → "{\\"a\\": 1}"']
    assert lines("https://a##https://b", "https://a##https://c") == ['f: -"https://b"', 'f: +"https://c"']


def test_every_place_at_which_a_long_text_differs_is_told() -> None:
    old = " ".join(f"word{number}" for number in range(500))
    new = old.replace("word7 ", "EVIL1 ").replace("word300 ", "EVIL2 ").replace("word499", "EVIL3")
    told = lines(old, new)
    assert len(told) == 3
    assert all(f"EVIL{number}" in line for number, line in enumerate(told, 1))


@pytest.mark.slow
def test_of_very_many_differences_the_first_are_told_and_the_others_counted() -> None:
    old = " ".join(f"word{number}" for number in range(500))
    many = lines(old, old.replace("word", "evil"))
    assert many[-1] == 'f: "and 480 differences more" → "-o json has both texts"'


def test_a_new_object_hides_nothing_in_a_long_list() -> None:
    uris = [f"https://app-{number}.example.com/callback" for number in range(30)]
    told = lines(None, [*uris, "https://evil.example.org"], action=Action.CREATE)
    assert 'f[31]: "https://evil.example.org"' in told
    assert lines(None, ["a", "b"], action=Action.CREATE) == ['f: ["a", "b"]']
    assert "(5,002 characters; -o json has them all)" in lines(None, "x" * 5_000, action=Action.CREATE)[0]
