/* Kinds of objects. A kind is a group and a name; objects of one kind can be written in several versions. */
#pragma once

#include <stdbool.h>

struct kind {
    const char *group; /* "" for the core group */
    const char *name;
};

#define KIND(group_, name_) ((struct kind){.group = (group_), .name = (name_)})

/* True if an object with the apiVersion `api_version` and the kind `name` is of this kind, in any version. Neither text
 * may be NULL. */
bool kind_is(struct kind kind, const char *api_version, const char *name);

bool kind_same(struct kind a, struct kind b);

/* True if the apiVersion belongs to the group. An apiVersion without a slash, such as "v1", belongs to the group "". */
bool api_version_in(const char *api_version, const char *group);

/* Kinds of Kubernetes and its tools that this program uses, and the apiVersion of reviews. */
#define ADMISSION_V1              "admission.k8s.io/v1"
#define CONFIG_MAP_KIND           KIND("", "ConfigMap")
#define LIMIT_RANGE_KIND          KIND("", "LimitRange")
#define NAMESPACE_KIND            KIND("", "Namespace")
#define POD_KIND                  KIND("", "Pod")
#define RESOURCE_QUOTA_KIND       KIND("", "ResourceQuota")
#define SERVICE_ACCOUNT_KIND      KIND("", "ServiceAccount")
#define DAEMON_SET_KIND           KIND("apps", "DaemonSet")
#define RUNTIME_CLASS_KIND        KIND("node.k8s.io", "RuntimeClass")
#define CLUSTER_ROLE_KIND         KIND("rbac.authorization.k8s.io", "ClusterRole")
#define CLUSTER_ROLE_BINDING_KIND KIND("rbac.authorization.k8s.io", "ClusterRoleBinding")
#define DEVICE_CLASS_KIND         KIND("resource.k8s.io", "DeviceClass")
#define MUTATING_WEBHOOKS_KIND    KIND("admissionregistration.k8s.io", "MutatingWebhookConfiguration")
#define ADMISSION_REVIEW_KIND     KIND("admission.k8s.io", "AdmissionReview")
#define KUSTOMIZATION_KIND        KIND("kustomize.config.k8s.io", "Kustomization")
