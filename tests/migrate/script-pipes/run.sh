#!/bin/sh
cat <<DOCUMENTS | envsubst | kubectl --context prod apply -f -
apiVersion: karpenter.sh/v1alpha5
kind: Provisioner
metadata: {name: gpu}
spec:
  requirements: [{key: node.kubernetes.io/instance-type, operator: In, values: [p4d.24xlarge]}]
  providerRef: {name: nodes}
DOCUMENTS
cat <<NOTES > notes.txt
nothing for kubectl
NOTES
kubectl label --overwrite nodes -l karpenter.sh/provisioner-name=gpu nvidia.com/mig.config=all-1g.5gb
kubectl --context prod label node a team=ml
kubectl label node a variable=$TEAM
kubectl label node a words="a b"
kubectl label node a "a key"=b
