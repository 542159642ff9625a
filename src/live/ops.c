/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * ops.c - the executor of each operation: live_<ID>() for a row of ops.def.
 *
 * An executor tells the agent of its thread what to do and says what came out as the
 * model says it: the register's value (0 for success, -errno), and SIGSEGV.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include "live.h"

/* ---- what operations are about ---- */

static int value_of(const struct cow_state *s, const struct cow_value *v)
{
	int reg = v->reg < 0 ? 0 : s->reg[v->reg];

	return (reg == COW_REG_UNSET ? 0 : reg) + v->add;
}

static int operand(const struct live_step *s)
{
	return value_of(s->before, &s->op->value);
}

static uint64_t address(const struct live *l, const struct cow_op *op)
{
	return live_address(&l->prog, op->vpn, op->part);
}

static int64_t length(const struct live *l, const struct cow_op *op)
{
	return (int64_t)live_length(&l->prog, op->vpn, op->npages);
}

static unsigned slice(const struct live *l, const struct live_step *s)
{
	return live_slice(&l->prog, s->op->vpn);
}

static unsigned own_proc(const struct live *l, const struct live_step *s)
{
	return (unsigned)l->prog.threads[s->thread].proc;
}

/* Process whose memory the operation names. */
static unsigned target(const struct live *l, const struct live_step *s)
{
	return s->op->proc >= 0 ? (unsigned)s->op->proc : own_proc(l, s);
}

static void result(struct live_step *s, long value)
{
	s->has_result = true;
	s->result = value;
}

/* System calls that give nothing but success. */
#define simple_call(l, s, nr, ...) \
	result(s, live_call(l, live_agent((s)->thread), nr, __VA_ARGS__))

/* ---- memory ---- */

static void access_memory(struct live *l, struct live_step *s, int64_t nr, uint64_t addr,
			  int value, unsigned slice)
{
	struct cow_order o = { .nr = nr, .arg = { (int64_t)addr, value, slice },
			       .drain = LIVE_DRAIN };
	struct live_reply r;

	for (unsigned p = 0; p < l->prog.nr_procs; p++)
		o.shared |= p != own_proc(l, s) && s->before->proc[p].state == COW_RUNNING &&
			    s->before->proc[p].mm == s->before->proc[own_proc(l, s)].mm;
	if (!live_order(l, live_agent(s->thread), &o, &r))
		return;
	if (r.kind == COW_ANSWER_FAULT) {
		if ((uint64_t)r.value != addr)
			live_fail(l, "SIGSEGV at 0x%llx instead of 0x%llx",
				  (unsigned long long)r.value, (unsigned long long)addr);
		s->faulted = true;
		live_await_death(l, own_proc(l, s));
	} else {
		result(s, r.value);
	}
}

static void live_LOAD(struct live *l, struct live_step *s)
{
	access_memory(l, s, COW_ORDER_LOAD, address(l, s->op), 0, slice(l, s));
}

static void live_STORE(struct live *l, struct live_step *s)
{
	access_memory(l, s, COW_ORDER_STORE, address(l, s->op), operand(s), slice(l, s));
}

/* ---- nothing that a kernel takes part in ---- */

static void live_SET(struct live *l, struct live_step *s)
{
	(void)l;
	(void)s;
}

#define live_IF live_SET
#define live_SEND live_SET
#define live_RECV live_SET
#define live_BARRIER live_SET
/* Drained after every step. */
#define live_LRU_ADD_DRAIN live_SET
#define live_LRU_ADD_DRAIN_ALL live_SET

/* ---- processes ---- */

/*
 * The file table is shared, so that a process that ends closes nothing.  A vfork()
 * returns to the parent when the child leaves: until then its agent owes an answer.
 */
static void do_clone(struct live *l, struct live_step *s, int64_t flags)
{
	unsigned parent = live_agent(s->thread), p = (unsigned)s->op->proc;
	unsigned child = live_main_agent(l, p);
	struct cow_order o = {
		.nr = COW_ORDER_CLONE,
		.arg = { flags | CLONE_FILES | SIGCHLD, child, l->peer_number[child] },
		.drain = LIVE_DRAIN,
	};
	struct live_reply r = { .kind = COW_ANSWER_RESULT };

	if (!live_send(l, parent, &o))
		return;
	if (flags & CLONE_VFORK)
		l->proc[p].vforker = (int)parent;
	else if (!live_receive(l, parent, &r))
		return;
	if (r.value < 0) {
		result(s, (long)r.value);
		return;
	}
	/* Watched for its end by the parent's pidfd until its own is there. */
	l->proc[p].pidfd = -1;
	if (!live_receive(l, child, &r))
		return;
	live_proc_started(l, p, (pid_t)r.value, !(flags & CLONE_VM));
	result(s, 0);
}

static void live_FORK(struct live *l, struct live_step *s)
{
	do_clone(l, s, 0);
}

static void live_VFORK(struct live *l, struct live_step *s)
{
	do_clone(l, s, CLONE_VM | CLONE_VFORK);
}

static void live_CLONE(struct live *l, struct live_step *s)
{
	do_clone(l, s, (s->op->flags & COW_CLONE_VM ? CLONE_VM : 0) |
		       (s->op->flags & COW_CLONE_VFORK ? CLONE_VFORK : 0));
}

/* A zombie it stays, so that its process id is nobody else's within this run. */
static void live_WAIT(struct live *l, struct live_step *s)
{
	long r = live_call(l, live_agent(s->thread), SYS_waitid, P_PID, l->proc[s->op->proc].pid,
			   0, WEXITED | WNOWAIT | __WALL, 0);

	/* Not every waiter is the parent. */
	result(s, r == -ECHILD ? 0 : r);
}

static void live_EXEC(struct live *l, struct live_step *s)
{
	unsigned agent = live_agent(s->thread);
	struct live_arguments *a = &l->control->agent[agent];
	struct cow_order o = {
		.nr = SYS_execveat,
		.arg = { l->executable, 0, 0, 0, AT_EMPTY_PATH },
	};
	struct live_reply r;

	snprintf(a->text[0], sizeof(a->text[0]), "cowherd-agent");
	snprintf(a->text[1], sizeof(a->text[1]), "%u", agent);
	snprintf(a->text[2], sizeof(a->text[2]), "%d", l->peer_number[agent]);
	a->text[3][0] = 0;
	for (unsigned i = 0; i < 3; i++)
		a->pointer[i] = live_shared(l, a->text[i]);
	a->pointer[3] = 0;
	o.arg[1] = (int64_t)live_shared(l, a->text[3]);
	o.arg[2] = (int64_t)live_shared(l, a->pointer);
	o.arg[3] = (int64_t)live_shared(l, &a->pointer[3]);
	if (!live_order(l, agent, &o, &r))
		return;
	if (r.kind != COW_ANSWER_HELLO) {
		live_fail(l, "execveat: error %lld", (long long)-r.value);
		return;
	}
	l->proc[own_proc(l, s)].execed = true;
	live_drain(l);
}

static void live_EXIT(struct live *l, struct live_step *s)
{
	struct cow_order o = { .nr = SYS_exit_group };

	if (live_send(l, live_agent(s->thread), &o))
		live_await_death(l, own_proc(l, s));
}

/* ---- mappings ---- */

static void live_MADVISE(struct live *l, struct live_step *s)
{
	static const int advice[COW_NR_ADVICE] = {
		[COW_MADV_DONTFORK] = MADV_DONTFORK,
		[COW_MADV_DOFORK] = MADV_DOFORK,
		[COW_MADV_WIPEONFORK] = MADV_WIPEONFORK,
		[COW_MADV_KEEPONFORK] = MADV_KEEPONFORK,
		[COW_MADV_DONTNEED] = MADV_DONTNEED,
		[COW_MADV_MERGEABLE] = MADV_MERGEABLE,
		[COW_MADV_UNMERGEABLE] = MADV_UNMERGEABLE,
		[COW_MADV_FREE] = MADV_FREE,
	};

	simple_call(l, s, SYS_madvise, (int64_t)address(l, s->op), length(l, s->op),
		    advice[s->op->flags]);
}

static void live_MPROTECT(struct live *l, struct live_step *s)
{
	simple_call(l, s, SYS_mprotect, (int64_t)address(l, s->op), length(l, s->op),
		    (s->op->flags & COW_PROT_READ ? PROT_READ : 0) |
		    (s->op->flags & COW_PROT_WRITE ? PROT_WRITE : 0));
}

/* Of the process itself, whatever else it may do to others. */
static void live_CLEAR_REFS(struct live *l, struct live_step *s)
{
	unsigned agent = live_agent(s->thread);
	struct live_arguments *a = &l->control->agent[agent];
	long fd, r;

	snprintf(a->text[0], sizeof(a->text[0]), "/proc/self/clear_refs");
	snprintf(a->text[1], sizeof(a->text[1]), "4");
	fd = live_must(l, agent, "/proc/self/clear_refs", SYS_openat, AT_FDCWD,
		       (int64_t)live_shared(l, a->text[0]), O_WRONLY);
	r = live_call(l, agent, SYS_write, fd, (int64_t)live_shared(l, a->text[1]), 1);
	live_must(l, agent, "close", SYS_close, fd);
	result(s, r < 0 ? r : 0);
}

static void protect(struct live *l, struct live_step *s, bool on)
{
	result(s, live_uffd_protect(l, live_agent(s->thread), s->before->proc[own_proc(l, s)].mm,
				    address(l, s->op), (uint64_t)length(l, s->op), on));
}

static void live_UFFD_WP(struct live *l, struct live_step *s)
{
	protect(l, s, true);
}

static void live_UFFD_UNPROTECT(struct live *l, struct live_step *s)
{
	protect(l, s, false);
}

static void live_MUNMAP(struct live *l, struct live_step *s)
{
	simple_call(l, s, SYS_munmap, (int64_t)address(l, s->op), length(l, s->op));
}

/* A program that does not look at the result dies at its next access there. */
static void live_MREMAP(struct live *l, struct live_step *s)
{
	uint64_t to = live_address(&l->prog, l->prog.regions[s->op->region].vpn, 0);
	int64_t len = length(l, s->op);
	long r = live_call(l, live_agent(s->thread), SYS_mremap, (int64_t)address(l, s->op),
			   len, len, MREMAP_MAYMOVE | MREMAP_FIXED, (int64_t)to);

	if ((uint64_t)r != to)
		access_memory(l, s, COW_ORDER_LOAD, to, 0, 1);
}

/* ---- pins ---- */

/* A byte at ADDR of process P, from or to the agent's data[0]. */
static long process_vm_byte(struct live *l, unsigned agent, unsigned p, uint64_t addr, bool write)
{
	struct live_arguments *a = &l->control->agent[agent];
	long r;

	a->iov[0].base = live_shared(l, a->data);
	a->iov[1].base = addr;
	a->iov[0].len = a->iov[1].len = 1;
	r = live_call(l, agent, write ? SYS_process_vm_writev : SYS_process_vm_readv,
		      l->proc[p].pid, (int64_t)live_shared(l, &a->iov[0]), 1,
		      (int64_t)live_shared(l, &a->iov[1]), 1, 0);
	return r < 0 ? r : r == 0 ? -EFAULT : write ? 0 : a->data[0];
}

/*
 * Of a slice a direct transfer and vmsplice() take one small page.  The others meet what it
 * met: a call that takes pages as the transfer does, but returns them, or the fault of a
 * load.
 */
static void take_slice(struct live *l, struct live_step *s, const struct live_pin *pin,
		       unsigned vpn)
{
	struct cow_order load = { .nr = COW_ORDER_LOAD, .drain = LIVE_DRAIN };
	unsigned agent = live_agent(s->thread);
	struct live_reply r;

	for (unsigned i = 1; i < live_slice(&l->prog, vpn) && !l->failed; i++) {
		uint64_t addr = live_address(&l->prog, vpn, s->op->part) + (uint64_t)i * LIVE_PAGE;

		if (pin->device != &live_dev_vmsplice) {
			process_vm_byte(l, agent, own_proc(l, s), addr, pin->write);
			continue;
		}
		load.arg[0] = (int64_t)addr;
		load.arg[2] = 1;
		live_order(l, agent, &load, &r);
	}
}

static void take_range(struct live *l, struct live_step *s, uint64_t addr, uint64_t len)
{
	struct live_pin *pin = l->pin[s->op->slot];
	long r;

	pin->addr = addr;
	pin->len = len;
	for (unsigned i = 0; i < pin->npages; i++)
		pin->start[i] = live_address(&l->prog, s->op->vpn + i, 0) -
				live_address(&l->prog, s->op->vpn, 0);
	r = pin->device->take(l, live_agent(s->thread), pin);
	for (unsigned i = 0; !r && pin->device != &live_dev_uring && i < s->op->npages; i++)
		take_slice(l, s, pin, s->op->vpn + i);
	pin->live = !r;
	result(s, r ? r : 1 + s->op->slot);
}

static void take(struct live *l, struct live_step *s)
{
	take_range(l, s, live_address(&l->prog, s->op->vpn, 0), (uint64_t)length(l, s->op));
}

#define live_PIN take
#define live_PIN_FAST take
#define live_URING_REG take
#define live_VMSPLICE take

/* The pin that the operation's register holds, NULL: an error or nothing. */
static struct live_pin *pin_of(const struct live *l, const struct live_step *s)
{
	int reg = s->before->reg[s->op->pin];

	return reg > 0 && l->pin[reg - 1]->live ? l->pin[reg - 1] : NULL;
}

static void drop(struct live *l, struct live_step *s)
{
	struct live_pin *pin = pin_of(l, s);
	int err;

	if (!pin)
		return;
	err = pin->device->drop(pin);
	if (err)
		live_fail(l, "%s does not let go of its pages: error %d", pin->device->name, -err);
	pin->live = false;
}

#define live_UNPIN drop
#define live_URING_UNREG drop

/* Where in its pin the device reads or writes: the part that was pinned. */
static size_t dma_offset(const struct live *l, const struct live_step *s)
{
	unsigned slot = (unsigned)s->before->reg[s->op->pin] - 1;

	return pin_of(l, s)->start[s->op->pin_page] + cow_pin_op(&l->prog, slot)->part * LIVE_PART;
}

static void live_DMA_WRITE(struct live *l, struct live_step *s)
{
	struct live_pin *pin = pin_of(l, s);
	int r = pin ? pin->device->write(pin, dma_offset(l, s), (uint8_t)operand(s)) : -EBADF;

	s->dma_error = r < 0;
}

static void live_DMA_READ(struct live *l, struct live_step *s)
{
	struct live_pin *pin = pin_of(l, s);
	int r = pin ? pin->device->read(pin, dma_offset(l, s)) : -EBADF;

	s->dma_error = r < 0;
	result(s, r);
}

/* The byte of the part is transferred, and no other. */
static void begin_direct(struct live *l, struct live_step *s)
{
	take_range(l, s, address(l, s->op), 1);
}

#define live_ODIRECT_READ begin_direct
#define live_ODIRECT_WRITE begin_direct

static void live_ODIRECT_END(struct live *l, struct live_step *s)
{
	struct live_pin *pin = pin_of(l, s);
	const struct cow_op *begin;
	int r;

	if (!pin) {
		result(s, -EBADF);
		return;
	}
	begin = cow_pin_op(&l->prog, (unsigned)s->before->reg[s->op->pin] - 1);
	if (begin->code == COW_OP_ODIRECT_READ)
		r = pin->device->write(pin, 0, (uint8_t)value_of(s->before, &begin->value));
	else
		r = pin->device->read(pin, 0);
	result(s, r);
	drop(l, s);
}

/* ---- another process's memory, through the kernel ---- */

bool live_op_is_remote(const struct cow_op *op)
{
	switch (op->code) {
	case COW_OP_PROCESS_VM_READV: case COW_OP_PROCESS_VM_WRITEV:
	case COW_OP_PROC_MEM_READ: case COW_OP_PROC_MEM_WRITE:
	case COW_OP_PTRACE_PEEK: case COW_OP_PTRACE_POKE:
		return true;
	default:
		return false;
	}
}

static void process_vm(struct live *l, struct live_step *s, bool write)
{
	unsigned agent = live_agent(s->thread), n = slice(l, s);
	uint8_t *data = l->control->agent[agent].data;
	long first = 0;

	for (unsigned i = 0; i < n && first >= 0 && !l->failed; i++) {
		long r;

		data[0] = (uint8_t)operand(s);
		r = process_vm_byte(l, agent, target(l, s),
				    address(l, s->op) + (uint64_t)i * LIVE_PAGE, write);
		if (!i)
			first = r;
	}
	result(s, first);
}

static void live_PROCESS_VM_READV(struct live *l, struct live_step *s)
{
	process_vm(l, s, false);
}

static void live_PROCESS_VM_WRITEV(struct live *l, struct live_step *s)
{
	process_vm(l, s, true);
}

static void proc_mem(struct live *l, struct live_step *s, bool write)
{
	unsigned agent = live_agent(s->thread), p = target(l, s), value;
	struct live_arguments *a = &l->control->agent[agent];
	long fd, r;

	a->data[0] = (uint8_t)operand(s);
	snprintf(a->text[0], sizeof(a->text[0]), "/proc/%d/mem", (int)l->proc[p].pid);
	fd = live_call(l, agent, SYS_openat, AT_FDCWD, (int64_t)live_shared(l, a->text[0]),
		       write ? O_WRONLY : O_RDONLY);
	if (fd < 0) {
		/* EACCES for a zombie unless one may trace everything, ENOENT when it was waited for. */
		result(s, l->proc[p].dead || fd == -ENOENT ? -ESRCH : fd);
		return;
	}
	r = live_call(l, agent, write ? SYS_pwrite64 : SYS_pread64, fd,
		      (int64_t)live_shared(l, a->data), 1, (int64_t)address(l, s->op));
	value = a->data[0];
	for (unsigned i = 1; r > 0 && i < slice(l, s) && !l->failed; i++)
		live_call(l, agent, write ? SYS_pwrite64 : SYS_pread64, fd,
			  (int64_t)live_shared(l, a->data), 1,
			  (int64_t)(address(l, s->op) + (uint64_t)i * LIVE_PAGE));
	live_must(l, agent, "close", SYS_close, fd);
	/* Older kernels open it for a dead process too, and then find no byte. */
	result(s, r < 0 ? r : r == 0 ? -ESRCH : write ? 0 : (long)value);
}

static void live_PROC_MEM_READ(struct live *l, struct live_step *s)
{
	proc_mem(l, s, false);
}

static void live_PROC_MEM_WRITE(struct live *l, struct live_step *s)
{
	proc_mem(l, s, true);
}

/* Seized, stopped, read or written, let go.  A word is moved; the part is its first byte. */
static void trace(struct live *l, struct live_step *s, bool write)
{
	unsigned agent = live_agent(s->thread), p = target(l, s);
	struct live_arguments *a = &l->control->agent[agent];
	int64_t pid = l->proc[p].pid;
	unsigned value;
	long r;

	r = live_call(l, agent, SYS_ptrace, PTRACE_SEIZE, pid, 0, 0);
	if (r) {
		/* EPERM for a zombie, ESRCH when it has been waited for. */
		result(s, l->proc[p].dead ? -ESRCH : r);
		return;
	}
	live_must(l, agent, "PTRACE_INTERRUPT", SYS_ptrace, PTRACE_INTERRUPT, pid, 0, 0);
	live_must(l, agent, "wait4", SYS_wait4, pid, 0, __WALL, 0);
	r = live_call(l, agent, SYS_ptrace, write ? PTRACE_POKEDATA : PTRACE_PEEKDATA, pid,
		      (int64_t)address(l, s->op),
		      write ? (int64_t)(uint8_t)operand(s) : (int64_t)live_shared(l, a->data));
	value = a->data[0];
	for (unsigned i = 1; !r && i < slice(l, s) && !l->failed; i++)
		live_call(l, agent, SYS_ptrace, write ? PTRACE_POKEDATA : PTRACE_PEEKDATA, pid,
			  (int64_t)(address(l, s->op) + (uint64_t)i * LIVE_PAGE),
			  write ? (int64_t)(uint8_t)operand(s) : (int64_t)live_shared(l, a->data));
	live_must(l, agent, "PTRACE_DETACH", SYS_ptrace, PTRACE_DETACH, pid, 0, 0);
	result(s, r || write ? r : (long)value);
}

static void live_PTRACE_PEEK(struct live *l, struct live_step *s)
{
	trace(l, s, false);
}

static void live_PTRACE_POKE(struct live *l, struct live_step *s)
{
	trace(l, s, true);
}

/* ---- the table ---- */

/* Their devices are not on every machine, and no executor here drives them. */
#define live_IBV_REG_MR NULL
#define live_IBV_DEREG_MR NULL
#define live_IOMMUFD_MAP NULL
#define live_IOMMUFD_UNMAP NULL
#define live_VDPA_MAP NULL
#define live_VDPA_UNMAP NULL
#define live_XDP_UMEM_REG NULL
#define live_XDP_CLOSE NULL
#define live_V4L2_CAPTURE NULL
#define live_V4L2_OUTPUT NULL
#define live_V4L2_STREAMOFF NULL
#define live_NFS_READ NULL
#define live_NFS_WRITE NULL
#define live_VFIO_MAP NULL
#define live_VFIO_UNMAP NULL
#define live_RECLAIM NULL
#define live_KSM_SCAN NULL
#define live_UFFD_CONTINUE NULL
#define live_MIGRATE NULL
#define live_COLLAPSE NULL
#define live_SPLIT NULL

static void (*const executor[COW_NR_OPS])(struct live *, struct live_step *) = {
#define OP(id, name, args, result, who, weight, what) [COW_OP_##id] = live_##id,
#include "../model/ops.def"
#undef OP
};

const char *live_no_executor(enum cow_opcode code)
{
	switch (code) {
	case COW_OP_IBV_REG_MR: case COW_OP_IBV_DEREG_MR:
		return "no RDMA device is driven here";
	case COW_OP_VFIO_MAP: case COW_OP_VFIO_UNMAP:
		return "no VFIO device is driven here";
	default:
		return executor[code] ? NULL : "no executor";
	}
}

void live_execute(struct live *l, struct live_step *step)
{
	executor[step->op->code](l, step);
}
