"""Plans as text: what a person reads before they say yes."""

from __future__ import annotations

from realmctl.errors import Finding, Place, Refused
from realmctl.model.address import Address
from realmctl.model.change import Action, Change, FieldChange, Plan
from realmctl.model.fields import Compare
from realmctl.model.secret import HIDDEN, Secret
from realmctl.render.plan_text import text

ROLE = Address("role", ("reader",))
CLIENT = Address("client", ("proxy",))


def changed(*fields: FieldChange) -> Plan:
    return Plan("platform", (Change(Action.UPDATE, CLIENT, fields),))


def test_a_whole_plan() -> None:
    plan = Plan(
        "platform",
        (
            Change(
                Action.CREATE, ROLE, (FieldChange("description", None, "Reads"),), Place("realms/p/orders.yaml", 3, 5)
            ),
            Change(
                Action.UPDATE,
                CLIENT,
                (
                    FieldChange("redirectUris", ["https://a/", "https://b"], ["https://b", "https://c/"], Compare.SET),
                    FieldChange("enabled", False, True),
                    FieldChange("attributes.color", None, "red"),
                    FieldChange("attributes.shape", "round", None),
                    FieldChange("secret", HIDDEN, HIDDEN, Compare.SECRET),
                ),
                renamed_from=Address("client", ("gateway",)),
            ),
            Change(Action.DELETE, Address("role", ("old",)), protected=True, notes=("It is held by 12 users.",)),
        ),
        adopted=(Address("role", ("a",)),),
        unmanaged=(Address("role", ("x",)), Address("role", ("y",))),
        warnings=(Finding("clear-secret", "a secret in clear text", Place("f.yaml", 1, 2), "use $(env:X)", "warning"),),
        unseen=("the flows",),
        version="26.7.3",
    )
    assert (
        text([plan])
        == """\
Realm platform (Keycloak 26.7.3)

  + realm role reader  (realms/p/orders.yaml:3)
      description: "Reads"

  ~ client proxy (renamed from client gateway)
      redirectUris: +"https://c/" -"https://a/"
      enabled: false → true
      attributes.color: unset → "red"
      attributes.shape: "round" → (removed)
      secret: (secret changed)

  - realm role old [protected]
      It is held by 12 users.

  `realmctl undo` makes deleted objects anew, but what hung on them is gone: who held or was in them, sessions, \
secrets. To keep an object, declare it again; if it was renamed, give the new one `renamedFrom: <old name>`.
  1 object gets another secret: the old value is kept nowhere, and `realmctl undo` leaves the new one.
  1 declared object is on the server already: an apply notes it as owned by realmctl, which may delete it later.
  2 objects are unmanaged: on the server, declared by nobody, and touched by nothing.
  Not seen: the flows

  f.yaml:1:2: warning: a secret in clear text [clear-secret]
      use $(env:X)

Plan: 1 to add, 1 to change, 1 to destroy.
"""
    )


def test_nothing_to_do() -> None:
    assert text([Plan("platform")]) == "Realm platform\n  No changes. The realm is as declared.\n"


def test_verbose_names_what_is_only_counted_else() -> None:
    plan = Plan("platform", unmanaged=(Address("client-role", ("api", "x")),))
    assert "client role api / x" in text([plan], verbose=True)
    assert "client role api / x" not in text([plan])


def test_several_realms_have_one_summary() -> None:
    out = text([Plan("a", (Change(Action.CREATE, ROLE),)), Plan("b", (Change(Action.CREATE, ROLE),))])
    assert out.count("Plan:") == 1
    assert out.endswith("Plan: 2 to add, 0 to change, 0 to destroy.\n")


def test_a_refusal_to_come_is_told_with_the_plan() -> None:
    refusal = Refused("more than the limit", advice="look at each")
    out = text([changed(FieldChange("a", 1, 2))], refusals={"platform": refusal})
    assert "An apply would be refused" in out
    assert "more than the limit" in out
    assert "look at each" in out


def test_colour_is_only_added() -> None:
    plan = Plan("platform", (Change(Action.DELETE, ROLE),))
    colored = text([plan], color=True)
    assert "\x1b[31m- realm role reader\x1b[0m" in colored
    assert "\x1b" not in text([plan])


def test_no_secret_is_shown_whatever_field_holds_it() -> None:
    canary = Secret("CANARY-1", "$(env:X)")
    plan = changed(
        FieldChange("secret", canary, canary, Compare.SECRET),
        FieldChange("secret", "CANARY-2", "CANARY-3", Compare.SECRET),
        FieldChange("config.clientSecret", None, canary),
        FieldChange("config", {"clientSecret": canary}, {"clientSecret": canary, "a": [canary]}, Compare.TREE),
    )
    for one in (plan, Plan("p", (Change(Action.CREATE, CLIENT, plan.changes[0].fields),))):
        assert "CANARY" not in text([one], verbose=True)


def test_control_characters_from_the_server_do_not_reach_a_terminal() -> None:
    evil = "a\x1b[2Jb\nc\rd\x9be\u202ef\x07"
    plan = Plan(
        evil,
        (
            Change(
                Action.UPDATE,
                Address("role", (evil,)),
                (FieldChange(evil, evil, [evil]), FieldChange(evil, [evil], [], Compare.SET)),
                Place(evil),
                Address("role", (evil,)),
                notes=(evil,),
            ),
            Change(Action.CREATE, Address("role", (evil,)), (FieldChange("f", None, {evil: evil}),)),
        ),
        unmanaged=(Address("role", (evil,)),),
        warnings=(Finding(evil, evil, Place(evil), evil),),
        unseen=(evil,),
        version=evil,
        owner=evil,
        adopted=(Address("role", (evil,)),),
    )
    out = text([plan], verbose=True, refusals={evil: Refused(evil, advice=evil)})
    assert not [char for char in out if char in "\x1b\r\x9b\u202e\x07"]
    assert "\\x1b[2J" in out


def test_long_values_are_cut_where_they_are_the_same() -> None:
    old, new = "x" * 500 + "OLD" + "y" * 500, "x" * 500 + "NEW" + "y" * 500
    line = next(line for line in text([changed(FieldChange("a", old, new))]).splitlines() if "a:" in line)
    assert "OLD" in line
    assert "NEW" in line
    assert len(line) < 500


def test_of_nested_maps_only_what_differs_is_shown() -> None:
    field = FieldChange("config", {"a": {"b": 1, "same": 5}}, {"a": {"b": 2, "same": 5}, "new": True}, Compare.TREE)
    out = text([changed(field)])
    assert "config.a.b: 1 → 2" in out
    assert "config.new: unset → true" in out
    assert "same" not in out


def test_a_long_set_takes_a_line_for_each() -> None:
    field = FieldChange("uris", [], [f"https://host-{number}.example.com/" for number in range(20)], Compare.SET)
    lines = text([changed(field)]).splitlines()
    assert sum('+"https://host-' in line for line in lines) == 20
