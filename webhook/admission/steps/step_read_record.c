/* Reads the record that the pod has. What it says is judged by step_match_record, once the class is known. */
#include "admission/steps/steps.h"
#include "core/names.h"

int step_read_record(struct decision *decision, struct err *err)
{
    const char *text = pod_annotation(decision->in->pod, ANNOTATION_APPLIED);
    if (!text)
        return 0;
    if (record_parse(text, &decision->in->set->settings.gpu_names, &decision->owned.record, err) < 0)
        return -1;
    decision->found.record = decision->owned.record.json ? &decision->owned.record : NULL;
    return 0;
}
