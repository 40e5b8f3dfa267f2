# gpuslice. `make help` lists the targets.
#
#   SANITIZER=address|undefined|thread   build and test with it, in a folder of its own ("address,undefined" for both)
#   WERROR=1                             warnings are errors (the default in CI)
#   CC=clang  V=1  NO_INSTALL=1          another compiler; show the commands; never install packages

ifeq ($(origin CC),default)
CC := gcc
endif
comma := ,
WERROR ?= $(if $(CI),1)
VARIANT := $(notdir $(CC))$(if $(SANITIZER),-$(subst $(comma),-,$(SANITIZER)))
BUILD := build/$(VARIANT)
BIN := $(BUILD)/gpuslice
Q := $(if $(V),,@)
DEPS := NO_INSTALL='$(NO_INSTALL)' tools/deps.sh
# A second make, because what DEPS installs changes the flags below.
SUBMAKE = $(MAKE) --no-print-directory $(if $(filter -j%,$(MAKEFLAGS)),,-j$(shell nproc 2>/dev/null || echo 2))
say = $(if $(V),,@printf '  %-6s %s\n' $(1) $(2))

VERSION := 0.1.0
COMMIT := $(shell git rev-parse --short=12 HEAD 2>/dev/null || echo unknown)

PACKAGES := libmicrohttpd gnutls libcrypto libcjson jansson yaml-0.1 libcurl
machine := $(shell $(CC) -dumpmachine 2>/dev/null)
is_gcc := $(shell $(CC) --version 2>/dev/null | grep -qi clang || echo yes)

# Rows of tables leave out the members that are zero, so missing initializers are no mistake.
WARNINGS := -Wall -Wextra -Wpedantic -Wformat=2 -Wconversion -Wsign-conversion -Wshadow -Wstrict-prototypes \
	-Wmissing-prototypes -Wold-style-definition -Wcast-qual -Wwrite-strings -Wvla -Walloca -Wundef \
	-Wno-missing-field-initializers -Wimplicit-fallthrough -Wnull-dereference -Werror=implicit -Werror=incompatible-pointer-types \
	-Werror=int-conversion -Werror=format-security \
	$(if $(is_gcc),-Wformat-signedness -Wlogical-op -Wduplicated-cond -Wduplicated-branches -Wjump-misses-init \
	-Wuse-after-free=3 -Wbidi-chars=any -Wtrampolines)
# Options of the OpenSSF compiler hardening guide that gcc 12 and clang 14 both know, and one for gcc only.
# With -fno-strict-overflow UBSan would not find signed overflow. The guide's -fexceptions is for threads that are
# cancelled; gpuslice has none, and the option would bring libgcc_s.so into memory.
# The kernel and libc protect indirect branches (IBT, SHSTK) only in a program with a note that says so, and the linker
# drops the note if one object lacks it. Debian 12's start files lack it (Scrt1.o, crti.o, crtn.o: glibc 2.36 is built
# without CET): there the code would be built for a protection that is never on. tools/hardening.sh checks the result.
CET := $(if $(filter x86_64%,$(machine)),$(shell readelf -n "$$($(CC) -print-file-name=crti.o)" 2>/dev/null | \
	grep -q 'IBT, SHSTK' && echo full || echo none))
HARDENING := -fstack-protector-strong -fstack-clash-protection -fno-delete-null-pointer-checks \
	-fno-strict-aliasing -fPIE $(if $(is_gcc),-ftrivial-auto-var-init=zero) \
	$(if $(SANITIZER),,-fno-strict-overflow -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3) \
	$(addprefix -fcf-protection=,$(CET)) \
	$(if $(filter aarch64%,$(machine)),-mbranch-protection=standard)
# Makes the same sources give the same program in every folder: debug information and __FILE__ do not name the folder.
PREFIX_MAP := -ffile-prefix-map=$(CURDIR)=.
SANITIZE := $(if $(SANITIZER),-fsanitize=$(SANITIZER) -fno-sanitize-recover=all -fno-omit-frame-pointer)

CPPFLAGS += -D_GNU_SOURCE -Iwebhook -I.
CFLAGS += -std=c17 -O2 -g $(WARNINGS) $(if $(WERROR),-Werror) $(HARDENING) $(PREFIX_MAP) $(SANITIZE) \
	$(shell pkg-config --cflags $(PACKAGES) 2>/dev/null)
LDFLAGS += -pie -Wl,-z,relro,-z,now,-z,noexecstack,--as-needed $(SANITIZE)
LIBS = $(shell pkg-config --libs $(PACKAGES)) -pthread

SOURCES := $(filter-out webhook/cmd/main.c,$(wildcard webhook/*/*.c webhook/*/*/*.c certs/*.c))
OBJECTS := $(SOURCES:%.c=$(BUILD)/%.o)
LIBRARY := $(BUILD)/libgpuslice.a
SUPPORT_OBJECTS := $(patsubst %.c,$(BUILD)/%.o,$(wildcard tests/support/*.c))
SUPPORT := $(BUILD)/libsupport.a
tests_in = $(patsubst %.c,$(BUILD)/%,$(wildcard tests/$(1)/test_*.c tests/$(1)/*/test_*.c))
UNIT_TESTS := $(call tests_in,unit)
SERVER_TESTS := $(call tests_in,server)
ALL_TESTS := $(UNIT_TESTS) $(SERVER_TESTS)

.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
.SECONDARY:
.SUFFIXES:
.PHONY: all help deps run demo test server-test oracle e2e controllers laws layers format format-check reproducible asan tsan bench mutation chart image install uninstall clean

all: $(BIN) ## build the program

help: ## list the targets
	@sed -n 's/^\([a-z0-9-]*\):.*## \(.*\)/  \1\t\2/p' $(MAKEFILE_LIST) | expand -t 20

deps: ## install missing build dependencies (Debian, Ubuntu), or print what is needed
	$(Q)$(DEPS) build

run: ## serve the shipped policies on this machine until Ctrl-C
	$(Q)$(DEPS) run
	+$(Q)$(SUBMAKE) all
	$(Q)tools/run.sh $(BIN)

demo: ## show how two sample pods are rewritten, then exit
	$(Q)$(DEPS) build
	+$(Q)$(SUBMAKE) all
	$(Q)tools/demo.sh $(BIN)

test: ## run every test that needs no cluster
	$(Q)$(DEPS) test
	+$(Q)$(SUBMAKE) all $(ALL_TESTS)
	$(Q)tools/layers.sh
	$(Q)tools/names.pl
	$(Q)tools/format.pl --check $(FORMATTED)
	$(Q)tools/hardening.sh $(BUILD)
	$(Q)tests/run.sh $(BUILD)

asan: ## run the tests under AddressSanitizer and UndefinedBehaviorSanitizer, with leak detection
	+$(Q)$(SUBMAKE) test SANITIZER=address,undefined

tsan: ## run the server tests under ThreadSanitizer
	+$(Q)$(SUBMAKE) server-test SANITIZER=thread

server-test: ## run only the tests that use real sockets
	$(Q)$(DEPS) test
	+$(Q)$(SUBMAKE) all $(SERVER_TESTS)
	$(Q)tests/run.sh $(BUILD) server

oracle: ## check rendered output with the code of Karpenter, NVIDIA and Kubernetes (needs Go)
	+$(Q)$(SUBMAKE) all
	$(Q)cd tests/oracle && GPUSLICE_BIN='$(abspath $(BIN))' go test -count=1 ./... # Go's test cache does not notice a new program

e2e: ## run the tests on a real control plane, which is built once (needs Go); E2E="webhook TestQuota" runs one
	$(Q)$(DEPS) e2e
	+$(Q)$(SUBMAKE) all
	$(Q)tests/e2e/build.sh
	$(Q)tests/e2e/run.sh $(BIN) $(E2E)

controllers: ## check the pods of further controllers on a real control plane, which e2e does not build (needs Go)
	$(Q)$(DEPS) e2e
	+$(Q)$(SUBMAKE) all
	$(Q)tests/e2e/build.sh
	$(Q)tests/e2e/build.sh lws
	$(Q)GPUSLICE_E2E_CONTROLLERS=1 tests/e2e/run.sh $(BIN) frameworks 'Test.*MakesThePodsThatMutateShows'

LAWS_PODS := 100000
laws: ## send LAWS_PODS=100000 random pods to serve, and as many dry runs to the API server (needs Go); each must be decided
	$(Q)$(DEPS) e2e
	+$(Q)$(SUBMAKE) all
	$(Q)tests/e2e/build.sh
	$(Q)GPUSLICE_LAWS_PODS=$(LAWS_PODS) GPUSLICE_E2E_TIMEOUT=3h tests/e2e/run.sh $(BIN) laws
	$(Q)GPUSLICE_LAWS_PODS=$(LAWS_PODS) GPUSLICE_E2E_TIMEOUT=3h tests/e2e/run.sh $(BIN) webhook TestEveryPod

layers: ## check that includes point one way, and that each public name is spelled in one place
	$(Q)tools/layers.sh
	$(Q)tools/names.pl

FORMATTED := $(wildcard webhook/*/*.[ch] webhook/*/*/*.[ch] certs/*.[ch] tests/*/*.[ch] tests/*/*/*.[ch])
format: ## format the C files in place
	$(Q)tools/format.pl $(FORMATTED)

format-check: ## fail if a C file is not formatted
	$(Q)tools/format.pl --check $(FORMATTED)

reproducible: ## build a copy in another folder, and check that it has the same bytes
	+$(Q)$(SUBMAKE) all
	+$(Q)CC='$(CC)' COMMIT='$(COMMIT)' tools/reproducible.sh $(BIN)

bench: ## measure the engine, and the server compared with a fixed answer
	$(Q)$(DEPS) bench
	+$(Q)$(SUBMAKE) all $(BUILD)/tests/bench/canned $(BUILD)/tests/bench/engine $(BUILD)/tests/bench/fit
	$(Q)tests/bench/run.sh $(BUILD)

chart: ## lint and render the Helm chart with each of its ci/ values, and check the result (needs Go)
	$(Q)$(DEPS) chart
	$(Q)$(SUBMAKE) all
	$(Q)tests/chart/run.sh $(BIN)

mutation: ## change each scalar of the rendered output in turn; lint must report at least 95% of the changes
	$(Q)$(SUBMAKE) all $(BUILD)/tests/lint/mutation
	$(Q)tests/lint/mutation.sh $(BUILD)

image: ## build the container image: IMAGE=name BASE_IMAGE=debian ARCH=amd64|arm64 IMAGE_TOOL=docker|podman|buildah
	$(Q)IMAGE='$(IMAGE)' BASE_IMAGE='$(BASE_IMAGE)' ARCH='$(ARCH)' IMAGE_TOOL='$(IMAGE_TOOL)' SNAPSHOT='$(SNAPSHOT)' \
		tools/image.sh $(VERSION)

PREFIX ?= /usr/local
INSTALLED := $(DESTDIR)$(PREFIX)/bin/gpuslice
# The program finds this folder relative to its own (webhook/cmd/command.c).
INSTALLED_SHARE := $(DESTDIR)$(PREFIX)/share/gpuslice

install: ## install the program and the policies under $DESTDIR$PREFIX (default /usr/local)
	$(Q)$(DEPS) build
	+$(Q)$(SUBMAKE) all
	$(Q)install -Dm755 $(BIN) '$(INSTALLED)'
	$(Q)rm -rf '$(INSTALLED_SHARE)/policies'
	$(Q)find policies -type f -exec install -Dm644 {} '$(INSTALLED_SHARE)/{}' \;
	@printf 'installed %s\n' '$(INSTALLED)' '$(INSTALLED_SHARE)/policies'

uninstall: ## remove what `make install` installed, with the same PREFIX and DESTDIR
	$(Q)rm -f '$(INSTALLED)'
	$(Q)rm -rf '$(INSTALLED_SHARE)'
	@printf 'removed %s\n' '$(INSTALLED)' '$(INSTALLED_SHARE)'

clean: ## remove what was built
	rm -rf build

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c $< -o $@

# The GPU tables are compiled in with .incbin, which the compiler's dependency output does not see.
$(BUILD)/webhook/gpu/table_data.o: $(wildcard webhook/gpu/data/*.json)
# Only this file contains the commit, so that a new HEAD recompiles nothing else. git is asked for the path of HEAD's log,
# because a worktree has it elsewhere.
$(BUILD)/webhook/base/version.o: $(wildcard $(shell git rev-parse --git-path logs/HEAD 2>/dev/null))
$(BUILD)/webhook/base/version.o: CPPFLAGS += -DGPUSLICE_VERSION='"$(VERSION)"' -DGPUSLICE_COMMIT='"$(COMMIT)"'

$(LIBRARY): $(OBJECTS)
$(SUPPORT): $(SUPPORT_OBJECTS)
$(LIBRARY) $(SUPPORT):
	$(call say,AR,$@)
	$(Q)rm -f $@ && $(AR) rcs $@ $^

$(BIN): $(BUILD)/webhook/cmd/main.o $(LIBRARY)
	$(call say,LINK,$@)
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(LIBS)

$(BUILD)/tests/%: $(BUILD)/tests/%.o $(SUPPORT) $(LIBRARY)
	$(call say,LINK,$@)
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(LIBS) $(shell pkg-config --libs cmocka libssl)

# This test inspects the memory that our own code frees.
$(BUILD)/tests/unit/base/test_wipe: LDFLAGS += -Wl,--wrap=free,--wrap=realloc

# NVML libraries with made-up GPUs, loaded by the program under test.
FAKE_NVML := $(BUILD)/tests/nvml/fake_nvml.so $(BUILD)/tests/nvml/fake_nvml_old.so
$(BUILD)/tests/nvml/fake_nvml_old.so: CPPFLAGS += -DFAKE_OLD_DRIVER
$(FAKE_NVML): tests/nvml/fake_nvml.c webhook/gpu/nvml_abi.h
	@mkdir -p $(@D)
	$(call say,LINK,$@)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -fPIC -shared $(SANITIZE) -o $@ $<
$(BUILD)/tests/server/cli/test_probe: | $(FAKE_NVML)

-include $(OBJECTS:.o=.d) $(SUPPORT_OBJECTS:.o=.d) $(ALL_TESTS:=.d) $(BUILD)/webhook/cmd/main.d $(wildcard $(BUILD)/tests/bench/*.d)
