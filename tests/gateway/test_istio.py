"""What Istio would drop or deny in silence is refused before anything runs: the stand's generator is strict."""

from __future__ import annotations

import copy
import itertools
from typing import Any

import pytest

from tests.gateway.changes import one
from tests.gateway.conftest import programs
from tooling.gateway.stand import istio
from tooling.gateway.stand.charts import Charts, rendered
from tooling.gateway.stand.manifests import Cluster, Document


@pytest.fixture(scope="module")
def charts(tmp_path_factory: pytest.TempPathFactory) -> Charts:
    programs("helm", "istio")
    return rendered(tmp_path_factory.mktemp("charts"))


def sent(charts: Charts, mesh: dict[str, Any] | None = None) -> dict[str, Any]:
    """What the gateway's Envoy is sent; without services' tokens, whose keys nobody serves here."""
    documents = [document for document in charts.documents if document["kind"] != "RequestAuthentication"]
    addresses = itertools.count(10)
    cluster = Cluster(documents, lambda _: f"127.0.1.{next(addresses)}")
    (gateway,) = (pod for pod in cluster.pods if pod.gateway)
    return istio.sent(cluster, {**charts.mesh, **(mesh or {})}, gateway, [])[gateway.name]


def test_the_charts_are_taken_and_listen(charts: Charts) -> None:
    assert {listener["name"] for listener in sent(charts)["listeners"]} == {"0.0.0.0_8080", "0.0.0.0_8443"}


def login(documents: list[Document]) -> dict[str, Any]:
    spec: dict[str, Any] = one(documents, "AuthorizationPolicy", having="CUSTOM")["spec"]
    return spec


def mistyped_field(documents: list[Document]) -> None:
    login(documents)["acton"] = "CUSTOM"


def no_provider(documents: list[Document]) -> None:
    del login(documents)["provider"]


def another_provider(documents: list[Document]) -> None:
    login(documents)["provider"] = {"name": "oauth2proxy"}


def mistyped_inside_a_filter(documents: list[Document]) -> None:
    patches = one(documents, "EnvoyFilter", having="gateway.untrusted_headers")["spec"]["configPatches"]
    (value,) = (
        patch["patch"]["value"]
        for patch in patches
        if patch["patch"]["value"].get("name") == "gateway.untrusted_headers"
    )
    value["typed_config"]["mutatoins"] = value["typed_config"].pop("mutations")


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (mistyped_field, 'unknown field "acton"'),
        (no_provider, "provider.name"),
        (another_provider, "everybody would get 403"),
        (mistyped_inside_a_filter, "mutatoins"),
    ],
)
def test_a_mistake_is_told(charts: Charts, change: Any, told: str) -> None:
    documents = copy.deepcopy(list(charts.documents))
    change(documents)
    with pytest.raises(AssertionError, match="does not take the configuration") as caught:
        sent(Charts(documents, charts.mesh, charts.realm, charts.values))
    assert told in str(caught.value)


def test_a_mistake_in_the_mesh_config_is_told(charts: Charts) -> None:
    with pytest.raises(AssertionError, match="pathNormalisation"):
        sent(charts, {"pathNormalisation": {"normalization": "BASE"}})
