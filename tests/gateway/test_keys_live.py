"""Keycloak's keys, fetched by the sidecars themselves: through the mesh, as the mesh's values ask for."""

from __future__ import annotations

import json

import yaml

from tooling.gateway.stand.charts import ROOT
from tooling.gateway.stand.directory import ADA
from tooling.gateway.stand.istio import Istiod
from tooling.gateway.stand.stand import Stand

VALUES = ROOT / "charts" / "gateway" / "istiod" / "values.yaml"


def test_sidecars_fetch_the_keys_over_mutual_tls(stand: Stand) -> None:
    environ = yaml.safe_load(VALUES.read_text(encoding="utf-8"))["env"]
    # Nobody puts the keys in beforehand.
    with stand.changed(lambda *_: None, istiod=Istiod(environ, keys=False)) as door:
        (echo,) = (pod for pod in door.cluster.pods if pod.workload == "echo")
        said = json.dumps(door.envoys[echo.name])
        assert '"remote_jwks"' in said
        assert '"local_jwks"' not in said
        person = door.person(ADA)
        assert person.open("/echo").status_code == 200
        # A token that nobody signed is still none.
        forged = {"Authorization": "Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0.x"}
        assert door.person().send("GET", "/echo", headers=forged).status_code in {401, 403}
