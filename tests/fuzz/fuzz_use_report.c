/* A datagram of uses, as an nginx worker or anybody who may write there sends it. */
#include "fuzz/fuzz.h"

#include "decision/use_report.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct use use;
    str rest, report = fuzz_text(data, size);
    struct uses *uses = uses_new(64);
    if (use_report_open(report, &rest) == OK)
        while (use_report_next(&rest, &use) == OK) {
            promise(use.count > 0 && use.first_at <= use.last_at);
            promise(use.address.len <= USES_ADDRESS_MAX);
            promise(use.user_agent.len <= USES_USER_AGENT_MAX);
            promise(use.address.len + use.user_agent.len + rest.len < report.len);
            (void)uses_add(uses, &use);
        }
    uses_free(uses);
    return 0;
}
