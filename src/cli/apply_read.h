/*
 * The file of `latchkey apply`, read whole and checked before anything is changed:
 *
 *     organizations:
 *       - id: 1                      # or title alone; neither: the only one there is
 *         title: Acme
 *         settings: {api_token_ttl_days: 90, legacy_api_tokens_enabled: false}
 *         members: [{email: ann@example.com, role: administrator}]
 *         service_accounts:
 *           - name: trainer
 *             owner: ann@example.com
 *             tokens: [{name: nightly, scopes: [read], allowed_ips: [10.0.0.0/8]}]
 *         prune: false               # true: members and service accounts not named here go
 */
#ifndef LATCHKEY_CLI_APPLY_READ_H
#define LATCHKEY_CLI_APPLY_READ_H

#include "service/service_accounts.h"
#include "service/settings.h"
#include "service/tokens.h"

#define APPLY_FILE_MAX ((size_t)1024 * 1024) /* bytes */

struct wished_member {
    str email;
    bool has_role, has_active;
    enum role role; /* ROLE_MEMBER unless said */
    bool is_active;
};

/* Of a token that is there already: its limits. */
struct wished_token {
    str name;
    struct token_patch patch;
};

struct wished_account {
    str name;
    bool has_description, has_owner, has_role, has_active;
    str description;
    str owner; /* an e-mail; empty: nobody */
    enum role role;
    bool is_active;
    struct wished_token *tokens;
    size_t token_count;
};

struct wished_organization {
    int64_t id;     /* 0: not said */
    str title;      /* empty: not said */
    const char *at; /* "organizations[0]", for messages */
    struct settings_patch settings;
    struct wished_member *members;
    size_t member_count;
    struct wished_account *accounts;
    size_t account_count;
    bool prune;
};

struct wishes {
    struct wished_organization *items; /* all in the arena */
    size_t count;
};

/*
 * `complaints` name what is wrong by its place ("line 9, organizations[0].members[2].role").
 * ERR_MALFORMED  no YAML: `problem` says where;  ERR_INVALID  with complaints
 */
enum error apply_read(str text, struct arena *arena, struct complaints *complaints, str *problem,
                      struct wishes *out) MUST_CHECK;

#endif
