kubectl label node <node-name> nvidia.com/mig.config=all-1g.5gb
