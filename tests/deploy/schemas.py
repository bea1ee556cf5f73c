"""What the manifests may hold: schemas of the fields that they use, and of no others, so that a misspelt one is found.

After the OpenAPI document of Kubernetes 1.32 and the Compose specification; a schema grows when a manifest does.
"""

from __future__ import annotations

from typing import Any

__all__ = ["COMPOSE", "KINDS"]

Schema = dict[str, Any]
TEXT: Schema = {"type": "string"}
COUNT: Schema = {"type": "integer", "minimum": 0}
YES: Schema = {"type": "boolean"}
NAME: Schema = {"type": "string", "pattern": "^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$"}
AMOUNT: Schema = {"type": "string", "pattern": r"^[0-9]+(\.[0-9]+)?(m|Ki|Mi|Gi)?$"}
LABELS: Schema = {"type": "object", "additionalProperties": {"type": "string"}, "minProperties": 1}
SELECTOR: Schema = {"type": "object", "properties": {"matchLabels": LABELS}, "additionalProperties": False}


def thing(required: str = "", **fields: Schema) -> Schema:
    """An object with these fields and no others."""
    return {"type": "object", "properties": fields, "additionalProperties": False, "required": required.split()}


def many(of: Schema, least: int = 1) -> Schema:
    """A list with at least so many."""
    return {"type": "array", "items": of, "minItems": least}


def manifest(version: str, kind: str, **fields: Schema) -> Schema:
    """One object of a cluster."""
    meta = thing("name", name=NAME, labels=LABELS, annotations=LABELS)
    known = {"apiVersion": {"const": version}, "kind": {"const": kind}, "metadata": meta, **fields}
    return thing("apiVersion kind metadata", **known)


PROBE = thing(
    "httpGet periodSeconds",
    httpGet=thing("path port", path={"type": "string", "pattern": "^/"}, port=TEXT),
    periodSeconds=COUNT,
    timeoutSeconds=COUNT,
    failureThreshold=COUNT,
)
LEAST = thing(
    "allowPrivilegeEscalation readOnlyRootFilesystem capabilities",
    allowPrivilegeEscalation={"const": False},
    readOnlyRootFilesystem={"const": True},
    capabilities=thing("drop", drop={"const": ["ALL"]}),
)
AMOUNTS = thing(cpu=AMOUNT, memory=AMOUNT, storage=AMOUNT)
SECRET = thing("name key", name=NAME, key=TEXT, optional=YES)
CONTAINER = thing(
    "name image args securityContext volumeMounts",
    name=NAME,
    image=TEXT,
    args=many(TEXT),
    ports=many(thing("containerPort", name=NAME, containerPort=COUNT)),
    env=many(thing("name", name=TEXT, value=TEXT, valueFrom=thing("secretKeyRef", secretKeyRef=SECRET))),
    startupProbe=PROBE,
    readinessProbe=PROBE,
    livenessProbe=PROBE,
    lifecycle=thing("preStop", preStop=thing("exec", exec=thing("command", command=many(TEXT)))),
    resources=thing("requests limits", requests=AMOUNTS, limits=AMOUNTS),
    securityContext=LEAST,
    volumeMounts=many(thing("name mountPath", name=NAME, mountPath=TEXT, readOnly=YES)),
)
NEIGHBOUR = thing("topologyKey labelSelector", topologyKey=TEXT, labelSelector=SELECTOR)
POD = thing(
    "containers securityContext automountServiceAccountToken",
    automountServiceAccountToken={"const": False},
    enableServiceLinks=YES,
    terminationGracePeriodSeconds=COUNT,
    restartPolicy={"enum": ["Always", "Never", "OnFailure"]},
    securityContext=thing(
        "runAsNonRoot runAsUser seccompProfile",
        runAsNonRoot={"const": True},
        runAsUser={"type": "integer", "minimum": 1000},
        runAsGroup=COUNT,
        fsGroup=COUNT,
        fsGroupChangePolicy={"enum": ["OnRootMismatch", "Always"]},
        seccompProfile=thing("type", type={"const": "RuntimeDefault"}),
    ),
    affinity=thing(podAffinity=thing(requiredDuringSchedulingIgnoredDuringExecution=many(NEIGHBOUR))),
    initContainers=many(CONTAINER),
    containers=many(CONTAINER),
    volumes=many(
        thing(
            "name",
            name=NAME,
            persistentVolumeClaim=thing("claimName", claimName=NAME),
            emptyDir=thing(sizeLimit=AMOUNT),
        )
    ),
)
TEMPLATE = thing("metadata spec", metadata=thing("labels", labels=LABELS, annotations=LABELS), spec=POD)
POLICY = thing("type value periodSeconds", type={"enum": ["Pods", "Percent"]}, value=COUNT, periodSeconds=COUNT)
SCALING = thing("policies", stabilizationWindowSeconds=COUNT, policies=many(POLICY))
PODS = thing(
    "metric target",
    metric=thing("name", name=TEXT),
    target=thing("type averageValue", type={"const": "AverageValue"}, averageValue=AMOUNT),
)

KINDS: dict[str, Schema] = {
    "Namespace": manifest("v1", "Namespace"),
    "PersistentVolumeClaim": manifest(
        "v1",
        "PersistentVolumeClaim",
        spec=thing(
            "accessModes resources",
            # Neither of the modes that put a file system of the network below SQLite.
            accessModes=many({"enum": ["ReadWriteOnce", "ReadWriteOncePod"]}),
            resources=thing("requests", requests=AMOUNTS),
            storageClassName=NAME,
        ),
    ),
    "Deployment": manifest(
        "apps/v1",
        "Deployment",
        spec=thing(
            "selector template",
            revisionHistoryLimit=COUNT,
            strategy=thing("type", type=TEXT, rollingUpdate=thing(maxUnavailable=COUNT, maxSurge=COUNT)),
            selector=SELECTOR,
            template=TEMPLATE,
        ),
    ),
    "Job": manifest("batch/v1", "Job", spec=thing("template", backoffLimit=COUNT, template=TEMPLATE)),
    "Service": manifest(
        "v1",
        "Service",
        spec=thing(
            "selector ports",
            selector=LABELS,
            ports=many(thing("port targetPort", name=NAME, port=COUNT, targetPort=TEXT)),
        ),
    ),
    "HorizontalPodAutoscaler": manifest(
        "autoscaling/v2",
        "HorizontalPodAutoscaler",
        spec=thing(
            "scaleTargetRef minReplicas maxReplicas metrics",
            scaleTargetRef=thing("apiVersion kind name", apiVersion=TEXT, kind=TEXT, name=NAME),
            minReplicas=COUNT,
            maxReplicas=COUNT,
            metrics=many(thing("type pods", type={"const": "Pods"}, pods=PODS)),
            behavior=thing(scaleUp=SCALING, scaleDown=SCALING),
        ),
    ),
    "PodDisruptionBudget": manifest(
        "policy/v1",
        "PodDisruptionBudget",
        spec=thing("selector maxUnavailable", maxUnavailable=COUNT, selector=SELECTOR),
    ),
    "NetworkPolicy": manifest(
        "networking.k8s.io/v1",
        "NetworkPolicy",
        spec=thing(
            "podSelector policyTypes ingress egress",
            podSelector=SELECTOR,
            policyTypes={"const": ["Ingress", "Egress"]},
            ingress=many(
                {
                    "type": "object",
                    "properties": {
                        "from": many(thing("namespaceSelector", namespaceSelector=SELECTOR)),
                        "ports": many(thing("protocol port", protocol={"enum": ["TCP", "UDP"]}, port=COUNT)),
                    },
                    "additionalProperties": False,
                    "required": ["from", "ports"],
                }
            ),
            egress={"const": []},
        ),
    ),
}

SERVICE = thing(
    "image cap_drop security_opt volumes networks restart",
    image=TEXT,
    build=thing("context dockerfile", context=TEXT, dockerfile=TEXT),
    profiles=many(TEXT),
    command=many(TEXT),
    read_only=YES,
    tmpfs=many(TEXT),
    cap_drop={"const": ["ALL"]},
    security_opt={"const": ["no-new-privileges:true"]},
    volumes=many(TEXT),
    environment=LABELS,
    # Whatever is told to the outside is told to this machine.
    ports=many({"type": "string", "pattern": r"^127\.0\.0\.1:\d+:\d+$"}),
    networks=many(NAME),
    restart={"enum": ["unless-stopped", "always", "on-failure"]},
    stop_grace_period=TEXT,
    init=YES,
    mem_limit=TEXT,
    pids_limit=COUNT,
    logging=thing("driver", driver=TEXT, options=LABELS),
)
COMPOSE = thing(
    "name services volumes",
    name=NAME,
    services={"type": "object", "additionalProperties": SERVICE, "minProperties": 1},
    networks={"type": "object", "additionalProperties": thing()},
    volumes={"type": "object", "additionalProperties": thing()},
)
