#include "service/email.h"

/* What Django's EmailValidator accepts, without quoted local parts and address literals. */
static bool is_local_character(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           (c != '\0' && strchr("!#$%&'*+/=?^_`{}|~-.", c));
}

static bool is_domain_label(str label)
{
    if (label.len == 0 || label.len > 63 || label.ptr[0] == '-' || label.ptr[label.len - 1] == '-')
        return false;
    for (size_t i = 0; i < label.len; i++) {
        char c = label.ptr[i];
        bool is_ascii_label = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                              (c >= '0' && c <= '9') || c == '-' || (unsigned char)c >= 0x80;
        if (!is_ascii_label)
            return false;
    }
    return true;
}

static bool is_domain(str domain)
{
    if (str_equal_nocase(domain, STR("localhost")))
        return true;
    struct str_pieces labels = str_pieces(domain, '.');
    str label = STR("");
    size_t count = 0;
    while (str_next_piece(&labels, &label)) {
        if (!is_domain_label(label))
            return false;
        count++;
    }
    return count >= 2 && label.len >= 2; /* the last one is the top-level domain */
}

bool email_is_valid(str email)
{
    str local, domain;
    if (email.len > EMAIL_MAX || !str_cut_last(email, '@', &local, &domain))
        return false;
    if (local.len == 0 || local.ptr[0] == '.' || local.ptr[local.len - 1] == '.' ||
        str_contains(local, STR("..")))
        return false;
    for (size_t i = 0; i < local.len; i++)
        if (!is_local_character(local.ptr[i]))
            return false;
    return is_domain(domain) && !str_equal_nocase(domain, STR(SERVICE_DOMAIN));
}
