helm repo add nvidia https://helm.ngc.nvidia.com/nvidia
helm repo update
helm install --namespace gpu-operator --create-namespace gpu-operator nvidia/gpu-operator
