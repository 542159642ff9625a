/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * json.h - the objects of schema/cowherd-1.schema.json, for all JSON reports.
 *
 * Building an object never stops half-way: what cannot be made is NULL, jansson's
 * functions that take it fail, and json_line() reports it.
 */
#ifndef COW_REPORT_JSON_H
#define COW_REPORT_JSON_H

#include <cowherd/cowherd.h>
#include <jansson.h>

/* The start of an object of TYPE that is about scenario T. */
json_t *json_about(const char *type, const struct cow_test *t);

/* TEXT as a string; what is not UTF-8 in it becomes '?'. */
json_t *json_text(const char *text);

/* The hazards as an array of letters. */
json_t *json_hazards(unsigned hazards);

/*
 * Writes OBJECT as one line and consumes it.  -ENOMEM: it is NULL or could not be
 * made.  -EIO: not written.
 */
int json_line(FILE *out, json_t *object);

/* Adds VALUE, which may be NULL (then *OBJECT is given up and becomes NULL). */
void json_put(json_t **object, const char *key, json_t *value);
/* The same for an array. */
void json_add(json_t **array, json_t *value);

#endif
