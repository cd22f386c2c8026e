"""Files of realms → desired: what is read, merged, resolved and placed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from realmctl.config.loader import Assumed, RealmConfig, Text, load, read_variables, reference_of, resolve
from realmctl.errors import BadConfig, Place
from realmctl.model.address import Address
from realmctl.model.secret import HIDDEN, Secret

Write = Callable[..., None]


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Writes files below the working directory."""
    monkeypatch.chdir(tmp_path)

    def files(**texts: str) -> None:
        for name, text in texts.items():
            path = tmp_path / (name.replace("__", "/") + ".yaml")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)

    return files


def one(*paths: str, **environ: str) -> RealmConfig:
    (config,) = load(paths, environ=environ)
    return config


def rules(error: pytest.ExceptionInfo[BadConfig]) -> list[str]:
    return [finding.rule for finding in error.value.findings]


def test_all_files_of_a_folder_are_one_realm(write: Write) -> None:
    write(realms__a__realm="realm: a\n", realms__a__teams__orders="roles: {reader: {}}\n", realms__b__x="realm: b\n")

    configs = load([], environ={})

    assert [config.name for config in configs] == ["a", "b"]
    assert configs[0].files == ("realms/a/realm.yaml", "realms/a/teams/orders.yaml")
    assert Address("role", ("reader",)) in configs[0].desired.resources


def test_realms_of_one_file_each_may_share_a_folder(write: Write) -> None:
    write(realms__a="realm: a\n", realms__b="realm: b\nroles: {r: {}}\n")

    assert [config.name for config in load(["realms"], environ={})] == ["a", "b"]
    assert one("realms/b.yaml").name == "b"


def test_files_named_one_by_one_are_merged(write: Write) -> None:
    write(a__realm="realm: a\n", a__orders="roles: {r: {}}\n")

    assert one("a/realm.yaml", "a/orders.yaml", "a/orders.yaml").files == ("a/realm.yaml", "a/orders.yaml")


def test_a_part_of_a_folder_is_warned_about(write: Write) -> None:
    write(a__realm="realm: a\n", a__orders="roles: {r: {}}\n", a__more='realm: "a"  # again\n', b__a="realm: a\n")
    write(b__b="realm: b\n")

    (warning,) = one("a/realm.yaml").findings

    assert warning.severity == "warning"
    assert "more.yaml, orders.yaml" in warning.message
    assert one("a").findings == one("b/a.yaml").findings == ()


def test_hidden_files_and_other_files_are_left_alone(write: Write, tmp_path: Path) -> None:
    write(a__realm="realm: a\n", **{"a__.draft": "][", "a__.git__x": "]["})
    (tmp_path / "a/notes.txt").write_text("][")

    assert one("a").files == ("a/realm.yaml",)


@pytest.mark.parametrize("paths", [[], ["nowhere"], ["empty"]])
def test_nothing_found_is_told(paths: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()

    with pytest.raises(BadConfig) as error:
        load(paths, environ={})

    assert rules(error) == ["nothing-found"]


def test_the_same_realm_in_two_folders_names_both(write: Write) -> None:
    write(realms__a__realm="realm: a\n", realms__b__realm="roles: {}\nrealm: a\n")

    with pytest.raises(BadConfig) as error:
        load([], environ={})

    assert rules(error) == ["two-folders"]
    assert "realms/a/realm.yaml:1:8" in error.value.message
    assert str(error.value.place) == "realms/b/realm.yaml:2:8"


def test_every_mistake_of_every_realm_is_told_at_once(write: Write) -> None:
    write(realms__a__realm="realm: a\nx: 1\ny: 2\n", realms__b__realm="realm: b\ndisplayName: 5\n")

    with pytest.raises(BadConfig) as error:
        load([], environ={})

    assert rules(error) == ["unknown-key", "unknown-key", "wrong-type"]


def test_scalars_mean_what_they_look_like(write: Write) -> None:
    write(
        a="realm: a\nattributes:\n"
        "  yes: on\n  octal: 0777\n  date: 2026-11-24\n  version: 1.10\n  half: 0.5\n  n: -3\n  t: True\n  none: ~\n"
        "  quoted: 'true'\n  big: 123456789012345678901234567890\n"
    )

    assert one("a.yaml").desired.resources[Address("realm")].fields["attributes"] == {
        "yes": "on", "octal": "0777", "date": "2026-11-24", "version": "1.10", "half": "0.5", "n": "-3", "t": "true",
        "none": None, "quoted": "true", "big": "123456789012345678901234567890",
    }  # fmt: skip


def test_numbers_as_names_stay_names(write: Write) -> None:
    write(a="realm: a\nroles:\n  007:\n  true: {}\n  1.10: {}\n")

    names = [address.name for address in one("a.yaml").desired.resources if address.kind == "role"]

    assert names == ["007", "true", "1.10"]


def test_anchors_and_merge_keys(write: Write) -> None:
    write(
        a="realm: a\nclients:\n"
        "  one: &app\n    publicClient: true\n    redirectUris: [https://one.example.com/cb]\n"
        "  two:\n    <<: *app\n    redirectUris: [https://two.example.com/cb]\n"
    )
    two = one("a.yaml").desired.resources[Address("client", ("two",))]

    assert two.fields == {"publicClient": True, "redirectUris": ["https://two.example.com/cb"]}
    assert two.origin.place("publicClient") == Place("a.yaml", 4, 19)
    assert two.origin.place("redirectUris", 0) == Place("a.yaml", 8, 20)


def test_interpolation_resolves_and_keeps_keycloaks_own(write: Write, tmp_path: Path) -> None:
    write(
        a__r="realm: $(env:REALM)\n"
        "displayName: $(env:A_NAME)-$(var:b)\n"
        "loginTheme: $(env:NONE:-keycloak)\n"
        "accountTheme: $(env:EMPTY:-v3)\n"
        "enabled: $(env:ON)\n"
        "failureFactor: $(env:N_COUNT)\n"
        "attributes:\n  own: ${vault.x} ${role_admin}\n  plain: $$(env:A)\n  file: $(file:words.txt)\n"
        "roles: {'$(env:A_NAME)-reader': {description: '$(env:A_NAME)'}}\n"
    )
    (tmp_path / "a/words.txt").write_text("from a file\n")
    environ = {"REALM": "real", "A_NAME": "x", "EMPTY": "", "ON": "true", "N_COUNT": "7"}

    (config,) = load(["a"], environ=environ, variables={"b": "y"})
    realm = config.desired.resources[Address("realm")]

    assert config.name == "real"
    assert {name: realm.fields[name] for name in ("displayName", "loginTheme", "accountTheme", "enabled")} == {
        "displayName": "x-y", "loginTheme": "keycloak", "accountTheme": "v3", "enabled": True,
    }  # fmt: skip
    assert realm.fields["failureFactor"] == 7
    assert realm.fields["attributes"] == {
        "own": "${vault.x} ${role_admin}", "plain": "$(env:A)", "file": Secret("from a file"),
    }  # fmt: skip
    role = config.desired.resources[Address("role", ("x-reader",))]
    assert role.origin.place("description") == Place("a/r.yaml", 11, 47)
    assert config.variables == (
        "env:A_NAME", "env:EMPTY", "env:NONE", "env:N_COUNT", "env:ON", "env:REALM", "file:words.txt", "var:b",
    )  # fmt: skip


def test_a_secret_knows_its_reference_and_resolves_from_it(write: Write, tmp_path: Path) -> None:
    write(realms__a__r="realm: a\nclients:\n  c: {secret: $(env:S)}\n  d: {secret: $(file:s.txt)}\n")
    (tmp_path / "realms/a/s.txt").write_text("canary-d\n")
    config = one("realms/a", S="canary-c")
    secrets = {name: config.desired.resources[Address("client", (name,))].fields["secret"] for name in ("c", "d")}

    assert secrets == {"c": Secret("canary-c"), "d": Secret("canary-d")}
    assert [secret.reference for secret in secrets.values()] == ["$(env:S)", "$(file:realms/a/s.txt)"]
    assert [resolve(secret.reference, environ={"S": "now"}, variables={}) for secret in secrets.values()] == [
        "now",
        "canary-d",
    ]
    with pytest.raises(BadConfig, match="S is not set"):
        resolve("$(env:S)", environ={}, variables={})


def test_sections_show_no_secret_and_keep_what_was_written(write: Write) -> None:
    write(
        a="realm: a\naccessTokenLifespan: 5m\nclients:\n  c: {secret: canary-clear, redirectUris: [$(env:U)]}\n"
        "identityProviders:\n  i: {providerId: oidc, config: {clientSecret: $(env:S), clientId: x}}\n"
        "roles: {all: {composites: {client: {c: [r]}}}}\n"
    )
    config = one("a.yaml", S="canary-s", U="https://c.example.com/cb")

    assert "canary" not in repr(config)
    assert "canary" not in str(config.sections)
    assert config.sections["accessTokenLifespan"] == "5m"
    assert config.sections["roles"]["all"] == {"composites": {"client": {"c": ["r"]}}}
    assert str(config.sections["identityProviders"]["i"]["config"]) == f"{{'clientSecret': {HIDDEN}, 'clientId': 'x'}}"
    assert reference_of(config.sections["clients"]["c"]["redirectUris"][0]) == "$(env:U)"


def test_a_text_does_not_show_what_it_stands_for() -> None:
    assert repr(Text("canary", "$(env:X)")) == "Text('$(env:X)')"
    assert Text("canary", "$(env:X)") == "canary"


@pytest.mark.parametrize(
    ("written", "public"),
    [
        ("$(env:X)", True), ("$(file:a/b.txt)", True), ("$(env:A)$(env:B)", True), ("$(env:X:-)", True),
        ("$(env:X:-canary)", False), ("canary$(env:X)", False), ("$$(x)$(env:X)", False),
    ],
)  # fmt: skip
def test_a_reference_that_tells_of_the_secret_is_not_shown(written: str, public: bool) -> None:
    assert Text("canary", written).secret_reference == (written if public else "")


def test_realmctls_own_keys(write: Write) -> None:
    write(
        a="realm: a\nowner: team-a\ndeletions: {limit: 2, share: 10%}\nprune: [roles]\n",
    )
    desired = one("a.yaml").desired

    assert (desired.owner, desired.limits.count, desired.limits.share) == ("team-a", 2, 0.1)
    assert desired.prune == {"role"}


def test_prune_of_several_sections_and_files(write: Write) -> None:
    write(a__r="realm: a\nprune: {clients: all}\n", b__r="realm: b\nprune: [roles]\n", b__s="prune: [clients.roles]\n")

    assert one("a").desired.prune == {"client"}
    assert one("b").desired.prune == {"role", "client-role"}


def test_files_add_to_words_and_lists(write: Write) -> None:
    write(
        a__realm="realm: a\nclients: {x: {}, y: {}}\ndefaultRoles: [one]\nroles: {one: {}, two: {}}\n"
        "tokens:\n  audiences: [x]\n",
        a__team="defaultRoles: [two]\ntokens:\n  audiences: [y]\n  claims: {d: {userAttribute: d}}\n",
    )
    config = one("a")
    default = config.desired.resources[Address("default-roles")]

    assert default.fields == {"defaultRoles": ["role/one", "role/two"]}
    assert default.origin.place("defaultRoles", 1) == Place("a/team.yaml", 1, 16)
    assert config.origin.place("tokens", "audiences", 1) == Place("a/team.yaml", 3, 15)
    assert config.origin.place("tokens", "claims", "d") == Place("a/team.yaml", 4, 12)


def test_what_a_word_makes_is_placed_in_the_word_and_explicit_wins(write: Write) -> None:
    write(
        a="realm: a\noauth2Proxy:\n  hosts: [apps.example.com]\n  clientSecret: $(env:S)\n"
        "clients:\n  oauth2-proxy:\n    name: Ours\n",
    )
    client = one("a.yaml", S="canary").desired.resources[Address("client", ("oauth2-proxy",))]

    assert client.fields["name"] == "Ours"
    assert client.fields["redirectUris"] == ["https://apps.example.com/oauth2/callback"]
    assert client.fields["secret"] == Secret("canary")
    assert client.origin.place("name") == Place("a.yaml", 7, 11)
    assert client.origin.place("secret") == Place("a.yaml", 4, 17)
    assert client.origin.place("redirectUris").line == 3


def test_places_of_objects_fields_and_items(write: Write) -> None:
    write(
        a="realm: a\nclients:\n  shop:\n    enabled: true\n    redirectUris:\n      - https://a/\n      - https://b/\n"
    )
    shop = one("a.yaml").desired.resources[Address("client", ("shop",))]

    assert [str(shop.origin.place(*path)) for path in [(), ("enabled",), ("redirectUris", 1), ("name",)]] == [
        "a.yaml:3:3",
        "a.yaml:4:14",
        "a.yaml:7:9",
        "a.yaml:3:3",
    ]


def test_variable_files(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("host: a.example.com\nport: 8080\non: true\n")
    (tmp_path / "b.yaml").write_text("host: b.example.com\n")
    bad = tmp_path / "bad.yaml"
    bad.write_text("hosts: [a]\n")

    assert read_variables([tmp_path / "a.yaml", tmp_path / "b.yaml"]) == {
        "host": "b.example.com", "port": "8080", "on": "true",
    }  # fmt: skip
    with pytest.raises(BadConfig) as error:
        read_variables([bad])
    assert rules(error) == ["bad-variable"]


@pytest.mark.parametrize(
    ("content", "says"),
    [(b"x" * (1024 * 1024 + 1), "larger than 1024 KiB"), (b"\xff\xfe", "not UTF-8")],
)
def test_a_file_that_is_no_secret(content: bytes, says: str, write: Write, tmp_path: Path) -> None:
    write(a="realm: a\ndisplayName: $(file:blob)\n")
    (tmp_path / "blob").write_bytes(content)

    with pytest.raises(BadConfig, match=says):
        load(["a.yaml"], environ={})


def test_the_pure_parser_finds_the_same(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where PyYAML was built without libyaml."""
    import yaml

    from realmctl.config.yaml import document

    write(a="realm: a\nroles:\n  r: {description: 'x'}\n  s: &s {attributes: {k: [v]}}\n  t: *s\n")
    fast = one("a.yaml")
    monkeypatch.setattr(document, "LOADER", yaml.SafeLoader)
    pure = one("a.yaml")

    def told(config: RealmConfig) -> dict[Any, Any]:
        declared = config.desired.resources.values()
        return {one.address: (one.fields, one.origin.place(), one.origin.place("attributes")) for one in declared}

    assert told(pure) == told(fast)


def test_an_assumed_environment_answers_for_what_is_not_set(tmp_path: Path) -> None:
    (tmp_path / "realm.yaml").write_text(
        "realm: r\ndisplayName: $(env:SET_NAME)\nloginTheme: $(env:THEME:-plain)\nemailTheme: $(env:THEME)\n"
        "clients:\n  a: { secret: $(env:SECRET) }\n  b: { secret: $(env:OTHER) }\n"
    )
    (config,) = load([tmp_path], environ=Assumed({"SET_NAME": "there"}))
    fields = {str(one.address): one.fields for one in config.desired.resources.values()}
    assert (fields["realm"]["displayName"], fields["realm"]["loginTheme"]) == ("there", "plain")
    assert fields["realm"]["emailTheme"] == Assumed({})["THEME"]
    assert fields["client/a"]["secret"] != fields["client/b"]["secret"]
    assert dict(Assumed({"SET_NAME": "there"})) == {"SET_NAME": "there"}
