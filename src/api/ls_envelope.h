/*
 * The form of Label Studio's errors:
 * {"id": "<uuid4>", "status_code": 401, "version": "1.23.2", "detail": "…", "exc_info": null}
 */
#ifndef LATCHKEY_API_LS_ENVELOPE_H
#define LATCHKEY_API_LS_ENVELOPE_H

#include "base/str.h"
#include "service/complaint.h"

struct request;

/* The release whose API this is; its clients look at it. */
#define LABEL_STUDIO_RELEASE "1.23.2"

/* The body of an answer, in the request's arena. */
str ls_envelope(struct request *rq, int status, str detail);
/* Status 400 with "validation_errors": {field: [text, …]}, in the order of the complaints; those
 * about the whole body are under "non_field_errors". */
str ls_envelope_invalid(struct request *rq, const struct complaints *complaints);

#endif
