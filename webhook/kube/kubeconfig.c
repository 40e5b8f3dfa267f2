/* Builds the API access that a kubeconfig describes. Does not depend on how it is used. */
#include "kube/kubeconfig.h"

#include "base/file.h"
#include "base/text.h"
#include "base/units.h"
#include "json/base64.h"
#include "json/decode.h"
#include "json/unconst.h"

#include <stdio.h>
#include <string.h>

enum { KUBECONFIG_MAX = MIB, NAMES_SHOWN_MAX = 512 };

/* The kubeconfig's path: the paths in it are relative to its folder. document->context points to this. */
struct config_file {
    const char *path;
    int folder_length; /* of the part of `path` that names the folder; 0: the current folder */
};

/* A list of the file, and the member of its entries that holds their content. */
struct kind {
    const char *list, *body;
};
static const struct kind kind_context = {"contexts", "context"};
static const struct kind kind_cluster = {"clusters", "cluster"};
static const struct kind kind_user = {"users", "user"};

struct references {
    char *cluster, *user;
};

static void references_fini(struct references *references)
{
    free(references->cluster);
    free(references->user);
}
DEFINE_AUTO_FINI(references, struct references, references_fini);

static void out_of_memory(const struct node *node)
{
    node->document->problems->out_of_memory = true;
}

/* -- Values -- */

/* Fields with FIELD_MAY_BE_EMPTY treat "" as absent, as client-go does: kubectl writes such fields. */

static void decode_path(const struct node *node, void *target)
{
    const struct config_file *config = node->document->context;
    if (!node_expect(node, JSON_STRING))
        return;

    const char *path = json_string_value(node->value);
    bool relative = path[0] != '/' && config->folder_length > 0;
    char **file = target;
    free(*file);
    *file = text_asprintf("%.*s%s%s", relative ? config->folder_length : 0, config->path, relative ? "/" : "", path);
    if (!*file)
        out_of_memory(node);
}

static void decode_pem(const struct node *node, void *target)
{
    struct err err;
    AUTO(buf) bytes;
    buf_init_secret(&bytes, KUBECONFIG_MAX);
    if (!node_expect(node, JSON_STRING))
        return;

    if (base64_decode(json_string_value(node->value), &bytes, &err) < 0) {
        node_problem(node, "%s; must be a PEM text in base64", err.text);
    } else if (buf_check(&bytes, &err) < 0) {
        out_of_memory(node);
    } else if (!strstr(buf_text(&bytes), "-----BEGIN ")) {
        node_problem(node, "is the base64 of something other than a PEM text");
    } else {
        char **text = target;
        free(*text);
        *text = buf_take(&bytes);
    }
}

static void decode_server(const struct node *node, void *target)
{
    char **server = target;
    decode_text(node, server);
    size_t length = *server ? strlen(*server) : 0;
    while (length > 0 && (*server)[length - 1] == '/')
        (*server)[--length] = '\0';
}

/* -- exec -- */

struct variable {
    char *name, *value;
};

static void decode_variable(const struct node *node, void *target)
{
    static const struct field fields[] = {
        {"name", decode_text, offsetof(struct variable, name), FIELD_REQUIRED},
        {"value", decode_string, offsetof(struct variable, value), FIELD_REQUIRED},
    };
    struct variable variable = {0};
    struct err err;
    decode_known(node, fields, ARRAY_SIZE(fields), &variable);
    if (variable.name && variable.value) {
        AUTO(string) pair = text_asprintf("%s=%s", variable.name, variable.value);
        if (!pair || strlist_add(target, pair, &err) < 0)
            out_of_memory(node);
    }

    free(variable.name);
    free(variable.value);
}

/* Decodes a command. One with a slash is a path relative to the file's folder; one without is looked up in PATH. */
static void decode_command(const struct node *node, void *target)
{
    if (node_expect(node, JSON_STRING) && strchr(json_string_value(node->value), '/'))
        decode_path(node, target);
    else
        decode_text(node, target);
}

static void decode_interactive(const struct node *node, void *target)
{
    static const char *const modes[] = {"Never", "IfAvailable", "Always", NULL};
    enum { ALWAYS = 2 };
    (void)target;
    int mode = 0;
    decode_word(node, modes, &mode);
    if (mode == ALWAYS)
        node_problem(node, "is Always, but gpuslice cannot answer questions; must be Never or IfAvailable");
}

static void decode_exec(const struct node *node, void *target)
{
    static const char *const versions[] = {"client.authentication.k8s.io/v1", "client.authentication.k8s.io/v1beta1",
                                           NULL};
    static const struct field variable = {.decode = decode_variable};
    static const struct field fields[] = {
        {"apiVersion", .choices = versions, .offset = offsetof(struct access_exec, api_version),
         .flags = FIELD_REQUIRED},
        {"command", decode_command, offsetof(struct access_exec, command), FIELD_REQUIRED},
        {"args", decode_strings, offsetof(struct access_exec, arguments), 0},
        {"env", .elements = &variable, .offset = offsetof(struct access_exec, environment)},
        {"installHint", decode_string, offsetof(struct access_exec, install_hint), FIELD_MAY_BE_EMPTY},
        {"provideClusterInfo", decode_bool, offsetof(struct access_exec, provide_cluster_info), 0},
        {"interactiveMode", decode_interactive, NOT_KEPT, 0},
    };
    decode_known(node, fields, ARRAY_SIZE(fields), target);
}

/* -- Bodies -- */

static const struct field cluster_fields[] = {
    {"server", decode_server, offsetof(struct access, server), FIELD_REQUIRED},
    {"tls-server-name", decode_string, offsetof(struct access, tls_server_name), FIELD_MAY_BE_EMPTY},
    {"proxy-url", decode_string, offsetof(struct access, proxy), FIELD_MAY_BE_EMPTY},
    {"insecure-skip-tls-verify", decode_bool, offsetof(struct access, insecure), 0},
    {"certificate-authority", decode_path, offsetof(struct access, ca.file), FIELD_MAY_BE_EMPTY},
    {"certificate-authority-data", decode_pem, offsetof(struct access, ca.text), FIELD_MAY_BE_EMPTY},
};

static void refuse_others(const struct node *body)
{
    static const char *const refused[] = {"auth-provider", "username",  "password",     "as",
                                          "as-uid",        "as-groups", "as-user-extra"};
    for (size_t i = 0; i < ARRAY_SIZE(refused); i++) {
        struct node member = node_member(*body, refused[i]);
        if (member.value)
            node_problem_key(&member, "is not supported; must be token, tokenFile, client-certificate with client-key, "
                                      "or exec");
    }
}

static bool is_given(const struct node *body, const char *name)
{
    return *json_text(body->value, name) != '\0';
}

static void decode_user(const struct node *body, struct access *access)
{
    static const struct field fields[] = {
        {"token", decode_string, offsetof(struct access, token.text), FIELD_MAY_BE_EMPTY},
        {"tokenFile", decode_path, offsetof(struct access, token.file), FIELD_MAY_BE_EMPTY},
        {"client-certificate", decode_path, offsetof(struct access, cert.file), FIELD_MAY_BE_EMPTY},
        {"client-certificate-data", decode_pem, offsetof(struct access, cert.text), FIELD_MAY_BE_EMPTY},
        {"client-key", decode_path, offsetof(struct access, key.file), FIELD_MAY_BE_EMPTY},
        {"client-key-data", decode_pem, offsetof(struct access, key.text), FIELD_MAY_BE_EMPTY},
        {"exec", decode_exec, offsetof(struct access, exec), 0},
    };
    decode_known(body, fields, ARRAY_SIZE(fields), access);
    refuse_others(body);
    if (access->token.file) { /* as in client-go, tokenFile takes precedence over token */
        free(access->token.text);
        access->token.text = NULL;
    }

    bool cert = is_given(body, "client-certificate") || is_given(body, "client-certificate-data");
    bool key = is_given(body, "client-key") || is_given(body, "client-key-data");
    if (cert != key)
        node_problem(body, "%s is missing", cert ? "client-key or client-key-data" : "client-certificate or -data");
}

/* -- The document -- */

static void report_unknown(const struct node *referrer, const struct kind *kind, const char *name,
                           const struct node *list)
{
    AUTO(buf) known;
    buf_init(&known, NAMES_SHOWN_MAX);
    NODE_ELEMENTS(*list, entry) {
        const char *entry_name = json_text(entry.value, "name");
        buf_addf(&known, "%s%s", known.length ? ", " : "", *entry_name ? entry_name : "?");
    }
    node_problem(referrer, "there is no %s \"%s\" in %s%s%s", kind->body, name, kind->list,
                 known.length ? "; there is " : ", which are empty", buf_text(&known));
}

/* Finds the body of the entry called `name`. If there is none, reports a problem and returns false. */
static bool find_body(const struct node *root, const struct kind *kind, const char *name, const struct node *referrer,
                      struct node *ret_body)
{
    struct node list = node_member(*root, kind->list);
    if (list.value && !node_expect(&list, JSON_ARRAY))
        return false;

    NODE_ELEMENTS(list, entry) {
        if (strcmp(json_text(entry.value, "name"), name) != 0)
            continue;
        *ret_body = node_member(entry, kind->body);
        if (ret_body->value)
            return node_expect(ret_body, JSON_OBJECT);
        node_problem(&entry, "field \"%s\" is missing", kind->body);
        return false;
    }

    report_unknown(referrer, kind, name, &list);
    return false;
}

static void decode_context(const struct node *root, const struct node *context, struct access *access)
{
    static const struct field fields[] = {
        {"cluster", decode_text, offsetof(struct references, cluster), FIELD_REQUIRED},
        {"user", decode_string, offsetof(struct references, user), FIELD_MAY_BE_EMPTY},
    };
    AUTO(references) references = {0};
    struct node cluster;
    struct node user;
    decode_known(context, fields, ARRAY_SIZE(fields), &references);
    if (references.user && find_body(root, &kind_user, references.user, context, &user))
        decode_user(&user, access);
    if (!references.cluster || !find_body(root, &kind_cluster, references.cluster, context, &cluster))
        return;

    decode_known(&cluster, cluster_fields, ARRAY_SIZE(cluster_fields), access);
    const char *fault = access->server ? access_fault(access) : NULL;
    struct node server = node_member(cluster, "server");
    if (fault && server.value)
        node_problem(&server, "\"%s\" %s", access->server, fault);
}

static void decode_document(const struct node *root, const char *path, struct access *access)
{
    struct node context;
    if (!node_expect(root, JSON_OBJECT))
        return;

    struct node current = node_member(*root, "current-context");
    if (current.value && !node_expect(&current, JSON_STRING))
        return;

    const char *name = node_text(current);
    if (!*name) { /* kubectl config unset writes "" */
        node_problem(root, "field \"current-context\" is missing; set it by kubectl config use-context NAME");
        return;
    }

    access->origin = text_asprintf("context %s of %s", name, path);
    if (!access->origin)
        out_of_memory(root);
    if (find_body(root, &kind_context, name, &current, &context))
        decode_context(root, &context, access);
}

int kubeconfig_load(const char *path, struct access *ret_access, struct problems *problems, struct err *err)
{
    AUTO(buf) text;
    AUTO(yaml_documents) documents = {0};
    AUTO(access) access = {0};
    buf_init_secret(&text, KUBECONFIG_MAX);
    if (file_read(path, &text, err) < 0 ||
        yaml_read(path, buf_text(&text), text.length, YAML_ALIASES, &documents, problems, err) < 0)
        return -1;

    const char *slash = strrchr(path, '/');
    struct config_file config = {.path = path, .folder_length = slash ? (int)(slash - path) + (slash == path) : 0};
    if (documents.count != 1) {
        problems_add(problems, path, 0, 0, "has %zu documents, must have one", documents.count);
    } else {
        struct document document = document_of(path, &documents.items[0], problems);
        document.context = &config;
        struct node root = node_root(&document);
        decode_document(&root, path, &access);
    }

    problems_sort(problems);
    if (problems_check(problems, err) < 0)
        return -1;

    *ret_access = TAKE(access);
    return 0;
}
