"""Manifests: valid by schema, true to each other, and their commands are commands that Raglan knows."""

import shutil
import subprocess
from pathlib import Path

import jsonschema
import pytest
import yaml

from raglan.cli.arguments import parser
from tests.deploy.schemas import KINDS

FOLDER = Path(__file__).parents[2] / "deploy" / "kubernetes"
APART = {"kustomization.yaml", "adapter.yaml", "prepare.yaml"}
MANIFESTS = {path.name: yaml.safe_load(path.read_text(encoding="utf-8")) for path in sorted(FOLDER.glob("*.yaml"))}
OBJECTS = {name: one for name, one in MANIFESTS.items() if name not in {"kustomization.yaml", "adapter.yaml"}}
POD = MANIFESTS["deployment.yaml"]["spec"]["template"]


@pytest.mark.parametrize("name", OBJECTS)
def test_every_manifest_is_valid(name: str) -> None:
    jsonschema.validate(OBJECTS[name], KINDS[OBJECTS[name]["kind"]])


def test_a_misspelt_field_is_found() -> None:
    broken = yaml.safe_load((FOLDER / "deployment.yaml").read_text(encoding="utf-8"))
    broken["spec"]["template"]["spec"]["containers"][0]["securityContext"]["readOnlyRootFileSystem"] = True
    with pytest.raises(jsonschema.ValidationError, match="readOnlyRootFileSystem"):
        jsonschema.validate(broken, KINDS["Deployment"])


def test_the_kustomization_names_every_manifest() -> None:
    assert set(MANIFESTS["kustomization.yaml"]["resources"]) == set(MANIFESTS) - APART


def test_selectors_select_the_pods() -> None:
    labels = POD["metadata"]["labels"].items()
    specs = [MANIFESTS[name]["spec"] for name in ("deployment.yaml", "disruption.yaml")]
    chosen = [spec["selector"]["matchLabels"] for spec in specs]
    chosen += [
        MANIFESTS["service.yaml"]["spec"]["selector"],
        MANIFESTS["network.yaml"]["spec"]["podSelector"]["matchLabels"],
    ]
    [near] = POD["spec"]["affinity"]["podAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]
    chosen.append(near["labelSelector"]["matchLabels"])
    assert all(one.items() <= labels for one in chosen)
    assert not MANIFESTS["service.yaml"]["spec"]["selector"].items() <= (
        MANIFESTS["prepare.yaml"]["spec"]["template"]["metadata"]["labels"].items()
    )


@pytest.mark.parametrize("name", ["deployment.yaml", "prepare.yaml"])
def test_mounts_lead_to_volumes_and_volumes_to_claims(name: str) -> None:
    pod = MANIFESTS[name]["spec"]["template"]["spec"]
    volumes = {volume["name"] for volume in pod["volumes"]}
    for container in [*pod["containers"], *pod.get("initContainers", [])]:
        assert {mount["name"] for mount in container["volumeMounts"]} <= volumes
        assert {"/store", "/tmp"} <= {mount["mountPath"] for mount in container["volumeMounts"]}
    claims = [v["persistentVolumeClaim"]["claimName"] for v in pod["volumes"] if "persistentVolumeClaim" in v]
    assert claims == [MANIFESTS["storage.yaml"]["metadata"]["name"]]


def test_ports_have_the_names_that_are_asked_for() -> None:
    [container] = POD["spec"]["containers"]
    [port] = container["ports"]
    probes = [container[f"{when}Probe"]["httpGet"] for when in ("startup", "readiness", "liveness")]
    assert {probe["port"] for probe in probes} == {port["name"]}
    assert MANIFESTS["service.yaml"]["spec"]["ports"][0]["targetPort"] == port["name"]
    assert POD["metadata"]["annotations"]["prometheus.io/port"] == str(port["containerPort"])
    [rule] = MANIFESTS["network.yaml"]["spec"]["ingress"]
    assert rule["ports"] == [{"protocol": "TCP", "port": port["containerPort"]}]


def test_the_server_has_time_to_stop() -> None:
    pytest.importorskip("uvicorn", reason="the extra serve is not installed")
    from raglan.serve import running

    [container] = POD["spec"]["containers"]
    assert "sleep(5)" in container["lifecycle"]["preStop"]["exec"]["command"][-1]
    assert POD["spec"]["terminationGracePeriodSeconds"] >= running._GRACE + running._CLOSING + 5


@pytest.mark.parametrize("name", ["deployment.yaml", "prepare.yaml"])
def test_commands_are_known(name: str) -> None:
    pod = MANIFESTS[name]["spec"]["template"]["spec"]
    for container in [*pod["containers"], *pod.get("initContainers", [])]:
        parser().parse_args(container["args"])


def test_it_scales_by_a_metric_that_is_told() -> None:
    pytest.importorskip("prometheus_client", reason="the extra serve is not installed")
    from raglan.serve.metrics import Metrics

    scaling = MANIFESTS["autoscaling.yaml"]["spec"]
    assert scaling["scaleTargetRef"]["name"] == MANIFESTS["deployment.yaml"]["metadata"]["name"]
    [metric] = scaling["metrics"]
    name = metric["pods"]["metric"]["name"]
    assert name in {family.name for family in Metrics().registry.collect()}
    [rule] = MANIFESTS["adapter.yaml"]["rules"]["custom"]
    assert rule["name"]["matches"] == name
    assert rule["seriesQuery"].startswith(f"{name}{{")


def test_kustomize_puts_it_together() -> None:
    kubectl = shutil.which("kubectl")
    if kubectl is None:
        pytest.skip("kubectl is not installed")
    done = subprocess.run([kubectl, "kustomize", str(FOLDER)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    made = list(yaml.safe_load_all(done.stdout))
    assert len(made) == len(MANIFESTS) - len(APART)
    [deployment] = [one for one in made if one["kind"] == "Deployment"]
    assert ":" in deployment["spec"]["template"]["spec"]["containers"][0]["image"], "an image has a tag"
    assert deployment["metadata"]["namespace"] == "raglan"
