/*
 * The pages that the server makes: signing in, up and out, and the account.
 */
#ifndef LATCHKEY_API_PAGE_HANDLERS_H
#define LATCHKEY_API_PAGE_HANDLERS_H

#include "http/router.h"

slow_handler page_login;         /* GET  /user/login/ */
slow_handler page_login_submit;  /* POST /user/login/ */
slow_handler page_signup;        /* GET  /user/signup/ */
slow_handler page_signup_submit; /* POST /user/signup/ */
slow_handler page_logout;        /* GET, POST /logout */
slow_handler page_account;       /* GET  /user/account/… */
slow_handler page_organization;  /* GET  /organization/ */
slow_handler page_home;          /* GET  / */
fast_handler page_static;        /* GET  /static/{name} */

#endif
