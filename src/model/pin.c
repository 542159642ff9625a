/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * pin.c - who takes pages, and the devices that then use the frames and nothing but
 * the frames; access to memory through the kernel (process_vm_*, /proc/PID/mem, ptrace).
 */
#include "mm.h"

unsigned pin_op_flags(struct cow_model *m, const struct cow_op *op)
{
	switch (op->code) {
	case COW_OP_IBV_REG_MR:
		/* ib_access_writable() */
		return cow_rule(m, op->flags & (COW_IBV_LOCAL_WRITE | COW_IBV_REMOTE_WRITE |
						COW_IBV_REMOTE_ATOMIC)
				   ? COW_RULE_rdma_write : COW_RULE_rdma_read);
	case COW_OP_VFIO_MAP:
		return cow_rule(m, op->flags & COW_VFIO_WRITE ? COW_RULE_vfio_write
							      : COW_RULE_vfio_read);
	case COW_OP_URING_REG:
		return cow_rule(m, COW_RULE_uring);
	case COW_OP_VMSPLICE:
		return cow_rule(m, COW_RULE_vmsplice);
	case COW_OP_ODIRECT_READ:
		return cow_rule(m, COW_RULE_odirect_read);
	case COW_OP_ODIRECT_WRITE:
		return cow_rule(m, COW_RULE_odirect_write);
	default:
		return op->flags;	/* pin(), pin_fast(): as written */
	}
}

unsigned cow_pin_flags(struct cow_model *m, unsigned slot)
{
	return pin_op_flags(m, cow_pin_op(m->prog, slot));
}

/* The mm whose memory OP names: its own process's, or the B of B:x[0].  -ESRCH: none. */
static int target_mm(const struct cow_model *m, const struct cow_state *s, const struct cow_op *op)
{
	unsigned proc = op->proc >= 0 ? (unsigned)op->proc : current_proc(m);

	if (s->proc[proc].state != COW_RUNNING)
		return -ESRCH;
	return s->proc[proc].mm == COW_NO_MM ? -EFAULT : s->proc[proc].mm;
}

/* mm_set_has_pinned_flag(), 008cfe4418b3: before the walk, even if that fails. */
static void mark_has_pinned(struct cow_model *m, struct cow_state *s, unsigned mm, unsigned flags)
{
	if ((flags & COW_FOLL_PIN) && cow_rule(m, COW_RULE_foll_pin) == PIN_COUNTED)
		s->mm[mm].has_pinned = 1;
}

static void unpin(struct cow_model *m, struct cow_state *s, unsigned slot, unsigned state)
{
	unsigned frame = s->pin[slot].frame;

	s->pin[slot] = (struct cow_pin){ .state = state };
	free_unused(m, s, frame);
}

/* IORING_REGISTER_BUFFERS looks at the VMAs only after it pinned the pages. */
static int uring_check_file(struct cow_model *m, const struct cow_op *op)
{
	for (unsigned i = 0; i < op->npages; i++) {
		unsigned vpn = op->vpn + i;

		if (!m->page_frame[vpn])
			continue;
		switch ((enum cow_uring_file)cow_rule(m, COW_RULE_uring_file)) {
		case URING_FILE_REFUSE:
			return -EOPNOTSUPP;
		case URING_FILE_SHMEM:
			if (vma_kind(m, vpn) == COW_FILE)
				return -EOPNOTSUPP;
			break;
		case URING_FILE_ALLOW:
			break;
		}
	}
	return 0;
}

/* All pages of OP, or none: the pin slots of OP become live or failed. */
static void pin_pages(struct cow_model *m, struct cow_state *s, const struct cow_op *op)
{
	unsigned flags = pin_op_flags(m, op), done = 0;
	int mm = target_mm(m, s, op), err = mm < 0 ? mm : 0;

	if (!err)
		mark_has_pinned(m, s, mm, flags);
	for (; !err && done < op->npages; done++) {
		int frame = get_user_page(m, s, mm, op->vpn + done, flags);

		if (frame < 0) {
			err = frame;
			break;
		}
		s->pin[op->slot + done] = (struct cow_pin){
			COW_PIN_LIVE, frame, mm, op->vpn + done,
		};
	}
	if (!err && op->code == COW_OP_URING_REG)
		err = uring_check_file(m, op);
	if (!err) {
		set_reg(s, op->dst, 1 + op->slot);
		return;
	}
	for (unsigned i = 0; i < op->npages; i++) {
		if (s->pin[op->slot + i].state == COW_PIN_LIVE)
			unpin(m, s, op->slot + i, COW_PIN_FAILED);
		s->pin[op->slot + i].state = COW_PIN_FAILED;
	}
	set_reg(s, op->dst, err);
}

void step_PIN(struct cow_model *m, struct cow_state *s, const struct cow_op *op)
{
	pin_pages(m, s, op);
}

void step_PIN_FAST(struct cow_model *m, struct cow_state *s, const struct cow_op *op)
{
	pin_pages(m, s, op);
}

void step_IBV_REG_MR(struct cow_model *m, struct cow_state *s, const struct cow_op *op)
{
	pin_pages(m, s, op);
}

void step_VFIO_MAP(struct cow_model *m, struct cow_state *s, const struct cow_op *op)
{
	pin_pages(m, s, op);
}

void step_URING_REG(struct cow_model *m, struct cow_state *s, const struct cow_op *op)
{
	pin_pages(m, s, op);
}

void step_VMSPLICE(struct cow_model *m, struct cow_state *s, const struct cow_op *op)
{
	pin_pages(m, s, op);
}

void step_ODIRECT_READ(struct cow_model *m, struct cow_state *s, const struct cow_op *op)
{
	pin_pages(m, s, op);
}

void step_ODIRECT_WRITE(struct cow_model *m, struct cow_state *s, const struct cow_op *op)
{
	pin_pages(m, s, op);
}

/* The pin slot that OP's pin and page name, if it is live; else -1. */
static int live_slot(const struct cow_state *s, const struct cow_op *op)
{
	int reg = s->reg[op->pin], slot = reg - 1 + op->pin_page;

	return reg > 0 && s->pin[slot].state == COW_PIN_LIVE ? slot : -1;
}

/* Drops every page of the pin that OP names. */
static void unpin_all(struct cow_model *m, struct cow_state *s, const struct cow_op *op)
{
	int reg = s->reg[op->pin];

	for (unsigned i = 0; reg > 0 && i < m->prog->regs[op->pin].npages; i++)
		if (s->pin[reg - 1 + i].state == COW_PIN_LIVE)
			unpin(m, s, reg - 1 + i, COW_PIN_DONE);
}

void step_UNPIN(struct cow_model *m, struct cow_state *s, const struct cow_op *op)
{
	unpin_all(m, s, op);
}

void step_IBV_DEREG_MR(struct cow_model *m, struct cow_state *s, const struct cow_op *op)
{
	unpin_all(m, s, op);
}

void step_URING_UNREG(struct cow_model *m, struct cow_state *s, const struct cow_op *op)
{
	unpin_all(m, s, op);
}

/* put_pfn(): until 873aefb376bb a reserved page, as the zero page is, was passed over. */
void step_VFIO_UNMAP(struct cow_model *m, struct cow_state *s, const struct cow_op *op)
{
	int reg = s->reg[op->pin];

	for (unsigned i = 0; reg > 0 && i < m->prog->regs[op->pin].npages; i++) {
		if (s->pin[reg - 1 + i].state != COW_PIN_LIVE ||
		    s->pin[reg - 1 + i].frame != COW_ZERO_FRAME)
			continue;
		if (cow_rule(m, COW_RULE_zero_pin) == ZERO_COUNTED &&
		    cow_rule(m, COW_RULE_vfio_zero) == VFIO_ZERO_LEAK) {
			note(m, "put_pfn: the zero page keeps the reference for ever");
			s->hazards |= COW_B;
		}
	}
	unpin_all(m, s, op);
}

static void device_store(struct cow_model *m, struct cow_state *s, unsigned slot, int value)
{
	const struct cow_pin *pin = &s->pin[slot];

	store_value(m, s, pin->mm, pin->vpn, pin->frame, cow_pin_op(m->prog, slot)->part, value);
}

static int device_load(const struct cow_model *m, const struct cow_state *s, unsigned slot)
{
	return s->frame[s->pin[slot].frame].cell[cow_pin_op(m->prog, slot)->part].value;
}

void step_DMA_WRITE(struct cow_model *m, struct cow_state *s, const struct cow_op *op)
{
	int slot = live_slot(s, op);

	if (slot < 0)
		s->dma_error |= 1u << m->thread;
	else
		device_store(m, s, slot, value_of(s, &op->value));
}

void step_DMA_READ(struct cow_model *m, struct cow_state *s, const struct cow_op *op)
{
	int slot = live_slot(s, op);

	if (slot < 0) {
		s->dma_error |= 1u << m->thread;
		set_reg(s, op->dst, -EBADF);
	} else {
		set_reg(s, op->dst, device_load(m, s, slot));
	}
}

/* The I/O that began earlier: the device moves its data now, then the page is let go. */
void step_ODIRECT_END(struct cow_model *m, struct cow_state *s, const struct cow_op *op)
{
	int slot = live_slot(s, op);

	if (slot < 0) {
		set_reg(s, op->dst, -EBADF);
		return;
	}
	if (cow_pin_op(m->prog, slot)->code == COW_OP_ODIRECT_READ) {
		device_store(m, s, slot, value_of(s, &cow_pin_op(m->prog, slot)->value));
		set_reg(s, op->dst, 0);
	} else {
		set_reg(s, op->dst, device_load(m, s, slot));
	}
	unpin(m, s, slot, COW_PIN_DONE);
}

/*
 * Access to memory through the kernel: process_vm_*, /proc/PID/mem, ptrace.  The page is
 * taken, used and put again within the call.  ERR is what the caller reports
 * instead of EFAULT.
 */
static void access_vm(struct cow_model *m, struct cow_state *s, const struct cow_op *op,
		      enum cow_rule_id user, int err)
{
	unsigned flags = cow_rule(m, user);
	int mm = target_mm(m, s, op), frame;

	if (mm < 0) {
		set_reg(s, op->dst, mm == -EFAULT ? err : mm);
		return;
	}
	mark_has_pinned(m, s, mm, flags);
	frame = get_user_page(m, s, mm, op->vpn, flags);
	if (frame < 0) {
		set_reg(s, op->dst, err);
	} else if (flags & COW_FOLL_WRITE) {
		store_value(m, s, mm, op->vpn, frame, op->part, value_of(s, &op->value));
		set_reg(s, op->dst, 0);
	} else {
		set_reg(s, op->dst, s->frame[frame].cell[op->part].value);
	}
}

void step_PROCESS_VM_READV(struct cow_model *m, struct cow_state *s, const struct cow_op *op)
{
	access_vm(m, s, op, COW_RULE_process_vm_read, -EFAULT);
}

void step_PROCESS_VM_WRITEV(struct cow_model *m, struct cow_state *s, const struct cow_op *op)
{
	access_vm(m, s, op, COW_RULE_process_vm_write, -EFAULT);
}

void step_PROC_MEM_READ(struct cow_model *m, struct cow_state *s, const struct cow_op *op)
{
	access_vm(m, s, op, COW_RULE_proc_mem_read, -EIO);
}

void step_PROC_MEM_WRITE(struct cow_model *m, struct cow_state *s, const struct cow_op *op)
{
	access_vm(m, s, op, COW_RULE_proc_mem_write, -EIO);
}

/* ptrace() does not attach to a thread of the caller's own. */
static bool traces_itself(struct cow_model *m, struct cow_state *s, const struct cow_op *op)
{
	if (op->proc >= 0 && (unsigned)op->proc != current_proc(m))
		return false;
	set_reg(s, op->dst, -EPERM);
	return true;
}

void step_PTRACE_PEEK(struct cow_model *m, struct cow_state *s, const struct cow_op *op)
{
	if (!traces_itself(m, s, op))
		access_vm(m, s, op, COW_RULE_proc_mem_read, -EIO);
}

void step_PTRACE_POKE(struct cow_model *m, struct cow_state *s, const struct cow_op *op)
{
	if (!traces_itself(m, s, op))
		access_vm(m, s, op, COW_RULE_proc_mem_write, -EIO);
}
