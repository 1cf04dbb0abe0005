"""Kubernetes manifests, built by kubectl and judged by the schemas of Kubernetes and its operators.

No cluster runs here: that pods start and scale is not tested.
"""

import json
import shutil
import subprocess
import venv
from pathlib import Path
from typing import Any

import pytest
import yaml

from gateway.configuration.settings import Settings
from gateway.kit.release import VERSION
from gateway.kit.telemetry import metrics
from tests.deploy.deploy_files import DEPLOY, find_tool
from tests.docs.test_documents import is_known_command
from tests.node_tools import ToolBench

MANIFESTS = DEPLOY / "kubernetes"
KUBERNETES_VALIDATE = "kubernetes-validate==1.37.0"
KUBERNETES_VERSIONS = ("1.31.0", "1.37.0")
MODELS = ("@kubernetes-models/keda@2.0.0", "@kubernetes-models/prometheus-operator@6.0.0")
OPERATED = {"ScaledObject", "PodMonitor"}
STOP_SECONDS = 60  # what a gateway gives to accepted work (docs/production.md)
Resource = dict[str, Any]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> list[Resource]:
    """All resources, as `kubectl apply -k` would send them, with the example secrets."""
    kubectl = find_tool("kubectl")
    folder = shutil.copytree(MANIFESTS, tmp_path_factory.mktemp("kubernetes") / "manifests")
    for name in ("secrets.env", "owner.env"):
        shutil.copy(folder / f"{name}.example", folder / name)
    ran = subprocess.run(
        [kubectl, "kustomize", str(folder)], capture_output=True, text=True, timeout=60, check=False
    )
    assert ran.returncode == 0, ran.stderr
    return list(yaml.safe_load_all(ran.stdout))


def find_resource(built: list[Resource], kind: str, name: str) -> Resource:
    """Return the only resource of this kind and name."""
    (found,) = [each for each in built if each["kind"] == kind and each["metadata"]["name"] == name]
    return found


def list_pods(built: list[Resource]) -> dict[str, Resource]:
    """Return the pod of each workload, by the workload's name."""
    pods = {}
    for each in built:
        if each["kind"] in {"Deployment", "Job", "CronJob"}:
            spec = each["spec"].get("jobTemplate", each)["spec"]
            pods[each["metadata"]["name"]] = spec["template"]["spec"]
    return pods


def test_every_pod_runs_without_root_rights_or_a_writable_root(built: list[Resource]) -> None:
    pods = list_pods(built)
    assert set(pods) == {"gateway", "worker", "killatamata-migrate", "backup"}
    for name, pod in pods.items():
        (container,) = pod["containers"]
        assert pod["automountServiceAccountToken"] is False
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        assert container["securityContext"] == {
            "readOnlyRootFilesystem": True,
            "allowPrivilegeEscalation": False,
            "capabilities": {"drop": ["ALL"]},
        }
        assert {each["mountPath"] for each in container["volumeMounts"]} == {
            *("/tmp", "/var/lib/killatamata"),  # noqa: S108 - the pod's own
            *(["/backups"] if name == "backup" else []),
        }
        assert set(container["resources"]["requests"]) >= {"cpu", "memory"}
        assert "memory" in container["resources"]["limits"]
        assert container["image"] == f"registry.example.com/killatamata:{VERSION}"
        assert is_known_command(["killatamata", *container["args"]])
    (user,) = {pod["securityContext"]["runAsUser"] for pod in pods.values()}
    assert f"USER {user}:{user}" in (DEPLOY / "Containerfile").read_text()


def test_a_gateway_leaves_the_service_before_it_stops(built: list[Resource]) -> None:
    deployment = find_resource(built, "Deployment", "gateway")
    pod = deployment["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    assert deployment["spec"]["strategy"]["rollingUpdate"]["maxUnavailable"] == 0
    assert container["readinessProbe"]["httpGet"]["path"] == "/readyz"
    assert container["livenessProbe"]["httpGet"]["path"] == "/healthz"
    pause = container["lifecycle"]["preStop"]["sleep"]["seconds"]
    probe = container["readinessProbe"]
    assert pause >= probe["periodSeconds"] * probe["failureThreshold"]
    assert pod["terminationGracePeriodSeconds"] >= pause + STOP_SECONDS
    assert find_resource(built, "PodDisruptionBudget", "gateway")["spec"]["minAvailable"] == 1
    assert deployment["spec"]["replicas"] == 2


def test_a_night_has_one_backup_in_a_volume_that_stays(built: list[Resource]) -> None:
    spec = find_resource(built, "CronJob", "backup")["spec"]
    assert spec["concurrencyPolicy"] == "Forbid"
    assert spec["jobTemplate"]["spec"]["backoffLimit"] == 0
    pod = list_pods(built)["backup"]
    (volume,) = [each for each in pod["volumes"] if "persistentVolumeClaim" in each]
    claim = find_resource(built, "PersistentVolumeClaim", "backups")["metadata"]["name"]
    assert volume["persistentVolumeClaim"]["claimName"] == claim
    (container,) = pod["containers"]
    (mount,) = [each for each in container["volumeMounts"] if each["name"] == volume["name"]]
    assert mount["mountPath"] in container["args"]


def test_every_selector_finds_its_pods_and_every_port_has_a_name_there(
    built: list[Resource],
) -> None:
    component = "app.kubernetes.io/component"
    ports = {}
    for each in built:
        if each["kind"] == "Deployment":
            name = each["metadata"]["name"]
            labels = each["spec"]["template"]["metadata"]["labels"]
            assert each["spec"]["selector"]["matchLabels"].items() <= labels.items()
            (container,) = each["spec"]["template"]["spec"]["containers"]
            ports[labels[component]] = {port["name"] for port in container["ports"]}
            assert labels[component] == name
    for kind in ("PodDisruptionBudget", "PodMonitor", "NetworkPolicy"):
        for name, known in ports.items():
            resource = find_resource(built, kind, name)
            spec = resource["spec"]
            selector = spec["podSelector"] if kind == "NetworkPolicy" else spec["selector"]
            assert selector["matchLabels"] == {component: name}
            used = [port["port"] for rule in spec.get("ingress", ()) for port in rule["ports"]]
            used += [endpoint["port"] for endpoint in spec.get("podMetricsEndpoints", ())]
            assert set(used) <= known
    service = find_resource(built, "Service", "gateway")["spec"]
    assert service["ports"][0]["targetPort"] in ports["gateway"]
    assert find_resource(built, "PodMonitor", "gateway")["spec"]["jobLabel"] == component


def test_only_migration_and_backup_know_the_owner_and_monitors_follow_the_secret(
    built: list[Resource],
) -> None:
    names = {each["metadata"]["name"] for each in built if each["kind"] in {"Secret", "ConfigMap"}}
    used = {}
    for workload, pod in list_pods(built).items():
        sources = [source for each in pod["containers"][0]["envFrom"] for source in each.values()]
        used[workload] = [source["name"] for source in sources]
        assert set(used[workload]) <= names
    knowing = {workload for workload, kept in used.items() if "owner" in " ".join(kept)}
    assert knowing == {"killatamata-migrate", "backup"}
    assert all("owner" in used[workload][-1] for workload in knowing)  # the last one wins
    (endpoint,) = find_resource(built, "PodMonitor", "gateway")["spec"]["podMetricsEndpoints"]
    token = endpoint["authorization"]["credentials"]
    assert token["name"] in names
    assert token["key"] == "KT_METRICS_TOKEN"


def test_each_setting_of_the_manifests_exists(built: list[Resource]) -> None:
    known = {f"KT_{name.upper()}" for name in Settings.model_fields}
    given = {
        name for each in built if each["kind"] in {"ConfigMap", "Secret"} for name in each["data"]
    }
    assert len(given) > 10
    assert {name for name in given if name.startswith("KT_")} <= known
    assert {name for name in given if not name.startswith("KT_")} == {
        *("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"),
    }


def test_workers_scale_by_metrics_that_gateways_have(built: list[Resource]) -> None:
    spec = find_resource(built, "ScaledObject", "worker")["spec"]
    (trigger,) = spec["triggers"]
    shown = {family.name for family in metrics.REGISTRY.collect()}
    query = trigger["metadata"]["query"]
    assert {"killatamata_queue_depth", "killatamata_jobs_in_state"} <= shown
    assert "killatamata_queue_depth{" in query
    assert "killatamata_jobs_in_state{" in query
    assert int(trigger["metadata"]["threshold"]) == Settings().worker_threads
    assert "replicas" not in find_resource(built, "Deployment", "worker")["spec"]


@pytest.mark.slow
def test_every_resource_fits_the_schema_of_kubernetes(
    built: list[Resource], tmp_path: Path
) -> None:
    venv.create(tmp_path / "venv", with_pip=True)
    programs, file = tmp_path / "venv" / "bin", tmp_path / "built.yaml"
    file.write_text(yaml.safe_dump_all(each for each in built if each["kind"] not in OPERATED))
    install = [str(programs / "pip"), "install", "--quiet", KUBERNETES_VALIDATE]
    subprocess.run(install, check=True, timeout=300)
    for version in KUBERNETES_VERSIONS:
        words = [str(programs / "kubernetes-validate"), "--strict", "-k", version, str(file)]
        ran = subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)
        assert ran.returncode == 0, ran.stdout + ran.stderr
        assert (ran.stdout + ran.stderr).count(" passed ") == len(built) - len(OPERATED) - 1


@pytest.mark.slow
def test_resources_of_operators_fit_their_schemas(built: list[Resource], tmp_path: Path) -> None:
    find_tool("npm")
    bench = ToolBench(tmp_path)
    bench.run("npm", "init", "-y")
    bench.install_tools(*MODELS)
    operated = [each for each in built if each["kind"] in OPERATED]
    script = shutil.copy(Path(__file__).with_name("custom_resources.mjs"), tmp_path)
    for documents, code in ((operated, 0), ([operated[0] | {"spec": {}}], 1)):
        ran = subprocess.run(
            ["node", str(script)],
            cwd=tmp_path,
            input=json.dumps(documents),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert ran.returncode == code, ran.stdout + ran.stderr
    assert {each["kind"] for each in operated} == OPERATED
