"""Every field of every kind, and every config key of Keycloak's own types, is some rule's or harmless for a reason."""

from __future__ import annotations

import pytest

from realmctl.analysis.danger import rule_set
from realmctl.analysis.danger.harmless_fields import HARMLESS
from realmctl.analysis.danger.rules.unjudged import judged_fields
from realmctl.keycloak.catalog import catalogue, fresh_realm
from realmctl.keycloak.kinds.registry import kinds
from realmctl.model.fields import Compare

FEDERATION = (
    "enabled", "priority", "importEnabled", "editMode", "syncRegistrations", "vendor",
    "usePasswordModifyExtendedOp", "usernameLDAPAttribute", "rdnLDAPAttribute", "uuidLDAPAttribute",
    "userObjectClasses", "connectionUrl", "usersDn", "relativeCreateDn", "authType", "startTls", "bindDn",
    "bindCredential", "customUserSearchFilter", "searchScope", "validatePasswordPolicy", "trustEmail",
    "useTruststoreSpi", "connectionPooling", "connectionTimeout", "readTimeout", "pagination", "referral",
    "allowKerberosAuthentication", "serverPrincipal", "keyTab", "kerberosRealm", "krbPrincipalAttribute", "debug",
    "useKerberosForPasswordAuthentication", "connectionTrace", "enableLdapPasswordPolicy",
    "allowPasswordAuthentication", "updateProfileFirstLogin", "batchSizeForSync", "fullSyncPeriod",
    "changedSyncPeriod", "cachePolicy", "evictionDay", "evictionHour", "evictionMinute", "maxLifespan",
    "removeInvalidUsersEnabled",
)  # fmt: skip
"""The config keys of LDAP and Kerberos federation (26.7.3, from serverinfo)."""
KEYS = (
    "active", "algorithm", "keySize", "secretSize", "privateKey", "certificate", "keystore", "keystorePassword",
    "keystoreType", "keyAlias", "keyPassword", "keyUse", "ecdsaEllipticCurveKey", "eddsaEllipticCurveKey",
    "ecdhEllipticCurveKey", "ecdhAlgorithm", "ecGenerateCertificate", "kid",
)  # fmt: skip
"""The config keys of key providers (26.7.3, from serverinfo)."""
REGISTRATION = (
    "allowed-client-scopes", "allow-default-scopes", "allowed-protocol-mapper-types", "max-clients", "web-origins",
    "trusted-hosts", "host-sending-registration-request-must-match", "client-uris-must-match",
)  # fmt: skip
"""The config keys of policies of client registration (26.7.3, from serverinfo)."""


@pytest.mark.parametrize("kind", kinds())
def test_every_field_of_a_kind_is_judged_or_harmless(kind: str) -> None:
    judged = judged_fields()
    for name, compare in kinds()[kind].fields().items():
        field = f"{kind}.{name}"
        keyed = compare in (Compare.KEYS, Compare.TREE) and any(one.startswith(f"{field}.") for one in judged)
        assert field in judged or keyed, f"{field}: write a rule for it, or why it is harmless"


@pytest.mark.parametrize("provider", catalogue().identity_providers)
def test_every_setting_of_an_identity_provider_is_judged_or_harmless(provider: str) -> None:
    keys = catalogue().identity_providers[provider]
    assert {key for key in keys if f"identity-provider.config.{key}" not in judged_fields()} == set()


@pytest.mark.parametrize("key", [*FEDERATION, *KEYS, *REGISTRATION])
def test_every_setting_of_a_component_is_judged_or_harmless(key: str) -> None:
    assert f"component.config.{key}" in judged_fields()


def test_every_setting_of_a_required_action_is_judged_or_harmless() -> None:
    keys = {key for found in catalogue().required_actions.values() for key in found}
    assert {key for key in keys if f"required-action.config.{key}" not in judged_fields()} == set()


def test_every_attribute_of_an_untouched_realm_is_judged_or_harmless() -> None:
    realm = fresh_realm()
    known = {f"realm.attributes.{key}" for key in realm["attributes"]}
    known |= {f"realm.browserSecurityHeaders.{key}" for key in realm["browserSecurityHeaders"]}
    for section, kind in (("clients", "client"), ("clientScopes", "client-scope")):
        known |= {f"{kind}.attributes.{key}" for one in realm[section] for key in one.get("attributes") or ()}
    assert known - judged_fields() == set()


def test_nothing_is_both_judged_and_harmless() -> None:
    judged = {field for rule in rule_set().values() for field in rule.fields}
    assert judged & set(HARMLESS) == set()


def test_every_rule_says_what_it_is_about() -> None:
    for rule in rule_set().values():
        assert not rule.title.endswith(".")
        assert rule.why.endswith(".")
        assert rule.instead.endswith(".")
        for field in rule.fields:
            kind, _, rest = field.partition(".")
            assert kind in kinds(), field
            top = rest.split(".")[0]
            assert top in (*kinds()[kind].fields(), "renamedFrom"), field
