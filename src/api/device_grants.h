/*
 * The person's side of device authorization: /api/v1/device-grants and the page /device.
 */
#ifndef LATCHKEY_API_DEVICE_GRANTS_H
#define LATCHKEY_API_DEVICE_GRANTS_H

#include "http/request.h"
#include "http/response.h"

struct worker;

enum error device_grants_show(struct worker *w, struct request *rq, struct response *rs);
enum error device_grants_approve(struct worker *w, struct request *rq, struct response *rs);
enum error device_grants_deny(struct worker *w, struct request *rq, struct response *rs);
enum error page_device(struct worker *w, struct request *rq, struct response *rs);
enum error page_device_submit(struct worker *w, struct request *rq, struct response *rs);

#endif
