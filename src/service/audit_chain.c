#include "service/audit_chain.h"

#include "base/buf.h"

#define ENTRY_BYTES_MAX 1048576 /* far above what an entry's fields are cut to */

/* buf's errors come together at the end: an entry is bounded when it is made. */
static void add_number(struct buf *to, int64_t n)
{
    uint64_t bits = (uint64_t)n;
    for (int shift = 56; shift >= 0; shift -= 8)
        (void)buf_add_byte(to, (char)(unsigned char)(bits >> shift));
}

static void add_text(struct buf *to, str text)
{
    add_number(to, (int64_t)text.len);
    (void)buf_add(to, text);
}

static void finish(const struct mac_key *key, struct buf *buf, unsigned char out[MAC_BYTES])
{
    mac_compute(key, buf_str(buf), out);
    if (buf->overflown) /* no entry of ours: a MAC that fits nothing */
        memset(out, 0, MAC_BYTES);
    buf_release(buf);
}

void audit_mac(const struct mac_key *key, str mac_before, const struct audit_row *row,
               unsigned char out[MAC_BYTES])
{
    struct buf buf;
    buf_init(&buf, ENTRY_BYTES_MAX);
    add_text(&buf, STR("entry"));
    add_text(&buf, mac_before);
    add_number(&buf, row->number);
    add_number(&buf, row->at);
    add_text(&buf, row->event);
    add_number(&buf, row->organization_id);
    add_text(&buf, row->actor_kind);
    add_number(&buf, row->actor_id);
    add_text(&buf, row->actor_name);
    add_text(&buf, row->credential);
    add_text(&buf, row->credential_id);
    add_text(&buf, row->address);
    add_text(&buf, row->user_agent);
    add_text(&buf, row->subject_kind);
    add_text(&buf, row->subject_id);
    add_text(&buf, row->subject_name);
    add_number(&buf, row->subject_user_id);
    add_text(&buf, row->details);
    finish(key, &buf, out);
}

void audit_seal(const struct mac_key *key, int64_t number, str mac, unsigned char out[MAC_BYTES])
{
    struct buf buf;
    buf_init(&buf, ENTRY_BYTES_MAX);
    add_text(&buf, STR("head"));
    add_number(&buf, number);
    add_text(&buf, mac);
    finish(key, &buf, out);
}
