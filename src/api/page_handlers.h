/*
 * The pages that the server makes, signing in, up and out, and the application (web/) that it
 * carries for all else.
 */
#ifndef LATCHKEY_API_PAGE_HANDLERS_H
#define LATCHKEY_API_PAGE_HANDLERS_H

#include "http/router.h"

slow_handler page_login;         /* GET  /user/login/ */
slow_handler page_login_submit;  /* POST /user/login/ */
slow_handler page_signup;        /* GET  /user/signup/ */
slow_handler page_signup_submit; /* POST /user/signup/ */
slow_handler page_logout;        /* GET, POST /logout */
fast_handler page_static;        /* GET  /static/{name} */
fast_handler page_app;   /* GET  /, /account/…, /organization/…: to whoever is signed in */
fast_handler page_asset; /* GET  /assets/{name} */

#endif
