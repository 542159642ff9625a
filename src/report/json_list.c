/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* What is known of kernels, commits and rules as JSON, one object a line. */
#include "json.h"
#include "list.h"

static json_t *start(const char *type)
{
	return json_pack("{s:s, s:s}", "schema", "cowherd/1", "type", type);
}

int cow_json_kernels(FILE *out, const struct cow_kernels *k)
{
	int error = 0;

	for (size_t i = 0; i < k->nr && !error; i++) {
		const struct cow_kernel *kernel = k->kernel[i];
		json_t *o = start("kernel");

		json_put(&o, "name", json_text(cow_kernel_name(kernel)));
		json_put(&o, "mainline", json_boolean(cow_kernel_is_mainline(kernel)));
		json_put(&o, "until", json_text(cow_kernel_until(kernel)));
		json_put(&o, "definition", json_text(cow_kernel_definition(kernel)));
		if (cow_kernel_note(kernel))
			json_put(&o, "note", json_text(cow_kernel_note(kernel)));
		error = json_line(out, o);
	}
	return error;
}

int cow_json_commits(FILE *out, const struct cow_history *h)
{
	int error = 0;

	for (size_t i = 0; i < cow_history_commits(h) && !error; i++) {
		const struct cow_commit *c = cow_history_commit(h, i);
		json_t *o = start("commit"), *rules = json_object();

		json_put(&o, "id", json_text(cow_commit_id(c)));
		json_put(&o, "release", json_text(cow_commit_release(c)));
		json_put(&o, "title", json_text(cow_commit_title(c)));
		json_put(&o, "confidence",
			 json_string(cow_confidence_name(cow_commit_confidence(c))));
		if (cow_commit_note(c))
			json_put(&o, "note", json_text(cow_commit_note(c)));
		for (size_t s = 0; s < cow_commit_rules(c); s++) {
			const char *value;
			char buf[96];
			size_t rule = cow_commit_rule(c, s, &value, buf, sizeof(buf));

			json_put(&rules, cow_rule_name(rule), json_string(value));
		}
		json_put(&o, "rules", rules);
		error = json_line(out, o);
	}
	return error;
}

static json_t *value_on(const struct cow_kernel *k, size_t rule)
{
	char buf[96];

	return json_pack("{s:s, s:s}", "value", cow_kernel_rule(k, rule, buf, sizeof(buf)),
			 "confidence", cow_confidence_name(cow_kernel_rule_confidence(k, rule)));
}

int cow_json_rules(FILE *out, struct cow_history *h, const struct cow_kernels *k)
{
	struct cow_kernels mainline;
	int error = cow_kernels_select(h, "mainline", &mainline, NULL, 0, 0, NULL);

	if (error)
		return error;
	for (size_t rule = 0; rule < cow_rules() && !error; rule++) {
		json_t *o = start("rule"), *values = json_array(), *where = json_array();

		json_put(&o, "name", json_string(cow_rule_name(rule)));
		json_put(&o, "question", json_string(cow_rule_question(rule)));
		for (size_t i = 0; i < cow_rule_values(rule); i++)
			json_add(&values, json_pack("{s:s, s:s}", "name", cow_rule_value(rule, i),
						    "meaning", cow_rule_value_meaning(rule, i)));
		json_put(&o, "values", values);
		for (size_t i = 0; k && i < k->nr; i++) {
			json_t *on = value_on(k->kernel[i], rule);

			json_put(&on, "kernel", json_text(cow_kernel_name(k->kernel[i])));
			json_add(&where, on);
		}
		json_put(&o, "kernels", where);
		where = json_array();
		for (size_t i = 0, next; i < mainline.nr; i = next) {
			json_t *on = value_on(mainline.kernel[i], rule);

			next = list_run(&mainline, i, rule);
			json_put(&on, "first", json_text(cow_kernel_name(mainline.kernel[i])));
			json_put(&on, "last", json_text(cow_kernel_until(mainline.kernel[next - 1])));
			json_add(&where, on);
		}
		json_put(&o, "mainline", where);
		error = json_line(out, o);
	}
	cow_kernels_free(&mainline);
	return error;
}
