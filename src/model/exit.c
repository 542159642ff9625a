/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * exit.c - the end of an address space: exit_group(), SIGSEGV, execve().
 */
#include <string.h>
#include "mm.h"

void exit_mm(struct cow_model *m, struct cow_state *s, unsigned proc)
{
	unsigned mm = s->proc[proc].mm;

	s->proc[proc].mm = COW_NO_MM;
	if (mm == COW_NO_MM || mm_alive(m, s, mm))
		return;
	zap_drain(m, s);
	for (unsigned v = 0; v < m->prog->nr_pages; v++)
		zap_pte(m, s, mm, v);
	memset(&s->mm[mm], 0, sizeof(s->mm[mm]));
}

static void end_threads(struct cow_model *m, struct cow_state *s, unsigned proc, int but)
{
	for (unsigned t = 0; t < m->prog->nr_threads; t++)
		if (m->prog->threads[t].proc == (int)proc && (int)t != but) {
			if (m->prog->step_grain)
				micro_abort(m, s, t);
			s->pc[t] = m->prog->threads[t].nops;
		}
}

void do_exit(struct cow_model *m, struct cow_state *s, unsigned proc)
{
	exit_mm(m, s, proc);
	s->proc[proc].state = COW_DEAD;
	s->proc[proc].has_mail = 0;
	s->proc[proc].mail = 0;
	end_threads(m, s, proc, -1);
}

static void killed(struct cow_model *m, struct cow_state *s, unsigned proc)
{
	do_exit(m, s, proc);
	s->proc[proc].faulted = 1;
}

void segfault(struct cow_model *m, struct cow_state *s, unsigned proc)
{
	note(m, "the access is not permitted: SIGSEGV kills the process");
	killed(m, s, proc);
}

void bus_error(struct cow_model *m, struct cow_state *s, unsigned proc)
{
	note(m, "there is no page to be had: SIGBUS kills the process");
	killed(m, s, proc);
}

void step_EXIT(struct cow_model *m, struct cow_state *s, const struct cow_op *op)
{
	(void)op;
	do_exit(m, s, current_proc(m));
}

/* begin_new_exec(): the calling thread goes on alone, with none of the old memory. */
void step_EXEC(struct cow_model *m, struct cow_state *s, const struct cow_op *op)
{
	(void)op;
	exit_mm(m, s, current_proc(m));
	end_threads(m, s, current_proc(m), (int)m->thread);
}

void step_WAIT(struct cow_model *m, struct cow_state *s, const struct cow_op *op)
{
	(void)m;
	set_reg(s, op->dst, 0);
}
