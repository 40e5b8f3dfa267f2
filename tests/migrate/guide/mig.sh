#!/bin/sh
# Partition each GPU of a node into seven slices.
kubectl label node ip-10-0-12-34.ec2.internal nvidia.com/mig.config=all-1g.5gb --overwrite
