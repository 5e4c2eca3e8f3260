#include "service/guards.h"

#include "auth/guard.h"

void guards_read_organization_addresses(const struct principal *who, int64_t organization_id,
                                        str address, const str *texts, size_t count,
                                        struct arena *arena, struct complaints *complaints,
                                        str *out)
{
    str list, problem = STR("");
    *out = STR("");
    if (allowed_ips_make(texts, count, arena, &problem, &list)) {
        complain(complaints, STR("allowed_ips"), problem);
        return;
    }
    bool is_bound = who->kind != CREDENTIAL_SESSION && who->kind != CREDENTIAL_OPERATOR &&
                    who->organization_id == organization_id;
    if (!is_bound || allowed_ips_have(list, address)) {
        *out = list;
        return;
    }
    complain(complaints, STR("allowed_ips"),
             arena_printf(arena,
                          "Your own address, %.*s, is not among them: the token that you use would "
                          "end with this request. Add it, or sign in at the web page, which is "
                          "bound to no address.",
                          STR_ARG(address)));
}
