// Validate resources of KEDA and of the Prometheus operator (a JSON list on stdin) by the schemas of their models.
import { readFileSync } from "node:fs";
import { ScaledObject } from "@kubernetes-models/keda/keda.sh/v1alpha1";
import { PodMonitor } from "@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1";

const models = { ScaledObject, PodMonitor };
const documents = JSON.parse(readFileSync(0, "utf8"));
for (const document of documents) {
  new models[document.kind](document).validate();
}
console.log(documents.length);
