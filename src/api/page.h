/*
 * HTML pages made by the server: the frame around them and how a message is shown.
 */
#ifndef LATCHKEY_API_PAGE_H
#define LATCHKEY_API_PAGE_H

#include "http/request.h"
#include "http/response.h"
#include "service/context.h"

/* A whole page around `content` (trusted HTML), with the headers that keep it safe in a browser. */
enum error page_reply(struct shared *shared, struct request *rq, struct response *rs, int status,
                      str title, str content);
/* A page that says one thing; the texts are escaped here. */
enum error page_message(struct shared *shared, struct request *rq, struct response *rs, int status,
                        str title, str text);
/* The application in web/ is in this program. */
bool page_app_is_built(void);
/* An address of ours for a link or a redirect: with the path of --public-url before it. */
str page_address(const struct shared *shared, struct arena *arena, str path);

#endif
