#!/bin/sh
helm upgrade --install karpenter oci://public.ecr.aws/karpenter/karpenter --version v0.31.4 \
  --set settings.aws.clusterName=prod,settings.aws.defaultInstanceProfile=nodes \
  --set settings.aws.enableENILimitedPodDensity=true --set-string settings.aws.unknown=1 --set settings.batchMaxDuration=5s
kubectl apply -f - <<EOF
apiVersion: karpenter.k8s.aws/v1alpha1
kind: AWSNodeTemplate
metadata: {name: nodes}
spec: {amiFamily: Bottlerocket}
EOF
curl -s https://example.com/more.yaml | kubectl apply -f -
envsubst < template.yaml | kubectl create --filename=-
