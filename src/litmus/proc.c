/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* Who there is: processes, threads, devices, daemons; and who forks whom. */
#include "build.h"

#include <string.h>

/* The process that a call forks, NULL if it is none. */
static const struct ast_place *forked(const struct ast_stmt *s)
{
	if (s->kind != AST_CALL || !cow_op_forks(s->call->code) || !s->call->nargs)
		return NULL;
	return cow_only_name(s->call->args);
}

static bool forks(const struct ast_stmt *s, const char *name)
{
	for (; s; s = s->next) {
		const struct ast_place *place = forked(s);

		if ((place && !strcmp(place->name.text, name)) || forks(s->body, name))
			return true;
	}
	return false;
}

static bool is_forked(const struct ast *ast, const char *name)
{
	for (unsigned i = 0; i < ast->nr_blocks; i++)
		if (forks(ast->blocks[i].stmts.first, name))
			return true;
	return false;
}

/* Does a statement of the list make NAME a pin, or perhaps? */
static bool pins(const struct ast_stmt *s, const char *name)
{
	for (; s; s = s->next) {
		int code = s->kind == AST_CALL ? s->call->code : COW_OP_SET;

		if ((code < 0 || strchr("hm", cow_op_info[code].result)) && s->lhs.name.text &&
		    !strcmp(s->lhs.name.text, name))
			return true;
		if (pins(s->body, name))
			return true;
	}
	return false;
}

static bool is_pin(const struct ast *ast, const struct ast_place *place)
{
	for (unsigned i = 0; place && i < ast->nr_blocks; i++)
		if (pins(ast->blocks[i].stmts.first, place->name.text))
			return true;
	return false;
}

/* "p = 3" and "r = p", and dma_write() and dma_read(): a device's words. */
static bool only_dma(const struct ast *ast, const struct ast_stmt *s)
{
	for (; s; s = s->next) {
		if (s->kind == AST_CALL) {
			if (s->call->code < 0 || !strchr(cow_op_info[s->call->code].who, 'D'))
				return false;
		} else if (s->kind == AST_ASSIGN) {
			if (!is_pin(ast, &s->lhs) &&
			    !is_pin(ast, cow_only_place(s->rhs)))
				return false;
		} else {
			return false;
		}
	}
	return true;
}

static void add_process(struct build *b, unsigned thread)
{
	struct cow_program *prog = b->prog;
	const struct ast_block *block = b->block[thread];
	struct cow_proc *p;

	if (prog->nr_procs == COW_MAX_PROCS) {
		cow_parse_error(b->p, &block->name.loc, "more than %d processes", COW_MAX_PROCS);
		return;
	}
	p = &prog->procs[prog->nr_procs];
	strcpy(p->name, block->name.text);
	p->thread = thread;
	p->parent = -1;
	p->loc = block->name.loc;
	prog->threads[thread].proc = prog->nr_procs;
	prog->threads[thread].cpu = prog->nr_procs;
	prog->nr_procs++;
}

static void add_thread(struct build *b, unsigned thread)
{
	const struct ast_block *block = b->block[thread];
	int proc = cow_find_proc(b->prog, block->name.text);

	if (proc < 0) {
		const char *near = cow_suggest_proc(b, block->name.text);

		cow_parse_error(b->p, &block->name.loc,
				"thread '%s' of an unknown process '%s'%s%s%s",
				block->thread.text, block->name.text,
				near ? "; did you mean '" : "", near ? near : "",
				near ? "'?" : "");
		return;
	}
	b->prog->threads[thread].proc = proc;
	b->prog->threads[thread].cpu = proc;
}

/*
 * Settles what names are that are only used as "NAME: …".  One that is forked, or comes
 * first, is a process, even if it only does DMA; unless another one can be the first.
 */
static void settle(struct build *b)
{
	struct ast *ast = &b->p->ast;
	bool device[COW_MAX_THREADS] = { false }, first = false;

	for (unsigned i = 0; i < ast->nr_blocks; i++) {
		const struct ast_block *block = &ast->blocks[i];
		bool forked = block->kind == AST_OPEN && is_forked(ast, block->name.text);

		if (block->kind == AST_OPEN)
			device[i] = !forked && only_dma(ast, block->stmts.first);
		first |= block->kind == AST_PROCESS ||
			 (block->kind == AST_OPEN && !forked && !device[i]);
	}
	for (unsigned i = 0; i < ast->nr_blocks; i++) {
		struct ast_block *block = &ast->blocks[i];

		if (block->kind != AST_OPEN)
			continue;
		block->kind = device[i] && first ? AST_DEVICE : AST_PROCESS;
		first = true;
	}
}

void cow_build_procs(struct build *b)
{
	static const uint8_t kinds[] = {
		[AST_PROCESS] = COW_PROCESS, [AST_THREAD] = COW_THREAD,
		[AST_DEVICE] = COW_DEVICE, [AST_KERNEL] = COW_KERNEL,
	};
	struct cow_program *prog = b->prog;
	struct ast *ast = &b->p->ast;

	settle(b);
	for (unsigned i = 0; i < ast->nr_blocks; i++) {
		struct ast_block *block = &ast->blocks[i];
		const struct ast_name *name = block->thread.text ? &block->thread : &block->name;
		struct cow_thread *t = &prog->threads[prog->nr_threads++];

		b->block[i] = block;
		strcpy(t->name, name->text);
		t->kind = kinds[block->kind];
		t->proc = t->after = -1;
		t->loc = name->loc;
		if (t->kind == COW_PROCESS)
			add_process(b, i);
	}
	for (unsigned i = 0; i < prog->nr_threads; i++)
		if (prog->threads[i].kind == COW_THREAD)
			add_thread(b, i);
	if (!prog->nr_procs)
		cow_parse_error(b->p, NULL, "no process: a scenario needs at least one, as in "
				"'A { … }'");
}

/* ---- the tree of processes ---- */

static void note_fork(struct build *b, unsigned thread, struct ast_stmt *s)
{
	struct cow_program *prog = b->prog;
	const struct ast_place *place = forked(s);
	int self = prog->threads[thread].proc;
	struct cow_proc *child;
	int proc;

	if (!place || self < 0)
		return;
	proc = cow_find_proc(prog, place->name.text);
	if (proc < 0)
		return;	/* reported with the operation */
	child = &prog->procs[proc];
	if (proc == self || !proc) {
		cow_parse_error(b->p, &place->loc, "process '%s' is already running: %s",
				child->name, proc ? "it cannot fork itself" :
				"it is the first one and cannot be forked");
	} else if (child->parent < 0) {
		child->parent = self;
		b->fork_loc[proc] = place->loc;
	} else if (child->parent != self) {
		cow_parse_error(b->p, &place->loc,
				"process '%s' is already running: '%s' forks it in line %u",
				child->name, prog->procs[child->parent].name,
				b->fork_loc[proc].line);
	}
}

void cow_build_tree(struct build *b)
{
	struct cow_program *prog = b->prog;

	for (unsigned i = 0; i < prog->nr_threads; i++)
		cow_each_stmt(b, i, b->block[i]->stmts.first, note_fork);
}
