    # A page that indents all of its lines, with commands that are not read but matter.
    kubectl label node
    kubectl label node n1 --list
    kubectl label nodes &lt;node-name&gt; nvidia.com/mig.config=all-1g.5gb
    kubectl taint node n1 nvidia.com/gpu=true:NoSchedule
    kubectl patch clusterpolicies.nvidia.com/cluster-policy --type merge -p '{"spec": {"devicePlugin": {"config": {"name": "plugin"}}}}'
    kubectl create configmap plugin -n gpu-operator --from-file=any=any.yaml
    eksctl create nodegroup --cluster prod --node-labels nvidia.com/mig.config=all-1g.5gb
    echo "kubectl label node n1 nvidia.com/mig.config=all-1g.5gb"
    kubectl get nodes -l nvidia.com/gpu.present=true
    if true; then
      apiVersion: karpenter.sh/v1alpha5
    fi
    ---
    apiVersion: karpenter.sh/v1alpha5
    kind: Provisioner
    metadata:
      name: gpu
    spec:
      requirements:
      - {key: node.kubernetes.io/instance-type, operator: In, values: [g4dn.xlarge]}
      provider:
        instanceProfile: nodes
        subnetSelector: {karpenter.sh/discovery: prod}
        securityGroupSelector: {karpenter.sh/discovery: prod}
