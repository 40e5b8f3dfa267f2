helm repo add nvidia https://helm.ngc.nvidia.com/nvidia
helm repo update
helm install --namespace gpu-operator --create-namespace gpu-operator nvidia/gpu-operator
---
apiVersion: v1
kind: ConfigMap
▼ metadata:
  name: nvidia-device-plugin
  namespace: gpu-operator
▼ data:
  config.json: |
  {
    "sharing": {
      "timeSlicing": {
        "resources": [
          {
            "name": "nvidia.com/gpu",
            "replicas": 3
          }
        ]
      }
    }
  }
kubectl label node <node-name> nvidia.com/mig.config=all-1g.5gb
---
apiVersion: karpenter.sh/v1alpha5
kind: NodeTemplate
metadata:
  name: shared-gpus
spec:
  instanceTypeSelector:
  - g4dn.xlarge
  labels:
    nvidia.com/gpu: "true"
  taints:
  - key: nvidia.com/gpu
    value: "true"
    effect: NoSchedule

apiVersion: karpenter.sh/v1alpha5
kind: Provisioner
metadata:
  name: shared-gpus
spec:
  providerRef:
    name: shared-gpus
  requirements:
  - key: nvidia.com/gpu
    operator: Exists
  limits:
    resources:
      cpu: 1000
  ttlSecondsAfterEmpty: 300
---
resources:
  limits:
    nvidia.com/gpu: 1
---
affinity:
  nodeAffinity:
    requiredDuringSchedulingIgnoredDuringExecution:
      nodeSelectorTerms:
      - matchExpressions:
        - key: nvidia.com/gpu
          operator: Exists
tolerations:
- key: nvidia.com/gpu
  operator: Exists
  effect: NoSchedule
