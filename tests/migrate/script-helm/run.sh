helm repo add karpenter https://charts.karpenter.sh
helm upgrade --install karpenter karpenter/karpenter --namespace karpenter \
  --version v0.16.3 --set settings.aws.clusterName=prod,replicas=1 --set settings.clusterEndpoint=${ENDPOINT} --wait
helm install gpu-operator nvidia/gpu-operator -n gpu-operator --set toolkit.enabled=true \
  --set 'devicePlugin.config.name=other' --set-string validator.driver.env[0].name=X --set daemonsets.tolerations={a,b} -f mine.yaml
helm install plugin nvdp/nvidia-device-plugin
helm install app ./chart
helm list
---
apiVersion: v1
kind: ConfigMap
metadata: {name: shares, namespace: gpu-operator}
data:
  any: |
  version: v1
  sharing:
    timeSlicing:
      resources:
      - {name: nvidia.com/gpu, replicas: 4}
---
apiVersion: karpenter.sh/v1alpha5
kind: NodeTemplate
metadata: {name: pool}
spec:
  instanceTypeSelector: {values: [g5.xlarge]}
  zones: us-east-1a
  labels: {nvidia.com/gpu: "true"}
---
    containers:
    - name: a
      resources: {limits: {nvidia.com/gpu: 1}}
