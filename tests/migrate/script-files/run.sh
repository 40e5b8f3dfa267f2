#!/bin/bash
export CLUSTER=prod
cat <<EOF > gpu.yaml
apiVersion: karpenter.sh/v1alpha5
kind: Provisioner
metadata: {name: gpu}
spec:
  instanceTypes: [g4dn.xlarge]
  providerRef: {name: nodes}
  ttlSecondsAfterEmpty: 30
EOF
kubectl apply -f gpu.yaml
cat > ./class.yaml <<- "END"
	apiVersion: karpenter.k8s.aws/v1alpha1
	kind: AWSNodeTemplate
	metadata: {name: nodes}
	spec:
	  subnetSelector: {karpenter.sh/discovery: prod}
	  securityGroupSelector: {karpenter.sh/discovery: "$literal"}
	  instanceProfile: nodes
	END
sudo tee pods/pod.yaml <<EOF >/dev/null
apiVersion: v1
kind: Pod
metadata: {name: "${NAME}-$INDEX-\${kept}"}
spec: {containers: [{name: a, image: "a:${TAG:-1}"}]}
EOF
kubectl apply -f class.yaml -f pods/pod.yaml && kubectl create -f elsewhere.yaml
for node in $(kubectl get nodes -o name | grep gpu); do kubectl label $node zone-of=a; kubectl label node ${node} team=ml; done
kubectl get nodes -o name | xargs -n1 kubectl label node <NODE> tier=gold
cat <<EOF > cluster.yaml
apiVersion: eksctl.io/v1alpha5
kind: ClusterConfig
EOF
