/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * pin.c - who takes pages, and the devices that then use the frames and nothing but
 * the frames; access to memory through the kernel (process_vm_*, /proc/PID/mem, ptrace).
 */
#include "mm.h"
#include "pinner.h"

/* pin(), pin_fast(): as written; the others as they do it on this kernel. */
unsigned pin_op_flags(struct cow_model *m, const struct cow_op *op)
{
	const struct cow_pinner *p = cow_pinner(op->code);

	return p ? cow_rule(m, cow_pin_writes(op) ? p->write_rule : p->read_rule) : op->flags;
}

unsigned cow_pin_flags(struct cow_model *m, unsigned slot)
{
	return pin_op_flags(m, cow_pin_op(m->prog, slot));
}

/* The rule of those that take their pages for the time of the call; COW_NR_RULES: none. */
enum cow_rule_id access_user(unsigned code)
{
	switch (code) {
	case COW_OP_PROCESS_VM_READV:
		return COW_RULE_process_vm_read;
	case COW_OP_PROCESS_VM_WRITEV:
		return COW_RULE_process_vm_write;
	case COW_OP_PROC_MEM_READ:
	case COW_OP_PTRACE_PEEK:
		return COW_RULE_proc_mem_read;
	case COW_OP_PROC_MEM_WRITE:
	case COW_OP_PTRACE_POKE:
		return COW_RULE_proc_mem_write;
	default:
		return COW_NR_RULES;
	}
}

bool op_writes(struct cow_model *m, const struct cow_op *op)
{
	enum cow_rule_id user = access_user(op->code);
	unsigned flags;

	if (op->code == COW_OP_STORE)
		return true;
	if (user == COW_NR_RULES && cow_op_info[op->code].result != 'h')
		return false;
	flags = user == COW_NR_RULES ? pin_op_flags(m, op) : cow_rule(m, user);
	return (flags & COW_FOLL_WRITE) || (!vma_shared(m, op->vpn) &&
					    cow_rule(m, COW_RULE_gup_read) == GUP_BREAK_COW);
}

/* The mm whose memory OP names: its own process's, or the B of B:x[0].  -ESRCH: none. */
int target_mm(const struct cow_model *m, const struct cow_state *s, const struct cow_op *op)
{
	unsigned proc = op->proc >= 0 ? (unsigned)op->proc : current_proc(m);

	if (s->proc[proc].state != COW_RUNNING)
		return -ESRCH;
	return s->proc[proc].mm == COW_NO_MM ? -EFAULT : s->proc[proc].mm;
}

/* mm_set_has_pinned_flag(), 008cfe4418b3: before the walk, even if that fails. */
void mark_has_pinned(struct cow_model *m, struct cow_state *s, unsigned mm, unsigned flags)
{
	if ((flags & COW_FOLL_PIN) && cow_rule(m, COW_RULE_foll_pin) == PIN_COUNTED)
		s->mm[mm].has_pinned = 1;
}

void unpin(struct cow_model *m, struct cow_state *s, unsigned slot, unsigned state)
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

		/* hugetlb is of a file too, and always was let through. */
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

void pin_done(struct cow_model *m, struct cow_state *s, const struct cow_op *op, int err)
{
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

/* All pages of OP, or none. */
static void pin_pages(struct cow_model *m, struct cow_state *s, const struct cow_op *op)
{
	unsigned flags = pin_op_flags(m, op);
	int mm = target_mm(m, s, op), err = mm < 0 ? mm : 0;

	if (!err)
		mark_has_pinned(m, s, mm, flags);
	for (unsigned i = 0; !err && i < op->npages; i++) {
		int frame = get_user_page(m, s, mm, op->vpn + i, flags);

		if (frame < 0)
			err = frame;
		else
			s->pin[op->slot + i] = (struct cow_pin){
				COW_PIN_LIVE, frame, mm, op->vpn + i,
			};
	}
	pin_done(m, s, op, err);
}

#define STEP(id, does) \
	void step_##id(struct cow_model *m, struct cow_state *s, const struct cow_op *op) \
	{ \
		does(m, s, op); \
	}
STEP(PIN, pin_pages)
STEP(PIN_FAST, pin_pages)
STEP(IBV_REG_MR, pin_pages)
STEP(VFIO_MAP, pin_pages)
STEP(IOMMUFD_MAP, pin_pages)
STEP(VDPA_MAP, pin_pages)
STEP(URING_REG, pin_pages)
STEP(XDP_UMEM_REG, pin_pages)
STEP(V4L2_CAPTURE, pin_pages)
STEP(V4L2_OUTPUT, pin_pages)
STEP(VMSPLICE, pin_pages)
STEP(ODIRECT_READ, pin_pages)
STEP(ODIRECT_WRITE, pin_pages)
STEP(NFS_READ, pin_pages)
STEP(NFS_WRITE, pin_pages)

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

STEP(UNPIN, unpin_all)
STEP(IBV_DEREG_MR, unpin_all)
STEP(IOMMUFD_UNMAP, unpin_all)
STEP(VDPA_UNMAP, unpin_all)
STEP(URING_UNREG, unpin_all)
STEP(XDP_CLOSE, unpin_all)
STEP(V4L2_STREAMOFF, unpin_all)
#undef STEP

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

/* set_page_dirty(): whoever wrote through a reference says so in the end. */
static void set_page_dirty(struct cow_state *s, unsigned frame)
{
	s->frame[frame].flags &= ~COW_FRAME_LAZYFREE;
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
	if (cow_pin_writes(cow_pin_op(m->prog, slot))) {
		device_store(m, s, slot, value_of(s, &cow_pin_op(m->prog, slot)->value));
		set_page_dirty(s, s->pin[slot].frame);
		set_reg(s, op->dst, 0);
	} else {
		set_reg(s, op->dst, device_load(m, s, slot));
	}
	unpin(m, s, slot, COW_PIN_DONE);
}

int access_error(unsigned code, int err)
{
	switch (code) {
	case COW_OP_PROCESS_VM_READV:
	case COW_OP_PROCESS_VM_WRITEV:
		return err;
	default:
		return err == -EFAULT ? -EIO : err;
	}
}

void access_page(struct cow_model *m, struct cow_state *s, const struct cow_op *op, unsigned mm,
		 unsigned frame)
{
	if (cow_rule(m, access_user(op->code)) & COW_FOLL_WRITE) {
		store_value(m, s, mm, op->vpn, frame, op->part, value_of(s, &op->value));
		set_page_dirty(s, frame);
		set_reg(s, op->dst, 0);
	} else {
		set_reg(s, op->dst, s->frame[frame].cell[op->part].value);
	}
}

/* The page is taken, used and put again within the call. */
static void access_vm(struct cow_model *m, struct cow_state *s, const struct cow_op *op)
{
	unsigned flags = cow_rule(m, access_user(op->code));
	int mm = target_mm(m, s, op), frame = mm;

	if (mm >= 0) {
		mark_has_pinned(m, s, mm, flags);
		frame = get_user_page(m, s, mm, op->vpn, flags);
	}
	if (frame < 0)
		set_reg(s, op->dst, access_error(op->code, frame));
	else
		access_page(m, s, op, mm, frame);
}

void step_PROCESS_VM_READV(struct cow_model *m, struct cow_state *s, const struct cow_op *op)
{
	access_vm(m, s, op);
}

void step_PROCESS_VM_WRITEV(struct cow_model *m, struct cow_state *s, const struct cow_op *op)
{
	access_vm(m, s, op);
}

void step_PROC_MEM_READ(struct cow_model *m, struct cow_state *s, const struct cow_op *op)
{
	access_vm(m, s, op);
}

void step_PROC_MEM_WRITE(struct cow_model *m, struct cow_state *s, const struct cow_op *op)
{
	access_vm(m, s, op);
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
		access_vm(m, s, op);
}

void step_PTRACE_POKE(struct cow_model *m, struct cow_state *s, const struct cow_op *op)
{
	if (!traces_itself(m, s, op))
		access_vm(m, s, op);
}
