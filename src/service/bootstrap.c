#include "service/bootstrap.h"

#include "base/file.h"
#include "cluster/change.h"
#include "crypto/random.h"
#include "service/accounts.h"
#include "service/organizations.h"
#include "service/settings.h"
#include "store/organizations.h"
#include "store/token_settings.h"
#include "store/users.h"
#include "token/legacy.h"

#define FIRST_EMAIL "admin@localhost"
#define FIRST_TITLE "Label Studio" /* what Label Studio calls its first organization */
#define SECRET_FILE_MAX 4096

/* The one line of a file that holds a secret. */
static enum error read_secret(str path, struct arena *arena, str *problem, str *out)
{
    str text;
    enum error err = file_read(path, SECRET_FILE_MAX, arena, problem, &text);
    if (err)
        return err;
    if (str_ends(text, STR("\n")))
        text = str_slice(text, 0, text.len - 1);
    if (str_ends(text, STR("\r")))
        text = str_slice(text, 0, text.len - 1);
    *out = text;
    return OK;
}

static enum error read_password(const struct config *config, struct arena *arena, str *problem,
                                struct first_owner *owner, str *out)
{
    if (str_is_empty(config->admin_password_file)) {
        /* without letters that look alike: it is typed from a terminal once */
        *out =
            random_text(arena, STR("abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"), 20);
        owner->password = *out;
        return OK;
    }
    enum error err = read_secret(config->admin_password_file, arena, problem, out);
    if (err)
        return err;
    size_t length = str_utf8_length(*out);
    if (length >= PASSWORD_MIN && length <= PASSWORD_MAX && str_is_utf8(*out))
        return OK;
    *problem = arena_printf(arena,
                            "the password in %.*s must be %d to %d characters of UTF-8 text; write "
                            "another into the file",
                            STR_ARG(config->admin_password_file), PASSWORD_MIN, PASSWORD_MAX);
    return ERR_INVALID;
}

static enum error read_legacy_token(const struct config *config, struct arena *arena, str *problem,
                                    str *out)
{
    *out = STR("");
    if (str_is_empty(config->admin_legacy_token_file))
        return OK;
    enum error err = read_secret(config->admin_legacy_token_file, arena, problem, out);
    if (err || legacy_is_well_formed(*out))
        return err;
    *problem = arena_printf(arena,
                            "the legacy token in %.*s must be 6 to 40 visible ASCII characters; "
                            "write another into the file",
                            STR_ARG(config->admin_legacy_token_file));
    return ERR_INVALID;
}

static enum error make_first(struct worker *w, usec now, struct arena *arena, str *problem,
                             struct first_owner *out)
{
    const struct config *config = w->shared->config;
    struct first_owner owner = {.was_made = true, .password = STR("")};
    str password, legacy_token;
    owner.email = str_is_empty(config->admin_email) ? STR(FIRST_EMAIL) : config->admin_email;
    if (!email_is_valid(owner.email)) {
        *problem =
            arena_printf(arena, "'%.*s' is no e-mail address; give the owner's with --admin-email",
                         STR_ARG(owner.email));
        return ERR_INVALID;
    }
    enum error err = read_password(config, arena, problem, &owner, &password);
    if (!err)
        err = read_legacy_token(config, arena, problem, &legacy_token);
    if (err)
        return err;

    struct account_order order = {
        .email = owner.email,
        .username = STR(""),
        .keep_username = true, /* Label Studio's first account has none */
        .first_name = STR(""),
        .last_name = STR(""),
        .phone = STR(""),
        .password = password,
        .must_change_password = !str_is_empty(owner.password),
        .allow_newsletters = 0,
        .role = ROLE_OWNER,
        .legacy_token = legacy_token,
    };
    err = account_found(w, STR(FIRST_TITLE), &order, now, arena);
    if (err == ERR_CONFLICT) /* another daemon was quicker */
        return OK;
    if (!err)
        *out = owner;
    return err;
}

/* --legacy-tokens and --personal-access-tokens, at every start. */
static enum error apply_switches(struct worker *w, usec now, struct arena *arena)
{
    const struct config *config = w->shared->config;
    struct settings_patch patch = {
        .has_legacy_tokens = config->legacy_tokens != SWITCH_KEEP,
        .legacy_tokens = config->legacy_tokens == SWITCH_ON,
        .has_api_tokens = config->personal_access_tokens != SWITCH_KEEP,
        .api_tokens = config->personal_access_tokens == SWITCH_ON,
    };
    if (!patch.has_legacy_tokens && !patch.has_api_tokens)
        return OK;
    struct organization_row first;
    struct shown_settings settings;
    struct complaints complaints = {0};
    struct principal operator= principal_operator();
    enum error err = organizations_first(w->db, arena, &first);
    if (err == ERR_NOT_FOUND)
        return OK;
    return err ? err : settings_change(w, &operator, first.id, &patch, now, arena, &complaints, &settings);
}

enum error bootstrap(struct worker *w, usec now, struct arena *arena, str *problem,
                     struct first_owner *out)
{
    struct organization_row first;
    *out = (struct first_owner){.email = STR(""), .password = STR("")};
    enum error err = organizations_first(w->db, arena, &first);
    if (err == ERR_NOT_FOUND)
        err = make_first(w, now, arena, problem, out);
    if (!err)
        err = apply_switches(w, now, arena);
    return err;
}
