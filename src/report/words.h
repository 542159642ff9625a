/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * words.h - verdicts in words, for all text reports.
 */
#ifndef COW_REPORT_WORDS_H
#define COW_REPORT_WORDS_H

#include "../litmus/test.h"

/* "Never", "Sometimes", "Always" */
const char *observation_word(enum cow_observation o);

/* "D diverged, L leaked", or "-"; BUF of 96 bytes is enough. */
const char *hazard_words(unsigned hazards, char *buf, size_t size);

/* Kernels FIRST … FIRST + N - 1 of R as people say them: "v5.9 .. v5.18", "v5.4, debian-11". */
void print_kernels(FILE *out, const struct cow_result *r, size_t first, size_t n);

/* The condition with its quantifier: "exists (A:r=1)". */
void print_condition(FILE *out, const struct cow_test *t);

#endif
