#!/bin/sh
# Follows the recipe "A field of a class" of CONTRIBUTING.md, except its tests and lint, on a copy of the sources, for
# pod.schedulerName. The field must then load, reach pods, and have its type checked in classes and in pods. The last
# line: N passed, M failed.
#   tests/contributing.sh build/gcc
set -eu
cd "$(dirname "$0")/.."
build=$1
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT

# The copy includes the build output, and tar keeps the modification times, so that make recompiles only what the recipe
# changes.
tar cf - Makefile webhook certs policies docs/examples docs/policies.md "$build/webhook" "$build/certs" "$build/libgpuslice.a" "$build/gpuslice" |
  tar xpf - -C "$copy"
cd "$copy"

# Inserts standard input into a file, after the line that contains the text; exactly one line must contain it.
insert_after() { # file, text
  [ "$(grep -cF -- "$2" "$1")" = 1 ] || { echo "$1: must have exactly one line with: $2"; exit 1; }
  cat >.addition
  awk -v text="$2" '{ print } index($0, text) { while ((getline line <".addition") > 0) print line }' "$1" >.changed
  cat .changed >"$1"
}

# 1. The member, its free(), and its row in the table.
insert_after webhook/policy/class.h 'char *runtime_class;' <<'END'
    char *scheduler; /* or NULL */
END
insert_after webhook/policy/class.c 'free(slice_class->runtime_class);' <<'END'
    free(slice_class->scheduler);
END
insert_after webhook/policy/class.c '{"runtimeClassName", decode_runtime_class,' <<'END'
        {"schedulerName", decode_text, offsetof(struct slice_class, scheduler), 0},
END

# 2. The shape of the pod's field.
insert_after webhook/pod/shape.c '{"runtimeClassName", SHAPE_STRING,' <<'END'
    {"schedulerName", SHAPE_STRING, 0, OPTIONAL, NULL},
END

# 3. The edit, its prototype, and its place in the table of the routes.
cat >webhook/admission/edits/edit_scheduler.c <<'END'
/* Edit: the class's schedulerName. */
#include "admission/edits/edits.h"

int edit_scheduler(const struct edit *edit, struct err *err)
{
    const char *wanted = edit->found->slice_class->scheduler;
    if (!wanted || cjson_find(edit->in->pod->object, PATH("spec", "schedulerName")))
        return 0;

    changes_because(&edit->out->changes, origin_class(edit->found->slice_class, "pod.schedulerName"));
    return patch_set(&edit->out->changes.patch, pod_place(edit->in->pod), PATH("spec", "schedulerName"),
                     cJSON_CreateString(wanted), err);
}
END
insert_after webhook/admission/edits/edits.h 'decision_edit edit_runtime_class;' <<'END'
MUST_CHECK decision_edit edit_scheduler;
END
insert_after webhook/admission/routes.c 'static decision_edit *const pod_edits[] = {' <<'END'
    edit_scheduler,
END

# 4. The documentation.
insert_after docs/policies.md '| `pod.runtimeClassName` |' <<'END'
| `pod.schedulerName` | none | the scheduler of the pod, unless the pod names one |
END

# 5. It builds without a warning and works.
env -u MAKEFLAGS make -j2 CC="${build##*/}" WERROR=1 all >build.log 2>&1 || { cat build.log; exit 1; }
awk '{ print } /^spec:/ { print "  pod: {schedulerName: bin-packing}" }' policies/classes/t4-third.yaml >.changed
cat .changed >policies/classes/t4-third.yaml

passed=0
failed=0
expect() { # name, exit status, text of the output, arguments of gpuslice
  name=$1 wanted=$2 text=$3
  shift 3
  status=0
  "$build/gpuslice" "$@" >output 2>&1 || status=$?
  if [ "$status" = "$wanted" ] && grep -qF -- "$text" output; then
    passed=$((passed + 1))
  else
    failed=$((failed + 1))
    echo "FAIL $name: exit status $status, expected $wanted; \"$text\" expected in:"
    cat output
  fi
}
mutate() { # name, exit status, text, pod
  sed "$4" docs/examples/timeslice-pod.yaml >pod.yaml
  expect "$1" "$2" "$3" mutate --policies policies --namespaces docs/examples/namespaces.yaml pod.yaml
}
mutate 'a pod gets the field' 0 'schedulerName: bin-packing' ''
mutate 'a pod keeps its own field' 0 'schedulerName: own' 's/^spec:/spec:\n  schedulerName: own/'
mutate 'a wrong type in a pod is refused' 2 "the pod's spec.schedulerName must be a string" 's/^spec:/spec:\n  schedulerName: {}/'
expect 'explain names the field' 0 'pod.schedulerName' explain --policies policies --namespaces docs/examples/namespaces.yaml docs/examples/timeslice-pod.yaml
sed -i 's/bin-packing/7/' policies/classes/t4-third.yaml
mutate 'a wrong type in a class is refused' 2 'spec.pod.schedulerName: is an integer, must be a string' ''
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
