/* gpuslice version: prints the versions of the program and of its libraries. */
#include "base/version.h"
#include "cmd/command.h"

#include <cjson/cJSON.h>
#include <gnutls/gnutls.h>
#include <jansson.h>
#include <microhttpd.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <yaml.h>

static const char doc[] = "Print the version, the commit and the versions of the libraries.\vExample:\n"
                          "  gpuslice version\n";

static const struct option_table table = {.doc = doc};

int command_version(int argc, char **argv)
{
    options_parse(&table, argc, argv, NULL);
    (void)printf("gpuslice %s (commit %s)\n", program_version, program_commit);
    (void)printf("libmicrohttpd %s, GnuTLS %s, %s, cJSON %s, jansson %s, libyaml %s\n", MHD_get_version(),
                 gnutls_check_version(NULL), OpenSSL_version(OPENSSL_VERSION), cJSON_Version(), jansson_version_str(),
                 yaml_get_version_string());
    return EXIT_OK;
}
