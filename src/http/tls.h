/*
 * The one function of tls.c that speaks GnuTLS; for server.c alone.
 */
#ifndef LATCHKEY_HTTP_TLS_H
#define LATCHKEY_HTTP_TLS_H

#include <gnutls/abstract.h>
#include <gnutls/gnutls.h>

/* TLS 1.2 and 1.3. */
#define TLS_PRIORITIES "NORMAL:-VERS-TLS-ALL:+VERS-TLS1.3:+VERS-TLS1.2:%SERVER_PRECEDENCE"

/* A gnutls_certificate_retrieve_function2: the certificate and key of this moment. */
int tls_choose(gnutls_session_t session, const gnutls_datum_t *authorities, int authority_count,
               const gnutls_pk_algorithm_t *algorithms, int algorithm_count,
               gnutls_pcert_st **chain, unsigned *chain_length, gnutls_privkey_t *key);

#endif
