#include "api/page.h"
#include "api/page_handlers.h"
#include "api/page_session.h"
#include "api/state.h"
#include "base/encoding.h"
#include "service/accounts.h"
#include "service/organizations.h"
#include "service/settings.h"

/* What the account's pages need to know of the one who looks. */
struct visitor {
    struct user_row user;
    struct token_settings settings;
    bool is_administrator;
};

static enum error visitor_read(struct worker *w, struct request *rq, struct visitor *out)
{
    const struct principal *who = rq->principal;
    enum error err = account_show(w, who, who->user_id, &rq->arena, &out->user);
    out->is_administrator = principal_may_administer(who);
    out->settings = (struct token_settings){0}; /* without an organization: no tokens to speak of */
    if (!err && who->organization_id != 0)
        err = settings_read(w, who, who->organization_id, &out->settings);
    return err;
}

static str link_to(const struct shared *shared, struct arena *arena, const char *path,
                   const char *text, bool is_current)
{
    return ARENA_JOIN(arena, STR("<a href=\""), page_address(shared, arena, str_from(path)),
                      is_current ? STR("\" aria-current=\"page\">") : STR("\">"), str_from(text),
                      STR("</a>\n"));
}

/* The bar on top: the name, the organization, and the account behind the user's own button. */
static str top_bar(const struct shared *shared, struct arena *arena, const struct visitor *visitor)
{
    return ARENA_JOIN(
        arena, STR("<header class=\"bar\">\n<a class=\"brand\" href=\""),
        page_address(shared, arena, STR("/")), STR("\">Latchkey</a>\n<nav aria-label=\"Main\">\n"),
        visitor->is_administrator ? link_to(shared, arena, "/organization/", "Organization", false)
                                  : STR(""),
        STR("</nav>\n<details class=\"menu\"><summary>"), html_escape(arena, visitor->user.email),
        STR("</summary>\n<div>\n"),
        link_to(shared, arena, "/user/account/", "Account &amp; Settings", false),
        link_to(shared, arena, "/logout", "Log out", false), STR("</div></details>\n</header>\n"));
}

static str reply_frame(const struct shared *shared, struct arena *arena,
                       const struct visitor *visitor, str side, str content)
{
    return ARENA_JOIN(arena, top_bar(shared, arena, visitor), STR("<div class=\"columns\">\n"),
                      side, STR("<main data-base=\""), page_address(shared, arena, STR("")),
                      STR("\">\n"), content, STR("\n</main>\n</div>\n<script src=\""),
                      page_address(shared, arena, STR("/static/latchkey.js")),
                      STR("\" defer></script>"));
}

static str off_text(struct arena *arena, const char *kind)
{
    return arena_printf(arena,
                        "<h1>%s</h1>\n<p>Your organization has switched this kind of token off. An "
                        "owner or administrator can switch it on in the Access Token Settings.</p>",
                        kind);
}

static str personal_info(struct arena *arena, const struct visitor *visitor)
{
    return ARENA_JOIN(arena, STR("<h1>Personal Info</h1>\n<form id=\"profile\" data-user=\""),
                      arena_printf(arena, "%lld", (long long)visitor->user.id),
                      STR("\">\n<label for=\"email\">Email address</label>\n<input id=\"email\" "
                          "readonly value=\""),
                      html_escape(arena, visitor->user.email),
                      STR("\">\n<label for=\"first_name\">First name</label>\n<input "
                          "id=\"first_name\" name=\"first_name\" maxlength=\"256\" value=\""),
                      html_escape(arena, visitor->user.first_name),
                      STR("\">\n<label for=\"last_name\">Last name</label>\n<input "
                          "id=\"last_name\" name=\"last_name\" maxlength=\"256\" value=\""),
                      html_escape(arena, visitor->user.last_name),
                      STR("\">\n<button type=\"submit\">Save</button>\n<p class=\"outcome\" "
                          "role=\"status\"></p>\n</form>"));
}

/* The pages show without; what they do is a call of the API, which a script makes. */
static const str without_script =
    STR_INIT("<noscript><p class=\"fault\">This page needs JavaScript. Without it, use the "
             "<code>latchkey</code> command or the API.</p></noscript>\n");

static const char pat_content[] =
    "<h1>Personal Access Token</h1>\n"
    "<p>Authenticate with our API using your personal access token. A program exchanges it for an "
    "access token of a few minutes; the Python SDK does that by itself.</p>\n"
    "<form id=\"new-token\">\n<label for=\"name\">Name</label>\n"
    "<input id=\"name\" name=\"name\" maxlength=\"100\" required>\n"
    "<label for=\"ttl_days\">Days until it ends (empty: as long as allowed)</label>\n"
    "<input id=\"ttl_days\" name=\"ttl_days\" type=\"number\" min=\"1\">\n"
    "<button type=\"submit\">Create New Token</button>\n"
    "<p class=\"outcome\" role=\"status\"></p>\n</form>\n"
    "<dialog id=\"secret\" aria-labelledby=\"secret-title\"><h2 id=\"secret-title\">New Auth "
    "Token</h2>\n<p>Store it now: it is shown this once.</p>\n<p><code></code></p>\n"
    "<p class=\"actions\"><button type=\"button\" data-copy>Copy</button> "
    "<button type=\"button\" data-close>I have stored it</button></p></dialog>\n"
    "<div class=\"wide\"><table id=\"tokens\"><caption>Access Token</caption>"
    "<thead><tr><th>Name</th><th>Created</th>"
    "<th>Expires</th><td></td></tr></thead><tbody></tbody></table></div>\n<p id=\"empty\" "
    "hidden>You have no token yet.</p>";

static const char legacy_content[] =
    "<h1>Legacy Token</h1>\n"
    "<p>Legacy tokens do not expire. Send one as <code>Authorization: Token …</code>.</p>\n"
    "<form id=\"legacy\">\n<label for=\"legacy-token\">Access Token</label>\n"
    "<input id=\"legacy-token\" readonly>\n<p class=\"actions\">"
    "<button type=\"button\" data-copy>Copy</button> "
    "<button type=\"button\" data-reset>Reset</button></p>\n"
    "<p class=\"outcome\" role=\"status\"></p>\n</form>";

static str account_side(const struct shared *shared, struct arena *arena,
                        const struct visitor *visitor, str section)
{
    bool on_pat = str_equal(section, STR("personal-access-token"));
    bool on_legacy = str_equal(section, STR("legacy-token"));
    return ARENA_JOIN(
        arena, STR("<nav class=\"side\" aria-label=\"Account &amp; Settings\">\n"),
        link_to(shared, arena, "/user/account/personal-info", "Personal Info",
                !on_pat && !on_legacy),
        visitor->settings.api_tokens_enabled
            ? link_to(shared, arena, "/user/account/personal-access-token", "Personal Access Token",
                      on_pat)
            : STR(""),
        visitor->settings.legacy_api_tokens_enabled
            ? link_to(shared, arena, "/user/account/legacy-token", "Legacy Token", on_legacy)
            : STR(""),
        STR("</nav>\n"));
}

static str account_content(struct arena *arena, const struct visitor *visitor, str section)
{
    if (str_equal(section, STR("personal-access-token")))
        return visitor->settings.api_tokens_enabled ? str_from(pat_content)
                                                    : off_text(arena, "Personal Access Token");
    if (str_equal(section, STR("legacy-token")))
        return visitor->settings.legacy_api_tokens_enabled ? str_from(legacy_content)
                                                           : off_text(arena, "Legacy Token");
    return personal_info(arena, visitor);
}

enum error page_account(struct worker *w, struct request *rq, struct response *rs)
{
    struct visitor visitor;
    if (!rq->principal)
        return redirect_to_login(w->shared, rq, rs);
    enum error err = visitor_read(w, rq, &visitor);
    if (err)
        return err;
    str section = request_param(rq, STR("section"));
    str content = reply_frame(
        w->shared, &rq->arena, &visitor, account_side(w->shared, &rq->arena, &visitor, section),
        ARENA_JOIN(&rq->arena, without_script, account_content(&rq->arena, &visitor, section)));
    return page_reply(w->shared, rq, rs, 200, STR("Account & Settings"), content);
}

static str checkbox(struct arena *arena, const char *name, const char *text, const char *note,
                    bool is_on)
{
    return arena_printf(arena,
                        "<label class=\"check\"><input type=\"checkbox\" name=\"%s\"%s> %s</label>"
                        "\n<p class=\"note\">%s</p>\n",
                        name, is_on ? " checked" : "", text, note);
}

enum error page_organization(struct worker *w, struct request *rq, struct response *rs)
{
    struct visitor visitor;
    struct arena *arena = &rq->arena;
    if (!rq->principal)
        return redirect_to_login(w->shared, rq, rs);
    enum error err = visitor_read(w, rq, &visitor);
    if (err)
        return err;
    const struct token_settings *settings = &visitor.settings;
    str content =
        visitor.is_administrator
            ? ARENA_JOIN(
                  arena, without_script,
                  STR("<h1>Organization</h1>\n<h2>Access Token Settings</h2>\n"
                      "<form id=\"settings\">\n"),
                  checkbox(arena, "api_tokens_enabled", "Personal Access Tokens",
                           "Tokens with an end, exchanged for short-lived access tokens. Off: "
                           "none of them works any more, until this is on again.",
                           settings->api_tokens_enabled),
                  checkbox(arena, "legacy_api_tokens_enabled", "Legacy Tokens",
                           "Tokens without an end. Off: none of them works any more, until this "
                           "is on again.",
                           settings->legacy_api_tokens_enabled),
                  STR("<label for=\"ttl\">Personal Access Token Time-to-Live (days)</label>\n"),
                  arena_printf(arena,
                               "<input id=\"ttl\" name=\"api_token_ttl_days\" type=\"number\" "
                               "min=\"1\" max=\"%d\" required value=\"%lld\">\n",
                               API_TOKEN_TTL_DAYS_MAX, (long long)settings->api_token_ttl_days),
                  STR("<button type=\"submit\">Save</button>\n<p class=\"outcome\" "
                      "role=\"status\"></p>\n</form>\n<h2>Invite people</h2>\n<p>Whoever has this "
                      "link may sign up.</p>\n<form id=\"invite\"><input id=\"invite-url\" "
                      "aria-label=\"Invite link\" readonly><p class=\"actions\"><button "
                      "type=\"button\" data-copy>Copy</button> <button type=\"button\" "
                      "data-reset>Reset link</button></p><p class=\"outcome\" role=\"status\"></p>"
                      "</form>"))
            : STR("<h1>Organization</h1>\n<p>Only owners and administrators change an "
                  "organization. Ask one of them.</p>");
    return page_reply(w->shared, rq, rs, 200, STR("Organization"),
                      reply_frame(w->shared, arena, &visitor, STR(""), content));
}

enum error page_home(struct worker *w, struct request *rq, struct response *rs)
{
    struct visitor visitor;
    if (!rq->principal)
        return redirect_to_login(w->shared, rq, rs);
    enum error err = visitor_read(w, rq, &visitor);
    if (err)
        return err;
    str content = ARENA_JOIN(
        &rq->arena, STR("<h1>Access tokens</h1>\n<ul class=\"tiles\">\n"),
        visitor.settings.api_tokens_enabled
            ? ARENA_JOIN(&rq->arena, STR("<li>"),
                         link_to(w->shared, &rq->arena, "/user/account/personal-access-token",
                                 "Personal Access Token", false),
                         STR("</li>\n"))
            : STR(""),
        visitor.settings.legacy_api_tokens_enabled
            ? ARENA_JOIN(&rq->arena, STR("<li>"),
                         link_to(w->shared, &rq->arena, "/user/account/legacy-token",
                                 "Legacy Token", false),
                         STR("</li>\n"))
            : STR(""),
        visitor.is_administrator ? ARENA_JOIN(&rq->arena, STR("<li>"),
                                              link_to(w->shared, &rq->arena, "/organization/",
                                                      "Access Token Settings", false),
                                              STR("</li>\n"))
                                 : STR(""),
        STR("</ul>"));
    return page_reply(w->shared, rq, rs, 200, STR("Access tokens"),
                      reply_frame(w->shared, &rq->arena, &visitor, STR(""), content));
}
