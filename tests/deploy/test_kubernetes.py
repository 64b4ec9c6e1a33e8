"""The objects for Kubernetes are valid, select each other, and start the program as it can be started."""

from collections.abc import Iterator
from typing import Any

import kubernetes_validate
import pytest
import yaml

from tests.deploy.tools import DEPLOY, ROOT, documents, parsed, run, unread

FOLDER = DEPLOY / "kubernetes"
VERSIONS = ("1.30", kubernetes_validate.latest_version())
FILES = sorted(path for path in FOLDER.glob("*.yaml") if path.name != "kustomization.yaml")
OBJECTS = {(each["kind"], each["metadata"]["name"]): each for path in FILES for each in documents(path)}
WORKLOADS = [("Deployment", "esg-serve"), ("Deployment", "esg-jobs"), ("Job", "esg-migrate")]
COMPONENT = "app.kubernetes.io/component"


def _pod(key: tuple[str, str]) -> Any:
    return OBJECTS[key]["spec"]["template"]


def _container(key: tuple[str, str]) -> Any:
    [container] = _pod(key)["spec"]["containers"]
    return container


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("key", OBJECTS, ids=lambda key: "-".join(key))
def test_an_object_is_valid(key: tuple[str, str], version: str) -> None:
    kubernetes_validate.validate(OBJECTS[key], version, strict=True)


def test_the_validation_refuses_a_word_it_does_not_know() -> None:
    wrong = yaml.safe_load("{apiVersion: v1, kind: Service, metadata: {name: esg}, spec: {selektor: {a: b}}}")
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(wrong, VERSIONS[0], strict=True)


def test_all_files_but_the_secret_are_applied() -> None:
    [kustomization] = documents(FOLDER / "kustomization.yaml")
    listed = set(kustomization["resources"])
    assert {path.name for path in FILES} - listed == {"secret.example.yaml"}
    assert listed - {path.name for path in FILES} == set()


def test_what_is_applied_is_what_the_files_say_with_the_image_and_the_namespace() -> None:
    made = list(yaml.safe_load_all(run("kubectl", "kustomize", FOLDER)))
    assert {(each["kind"], each["metadata"]["name"]) for each in made} == set(OBJECTS) - {("Secret", "esg")}
    assert {each["metadata"]["namespace"] for each in made} == {"esg"}
    images = {
        container["image"]
        for each in made
        if each["kind"] in {"Deployment", "Job"}
        for container in each["spec"]["template"]["spec"]["containers"]
    }
    assert images == {"registry.example/esg-metrics:0.1.0"}


@pytest.mark.parametrize(
    ("key", "role"),
    [(("Deployment", "esg-serve"), "serve"), (("Deployment", "esg-jobs"), "jobs")],
    ids=["serve", "jobs"],
)
def test_a_deployment_starts_the_program_in_its_role(key: tuple[str, str], role: str) -> None:
    read = parsed(_container(key)["args"])
    assert (read["role"], read["workers"]) == (role, 1)


def test_servers_listen_where_they_are_asked_and_the_job_migrates() -> None:
    read = parsed(_container(WORKLOADS[0])["args"])
    assert (read["host"], read["port"]) == ("0.0.0.0", 8000)  # noqa: S104 - inside a pod
    assert _container(WORKLOADS[0])["ports"] == [{"name": "http", "containerPort": 8000}]
    assert parsed(_container(WORKLOADS[2])["args"]) is not None
    assert _container(WORKLOADS[2])["args"] == ["migrate"]


@pytest.mark.parametrize("key", WORKLOADS, ids=lambda key: key[1])
def test_a_pod_has_no_more_rights_than_it_needs(key: tuple[str, str]) -> None:
    spec, container = _pod(key)["spec"], _container(key)
    assert spec["automountServiceAccountToken"] is False
    assert spec["securityContext"]["runAsNonRoot"] is True
    assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert f"--uid {spec['securityContext']['runAsUser']} " in (ROOT / "Dockerfile").read_text()


@pytest.mark.parametrize("key", WORKLOADS, ids=lambda key: key[1])
def test_a_pod_may_take_a_bounded_memory_and_asks_for_a_processor(key: tuple[str, str]) -> None:
    resources = _container(key)["resources"]
    assert set(resources["requests"]) == {"cpu", "memory"}
    assert set(resources["limits"]) == {"memory"}


@pytest.mark.parametrize("key", WORKLOADS, ids=lambda key: key[1])
def test_every_variable_is_read_and_every_secret_there(key: tuple[str, str]) -> None:
    environment = _container(key)["env"]
    assert unread({each["name"]: each for each in environment}) == []
    assert "ESG_DATABASE_URL" in {each["name"] for each in environment}
    wanted = {each["valueFrom"]["secretKeyRef"]["key"] for each in environment if "valueFrom" in each}
    assert wanted <= set(OBJECTS["Secret", "esg"]["stringData"])
    # Kubernetes would give a pod ESG_PORT and ESG_SERVICE_HOST for a Service called esg.
    assert _pod(key)["spec"]["enableServiceLinks"] is False


def test_probes_ask_the_paths_of_health() -> None:
    container = _container(WORKLOADS[0])
    asked = {each: container[each]["httpGet"] for each in ("startupProbe", "livenessProbe", "readinessProbe")}
    assert asked == {
        "startupProbe": {"path": "/health/live", "port": "http"},
        "livenessProbe": {"path": "/health/live", "port": "http"},
        "readinessProbe": {"path": "/health/ready", "port": "http"},
    }
    assert not {"livenessProbe", "readinessProbe", "startupProbe"} & set(_container(WORKLOADS[1]))


def test_a_pod_that_ends_has_time_to_be_forgotten_and_to_answer() -> None:
    [*_, seconds] = _container(WORKLOADS[0])["lifecycle"]["preStop"]["exec"]["command"]
    assert _pod(WORKLOADS[0])["spec"]["terminationGracePeriodSeconds"] >= int(seconds) + 60


def _selections() -> Iterator[tuple[str, Any]]:
    yield "service", OBJECTS["Service", "esg-serve"]["spec"]["selector"]
    for name in ("esg-serve", "esg-jobs"):
        yield name, OBJECTS["PodDisruptionBudget", name]["spec"]["selector"]["matchLabels"]
        yield name, OBJECTS["Deployment", name]["spec"]["selector"]["matchLabels"]
    yield "policy", OBJECTS["NetworkPolicy", "esg-serve"]["spec"]["podSelector"]["matchLabels"]


@pytest.mark.parametrize(("name", "selector"), list(_selections()))
def test_a_selector_finds_the_pods_it_means(name: str, selector: Any) -> None:
    meant = "esg-jobs" if name == "esg-jobs" else "esg-serve"
    found = [key for key in WORKLOADS if selector.items() <= _pod(key)["metadata"]["labels"].items()]
    assert found == [("Deployment", meant)]


def test_a_budget_leaves_one_of_two() -> None:
    for name in ("esg-serve", "esg-jobs"):
        assert OBJECTS["PodDisruptionBudget", name]["spec"]["minAvailable"] == 1
        assert OBJECTS["Deployment", name]["spec"]["replicas"] == 2


def test_the_ingress_leads_to_the_service_and_not_to_the_metrics() -> None:
    [rule] = OBJECTS["Ingress", "esg"]["spec"]["rules"]
    service = OBJECTS["Service", "esg-serve"]
    backends = [each["backend"]["service"] for each in rule["http"]["paths"]]
    port = service["spec"]["ports"][0]["name"]
    assert all(each == {"name": service["metadata"]["name"], "port": {"name": port}} for each in backends)
    exact = [each["path"] for each in rule["http"]["paths"] if each["pathType"] == "Exact"]
    prefixes = [each["path"] for each in rule["http"]["paths"] if each["pathType"] == "Prefix"]
    assert (prefixes, exact) == (["/v1", "/health", "/live", "/session", "/docs"], ["/openapi.json", "/"])
