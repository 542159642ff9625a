/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* Results as JSON, one object a line. */
#include "json.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "words.h"

json_t *json_text(const char *text)
{
	json_t *s = json_string(text);
	char *ascii;

	if (s)
		return s;
	ascii = strdup(text);
	if (!ascii)
		return NULL;
	for (char *c = ascii; *c; c++)
		if ((unsigned char)*c >= 0x80)
			*c = '?';
	s = json_string(ascii);
	free(ascii);
	return s;
}

void json_put(json_t **object, const char *key, json_t *value)
{
	if (!*object) {
		json_decref(value);
		return;
	}
	if (json_object_set_new(*object, key, value)) {
		json_decref(*object);
		*object = NULL;
	}
}

void json_add(json_t **array, json_t *value)
{
	if (!*array) {
		json_decref(value);
		return;
	}
	if (json_array_append_new(*array, value)) {
		json_decref(*array);
		*array = NULL;
	}
}

json_t *json_about(const char *type, const struct cow_test *t)
{
	json_t *o = json_pack("{s:s, s:s}", "schema", "cowherd/1", "type", type);

	json_put(&o, "name", json_text(cow_test_name(t)));
	json_put(&o, "file", json_text(cow_test_file(t)));
	if (cow_test_doc(t))
		json_put(&o, "doc", json_text(cow_test_doc(t)));
	return o;
}

json_t *json_hazards(unsigned hazards)
{
	json_t *a = json_array();

	for (unsigned i = 0; i < COW_NR_HAZARDS; i++) {
		const char letter[] = { cow_hazard_letter(1u << i), 0 };

		if (hazards & 1u << i)
			json_add(&a, json_string(letter));
	}
	return a;
}

int json_line(FILE *out, json_t *object)
{
	int error = 0;

	if (!object)
		return -ENOMEM;
	if (json_dumpf(object, out, JSON_COMPACT) || fputc('\n', out) == EOF)
		error = -EIO;
	json_decref(object);
	return error;
}

/* Names of the rules in a verdict's set. */
static json_t *rules(uint64_t set)
{
	json_t *a = json_array();

	for (size_t i = 0; i < cow_rules(); i++)
		if (set >> i & 1)
			json_add(&a, json_string(cow_rule_name(i)));
	return a;
}

static json_t *depths(const struct cow_verdict *v)
{
	json_t *o = json_object();

	for (unsigned i = 0; i < COW_NR_HAZARDS; i++) {
		const char letter[] = { cow_hazard_letter(1u << i), 0 };

		if (v->hazards & 1u << i)
			json_put(&o, letter, json_integer(v->depth[i]));
	}
	return o;
}

/* A verdict; that of bisect has no kernel. */
static json_t *verdict(const struct cow_test *t, const struct cow_verdict *v, bool with_kernel)
{
	json_t *o = json_object();

	if (with_kernel) {
		json_put(&o, "kernel", json_text(cow_kernel_name(v->kernel)));
		json_put(&o, "mainline", json_boolean(cow_kernel_is_mainline(v->kernel)));
	}
	json_put(&o, "complete", json_boolean(v->complete));
	json_put(&o, "bad", json_boolean(v->bad));
	json_put(&o, "hazards", json_hazards(v->hazards));
	json_put(&o, "depth", depths(v));
	if (cow_test_has_condition(t)) {
		json_put(&o, "observation", json_string(observation_word(v->observation)));
		json_put(&o, "positive", json_integer((json_int_t)v->positive));
		json_put(&o, "negative", json_integer((json_int_t)v->negative));
	}
	json_put(&o, "stuck", json_integer((json_int_t)v->stuck));
	json_put(&o, "states", json_integer((json_int_t)v->states));
	json_put(&o, "transitions", json_integer((json_int_t)v->transitions));
	json_put(&o, "rules", rules(v->consulted));
	json_put(&o, "confidence", json_string(cow_confidence_name(v->confidence)));
	return o;
}

int cow_json_check(FILE *out, const struct cow_test *t, const struct cow_result *r)
{
	json_t *o = json_about("check", t);
	json_t *verdicts = json_array();

	json_put(&o, "condition", json_boolean(cow_test_has_condition(t)));
	for (size_t i = 0; i < cow_result_verdicts(r); i++)
		json_add(&verdicts, verdict(t, cow_result_verdict(r, i), true));
	json_put(&o, "verdicts", verdicts);
	return json_line(out, o);
}

static json_t *commit(const struct cow_commit *c)
{
	json_t *o = json_object();

	json_put(&o, "id", json_text(cow_commit_id(c)));
	json_put(&o, "release", json_text(cow_commit_release(c)));
	json_put(&o, "title", json_text(cow_commit_title(c)));
	json_put(&o, "confidence", json_string(cow_confidence_name(cow_commit_confidence(c))));
	return o;
}

int cow_json_bisect(FILE *out, const struct cow_test *t, const struct cow_change *changes, size_t nr)
{
	json_t *o = json_about("bisect", t);
	json_t *list = json_array();

	for (size_t i = 0; i < nr; i++) {
		json_t *change = json_object();

		json_put(&change, "commit", commit(changes[i].commit));
		json_put(&change, "better", json_boolean(changes[i].better));
		json_put(&change, "worse", json_boolean(changes[i].worse));
		json_put(&change, "before", verdict(t, &changes[i].before, false));
		json_put(&change, "after", verdict(t, &changes[i].after, false));
		json_add(&list, change);
	}
	json_put(&o, "changes", list);
	return json_line(out, o);
}

int cow_json_live(FILE *out, const struct cow_test *t, const struct cow_kernel *k,
		  const struct cow_live_result *r)
{
	json_t *o = json_about("live", t);

	json_put(&o, "rules", json_text(cow_kernel_name(k)));
	json_put(&o, "kernel", json_text(r->kernel));
	json_put(&o, "outcome", json_string(cow_live_outcome_name(r->outcome)));
	if (r->reason)
		json_put(&o, "reason", json_text(r->reason));
	json_put(&o, "schedules", json_integer(r->schedules));
	json_put(&o, "schedules_total", json_integer(r->schedules_total > INT64_MAX ? INT64_MAX :
						     (json_int_t)r->schedules_total));
	json_put(&o, "runs", json_integer(r->runs));
	json_put(&o, "observations", json_integer((json_int_t)r->observations));
	json_put(&o, "frames", json_boolean(r->frames));
	if (cow_test_has_condition(t)) {
		json_put(&o, "positive", json_integer(r->positive));
		json_put(&o, "negative", json_integer(r->negative));
	}
	return json_line(out, o);
}

int cow_json_message(FILE *out, const struct cow_message *m)
{
	static const char *const severity[] = { "error", "warning", "note" };
	json_t *o = json_pack("{s:s, s:s, s:s}", "schema", "cowherd/1", "type", "message",
			      "severity", severity[m->severity]);

	json_put(&o, "text", json_text(m->text));
	if (m->file)
		json_put(&o, "file", json_text(m->file));
	if (m->line) {
		json_put(&o, "line", json_integer(m->line));
		json_put(&o, "column", json_integer(m->col));
	}
	return json_line(out, o);
}
