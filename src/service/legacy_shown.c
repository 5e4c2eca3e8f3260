#include "service/legacy_shown.h"

#include "service/legacy.h"
#include "service/settings.h"
#include "store/legacy_tokens.h"

static enum error check_on(struct worker *w, const struct principal *who)
{
    struct token_settings settings;
    if (who->organization_id == 0)
        return OK;
    enum error err = settings_read(w, who, who->organization_id, &settings);
    return err || settings.legacy_api_tokens_enabled ? err : ERR_KIND_OFF;
}

/* What the one before did stands in the same row. */
static void forget_earlier(struct token_usage *usage, usec created_at)
{
    struct usage_row *row = &usage->row;
    if (row->last_at >= created_at)
        return;
    row->first_at = row->last_at = 0;
    row->address = row->user_agent = STR("");
}

static enum error describe(struct worker *w, const struct principal *who, str text, usec now,
                           struct arena *arena, struct legacy_token *out)
{
    struct legacy_token_row row;
    int64_t key = usage_legacy_key(who->user_id);
    enum error err = legacy_tokens_find(w->db, who->user_id, arena, &row);
    if (!err)
        err = usage_of_tokens(w, &key, 1, USAGE_LAST, now, arena, &out->usage);
    if (err)
        return err;
    out->text = text;
    out->created_at = row.created_at;
    forget_earlier(&out->usage, row.created_at);
    return OK;
}

enum error legacy_token_show(struct worker *w, const struct principal *who, usec now,
                             struct arena *arena, struct legacy_token *out)
{
    str text;
    enum error err = check_on(w, who);
    if (!err)
        err = legacy_token_read(w, who, who->user_id, now, arena, &text);
    return err ? err : describe(w, who, text, now, arena, out);
}

enum error legacy_token_renew(struct worker *w, const struct principal *who, usec now,
                              struct arena *arena, struct legacy_token *out)
{
    str text;
    enum error err = check_on(w, who);
    if (!err)
        err = legacy_token_reset(w, who, who->user_id, now, arena, &text);
    return err ? err : describe(w, who, text, now, arena, out);
}
