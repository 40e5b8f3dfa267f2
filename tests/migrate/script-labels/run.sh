#!/bin/bash
set -e   # not read
$ kubectl label nodes node-1 node-2 \
    nvidia.com/mig.config=all-1g.5gb --overwrite && echo done
kubectl label node/node-3 'nvidia.com/mig.config=all-1g.10gb' >/dev/null
kubectl label node -l karpenter.sh/provisioner-name=hopper tier=gold nvidia.com/gpu.count- # by pool
kubectl label nodes --all --selector=karpenter.sh/nodepool=mig "nvidia.com/mig.config=all-2g.10gb"
kubectl label node x nvidia.com/mig.config=all-disabled
kubectl label node x nvidia.com/mig.config=all-1g.18gb
kubectl label node x nvidia.com/mig.config=all-1g.23gb
kubectl label node x nvidia.com/mig.config=nonsense
kubectl label node x karpenter.sh/nodepool=other
kubectl label node x tier=silver
kubectl label node x --list
kubectl label node -l karpenter.sh/nodepool=hopper nvidia.com/device-plugin.config=config.json
kubectl get pods
cat <<EOF > notes
kubectl label node y a=b
EOF
kubectl apply -f - <<'EOF'
apiVersion: karpenter.sh/v1alpha5
kind: Provisioner
metadata:
  name: from-script
spec:
  weight: 5
  unknown: 1
EOF
