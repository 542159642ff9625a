/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * model.h - stepping a program through the rules of one kernel.
 *
 * Pure functions of (program, rules, state): they allocate nothing, print nothing,
 * keep nothing.
 */
#ifndef COW_MODEL_MODEL_H
#define COW_MODEL_MODEL_H

#include <stdarg.h>
#include "program.h"
#include "rules.h"
#include "state.h"

/*
 * What a step is taken in.  Made by cow_model_init(), one a thread of execution.
 */
struct cow_model {
	const struct cow_program *prog;
	struct cow_rules rules;
	/* A bit for each rule whose value was asked for: nothing else can have
	 * influenced the states seen through this model. */
	uint64_t consulted;
	/* Derived once from the program. */
	unsigned nr_frames, first_anon;
	bool has_swap;		/* the program reclaims */
	unsigned first_folio, folio_size;	/* frames of huge pages; size 0: none */
	uint8_t page_frame[COW_MAX_PAGES];	/* page-cache frame of a vpn, 0: anonymous */
	/* If set, called with a sentence for each decision that a step takes. */
	void (*note)(void *arg, const char *fmt, va_list ap);
	void *note_arg;
	/* The step in progress. */
	unsigned thread, cpu;
};

/* Frames that P needs; it can be explored if they are not more than COW_MAX_FRAMES. */
unsigned cow_program_frames(const struct cow_program *p);

void cow_model_init(struct cow_model *m, const struct cow_program *p, const struct cow_rules *r);

/* The state before the first operation: the first process runs, its memory is in place. */
void cow_model_start(struct cow_model *m, struct cow_state *s);

/*
 * Lets thread T (index into program->threads) take its next operation in *S.
 * Returns false, and leaves *S alone, if T has none or has to wait.
 */
bool cow_model_step(struct cow_model *m, struct cow_state *s, unsigned t);

/* The operation that T would take next, skipping over untaken ifs; NULL if none. */
const struct cow_op *cow_model_next(const struct cow_model *m, const struct cow_state *s, unsigned t);

/*
 * No thread that has to run can run any more.  (Kernel daemons never have to.)
 * *STUCK: some thread waits for what will not happen.
 */
bool cow_model_final(struct cow_model *m, const struct cow_state *s, bool *stuck);

/* Condition node ROOT of COND holds in *S. */
bool cow_cond_holds(struct cow_model *m, const struct cow_state *s,
		    const struct cow_cond *cond, unsigned root);

/* The value of a term; ok is set to false where there is none (a dead process's memory). */
int cow_term_value(struct cow_model *m, const struct cow_state *s,
		   const struct cow_term *t, bool *ok);

/* References of FRAME, derived. */
struct cow_refs cow_page_refs(struct cow_model *m, const struct cow_state *s, unsigned frame);
/* What the page of swap slot SLOT holds: the frame in the swap cache, or the disk. */
const struct cow_cell *cow_swapped_contents(const struct cow_model *m, const struct cow_state *s,
					    unsigned slot);
unsigned cow_page_mapcount(const struct cow_model *m, const struct cow_state *s, unsigned frame);

/* FOLL_ flags with which pin slot SLOT was or would be taken under these rules. */
unsigned cow_pin_flags(struct cow_model *m, unsigned slot);

static inline bool cow_frame_is_anon(const struct cow_model *m, unsigned frame)
{
	return frame >= m->first_anon;
}

/* The first frame of the folio that FRAME is of, and the number of its frames. */
static inline unsigned folio_head(const struct cow_model *m, unsigned frame)
{
	return m->folio_size && frame >= m->first_folio
		? frame - (frame - m->first_folio) % m->folio_size : frame;
}

static inline unsigned folio_pages(const struct cow_model *m, unsigned frame)
{
	return m->folio_size && frame >= m->first_folio ? m->folio_size : 1;
}

/* Bytes of a packed state of this program. */
size_t cow_state_size(const struct cow_model *m);
void cow_state_pack(const struct cow_model *m, const struct cow_state *s, void *key);
void cow_state_unpack(const struct cow_model *m, const void *key, struct cow_state *s);

#endif
