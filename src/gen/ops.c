/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * ops.c - how each operation of the vocabulary is drawn: emit_<ID>(), which returns false
 * if it does not fit.  How often is the weight in ops.def; rows without weight are
 * never drawn.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include "gen.h"

void gen_say(struct gen *g, unsigned t, const char *fmt, ...)
{
	struct gen_thread *th = &g->thread[t];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(th->text + th->used, sizeof(th->text) - th->used, fmt, ap);
	va_end(ap);
	th->used += (unsigned)n;
	th->ops++;
}

static const char *proc_name(unsigned p)
{
	static const char *const name[GEN_PROCS] = { "A", "B", "C" };

	return name[p];
}

static const char *pin_name(unsigned i)
{
	static const char *const name[GEN_PINS] = { "p", "q" };

	return name[i];
}

/* Values are all different, so that it is seen who read what. */
static unsigned new_value(struct gen *g)
{
	return g->next_value++;
}

/* ---- pages ---- */

static unsigned region_of(const struct gen *g, unsigned page)
{
	unsigned r = 0;

	while (page >= g->region[r].page + g->region[r].npages)
		r++;
	return r;
}

/* A page that MM has with at least PROT; now and then one that it has not. */
static bool draw_page(struct gen *g, const struct gen_mm *mm, unsigned prot, unsigned *page)
{
	unsigned weight[GEN_PAGES] = { 0 }, any = 0;

	for (unsigned i = 0; i < g->nr_pages; i++) {
		bool good = mm->mapped[i] && (mm->prot[i] & prot) == prot;

		weight[i] = good ? 60 : mm->mapped[i] ? 3 : 1;
		any |= weight[i];
	}
	*page = gen_weighted(g, weight, g->nr_pages);
	return any;
}

static const char *page_text(const struct gen *g, unsigned page, bool part, char *buf, size_t size)
{
	const struct gen_region *r = &g->region[region_of(g, page)];

	snprintf(buf, size, "%s[%u]%s", r->name, page - r->page, part ? ".a" : "");
	return buf;
}

/* A whole region or one page of it, all mapped. */
static bool draw_range(struct gen *g, const struct gen_mm *mm, unsigned *first, unsigned *n,
		       char *buf, size_t size)
{
	unsigned page, r;

	if (!draw_page(g, mm, 0, &page))
		return false;
	r = region_of(g, page);
	if (g->region[r].npages > 1 && gen_chance(g, 60)) {
		page_text(g, page, false, buf, size);
		*first = page;
		*n = 1;
	} else {
		snprintf(buf, size, "%s", g->region[r].name);
		*first = g->region[r].page;
		*n = g->region[r].npages;
	}
	return true;
}

static struct gen_mm *mm_of(struct gen *g, unsigned t)
{
	return &g->proc[g->thread[t].proc].mm;
}

static bool draw_part(struct gen *g)
{
	return g->parts && gen_chance(g, 40);
}

/* "r0 = " or nothing. */
static const char *draw_result(struct gen *g, unsigned percent, char *buf, size_t size)
{
	if (g->nr_regs < 8 && gen_chance(g, percent))
		snprintf(buf, size, "r%u = ", g->nr_regs++);
	else
		buf[0] = 0;
	return buf;
}

/* ---- loads and stores ---- */

static bool emit_LOAD(struct gen *g, unsigned t)
{
	char buf[48];
	unsigned page;

	if (g->nr_regs >= 8 || !draw_page(g, mm_of(g, t), COW_PROT_READ, &page))
		return false;
	gen_say(g, t, "r%u = %s;", g->nr_regs++, page_text(g, page, draw_part(g), buf, sizeof(buf)));
	return true;
}

static bool emit_STORE(struct gen *g, unsigned t)
{
	char buf[48];
	unsigned page;

	if (!draw_page(g, mm_of(g, t), COW_PROT_WRITE, &page))
		return false;
	gen_say(g, t, "%s = %u;", page_text(g, page, draw_part(g), buf, sizeof(buf)), new_value(g));
	return true;
}

/* ---- processes ---- */

static bool start_child(struct gen *g, unsigned t, const char *call, bool ends)
{
	unsigned parent = (unsigned)g->thread[t].proc, p = g->nr_procs;
	unsigned child = g->nr_threads;

	if (p == GEN_PROCS || child == GEN_THREADS)
		return false;
	g->nr_procs++;
	g->nr_threads++;
	g->thread[child].proc = (int)p;
	g->proc[p].mm = g->proc[parent].mm;
	g->proc[p].parent = (int)parent;
	g->proc[p].main = child;
	g->proc[p].started = true;
	g->proc[p].must_end = ends;
	g->proc[p].left = gen_below(g, 4);
	for (unsigned i = 0; i < g->nr_pins; i++)
		if (g->pin[i].known >> parent & 1)
			g->pin[i].known |= 1u << p;
	gen_say(g, t, call, proc_name(p));
	return true;
}

static bool emit_FORK(struct gen *g, unsigned t)
{
	return start_child(g, t, "fork(%s);", false);
}

static bool emit_VFORK(struct gen *g, unsigned t)
{
	if (g->proc[g->thread[t].proc].direct)
		return false;
	return start_child(g, t, "vfork(%s);", true);
}

static bool emit_CLONE(struct gen *g, unsigned t)
{
	return start_child(g, t, "clone(%s, CLONE_VM);", false);
}

static bool emit_WAIT(struct gen *g, unsigned t)
{
	for (unsigned p = 1; p < g->nr_procs; p++) {
		if (g->proc[p].parent != g->thread[t].proc || g->proc[p].waited ||
		    t != g->proc[g->thread[t].proc].main)
			continue;
		g->proc[p].waited = true;
		g->proc[p].must_end = true;
		gen_say(g, t, "wait(%s);", proc_name(p));
		return true;
	}
	return false;
}

/* Only children: the first process is the one that everything is about. */
static bool may_leave(const struct gen *g, unsigned t)
{
	int p = g->thread[t].proc;

	return p > 0 && g->proc[p].main == t;
}

static bool emit_EXEC(struct gen *g, unsigned t)
{
	if (!may_leave(g, t) || g->proc[g->thread[t].proc].direct)
		return false;
	gen_say(g, t, "exec();");
	g->proc[g->thread[t].proc].execed = true;
	g->thread[t].closed = true;
	return true;
}

static bool emit_EXIT(struct gen *g, unsigned t)
{
	if (!may_leave(g, t))
		return false;
	gen_say(g, t, "exit();");
	g->proc[g->thread[t].proc].ends = true;
	g->thread[t].closed = true;
	return true;
}

/* ---- mappings ---- */

static bool emit_MADVISE(struct gen *g, unsigned t)
{
	static const char *const name[] = { "MADV_DONTFORK", "MADV_DOFORK", "MADV_WIPEONFORK",
					    "MADV_KEEPONFORK", "MADV_DONTNEED" };
	static const unsigned weight[] = { 4, 1, 2, 1, 3 };
	unsigned first, n;
	char buf[48];

	if (!draw_range(g, mm_of(g, t), &first, &n, buf, sizeof(buf)))
		return false;
	gen_say(g, t, "madvise(%s, %s);", buf, name[gen_weighted(g, weight, 5)]);
	return true;
}

static bool emit_MPROTECT(struct gen *g, unsigned t)
{
	static const char *const name[] = { "PROT_READ", "PROT_READ|PROT_WRITE", "PROT_NONE" };
	static const unsigned prot[] = { COW_PROT_READ, COW_PROT_READ | COW_PROT_WRITE,
					 COW_PROT_NONE };
	struct gen_mm *mm = mm_of(g, t);
	unsigned weight[] = { 5, 1, 1 }, first, n, i;
	char buf[48];

	if (!draw_range(g, mm, &first, &n, buf, sizeof(buf)))
		return false;
	if (!(mm->prot[first] & COW_PROT_WRITE))
		weight[1] = 12;
	i = gen_weighted(g, weight, 3);
	gen_say(g, t, "mprotect(%s, %s);", buf, name[i]);
	for (unsigned k = 0; k < n; k++)
		mm->prot[first + k] = (uint8_t)prot[i];
	return true;
}

static bool emit_MUNMAP(struct gen *g, unsigned t)
{
	struct gen_mm *mm = mm_of(g, t);
	unsigned first, n;
	char buf[48];

	/* A parent without memory has little to say. */
	if (g->thread[t].proc == 0 && gen_chance(g, 70))
		return false;
	if (!draw_range(g, mm, &first, &n, buf, sizeof(buf)))
		return false;
	gen_say(g, t, "munmap(%s);", buf);
	for (unsigned k = 0; k < n; k++)
		mm->mapped[first + k] = false;
	return true;
}

static bool emit_MREMAP(struct gen *g, unsigned t)
{
	struct gen_mm *mm = mm_of(g, t);
	struct gen_region *y = &g->region[g->nr_regions];
	unsigned page, from;
	char buf[48];

	if (g->nr_regions == GEN_REGIONS || g->nr_pages == GEN_PAGES ||
	    g->region[g->nr_regions - 1].moved || !draw_page(g, mm, 0, &page) || !mm->mapped[page])
		return false;
	from = region_of(g, page);
	gen_say(g, t, "y = mremap(%s);", page_text(g, page, false, buf, sizeof(buf)));
	*y = (struct gen_region){ .name = "y", .kind = g->region[from].kind,
				  .shared = g->region[from].shared, .page = g->nr_pages,
				  .npages = 1, .moved = true };
	mm->mapped[g->nr_pages] = true;
	mm->prot[g->nr_pages] = mm->prot[page];
	mm->mapped[page] = false;
	g->nr_regions++;
	g->nr_pages++;
	return true;
}

/* ---- pins ---- */

/* The next pin, which thread T makes of N pages. */
static struct gen_pin *new_pin(struct gen *g, unsigned t, enum gen_taker taker, unsigned n)
{
	struct gen_pin *pin = &g->pin[g->nr_pins++];

	*pin = (struct gen_pin){ .taker = taker, .npages = n,
				 .known = (uint8_t)(1u << g->thread[t].proc) };
	return pin;
}

/* A region or a page of it to pin; its text in BUF, how many pages in *N. */
static bool draw_pinned(struct gen *g, unsigned t, unsigned prot, unsigned *n, char *buf,
			size_t size)
{
	unsigned page, r;

	if (g->nr_pins == GEN_PINS || !draw_page(g, mm_of(g, t), prot, &page))
		return false;
	r = region_of(g, page);
	*n = g->region[r].npages;
	if (*n > 1 && gen_chance(g, 40)) {
		snprintf(buf, size, "%s", g->region[r].name);
	} else {
		*n = 1;
		page_text(g, page, draw_part(g), buf, size);
	}
	return true;
}

/* Taken as somebody does on current kernels, so that it may run live. */
static bool emit_PIN(struct gen *g, unsigned t)
{
	static const struct { const char *flags; bool write, once; } kinds[] = {
		{ "FOLL_PIN|FOLL_WRITE|FOLL_LONGTERM", true, false },
		{ "FOLL_PIN|FOLL_WRITE", true, false },
		{ "FOLL_GET", false, false },
		{ "FOLL_PIN", false, true },
		{ "FOLL_PIN|FOLL_LONGTERM", false, true },
	};
	static const unsigned weight[] = { 6, 6, 4, 3, 2 };
	unsigned kind = gen_weighted(g, weight, 5), n;
	const char *name = pin_name(g->nr_pins % GEN_PINS);
	struct gen_pin *pin;
	char buf[48];

	if (!draw_pinned(g, t, kinds[kind].write ? COW_PROT_WRITE : COW_PROT_READ, &n, buf,
			 sizeof(buf)))
		return false;
	gen_say(g, t, "%s = pin(%s, %s);", name, buf, kinds[kind].flags);
	pin = new_pin(g, t, GEN_PIN, n);
	pin->writable = kinds[kind].write;
	pin->once = kinds[kind].once;
	g->proc[g->thread[t].proc].direct |= pin->once;
	return true;
}

static bool emit_URING_REG(struct gen *g, unsigned t)
{
	unsigned n;
	char buf[48];

	if (!draw_pinned(g, t, COW_PROT_WRITE, &n, buf, sizeof(buf)))
		return false;
	gen_say(g, t, "%s = io_uring_register_buffers(%s);", pin_name(g->nr_pins), buf);
	new_pin(g, t, GEN_URING, n)->writable = true;
	return true;
}

static bool emit_VMSPLICE(struct gen *g, unsigned t)
{
	unsigned n;
	char buf[48];

	if (!draw_pinned(g, t, COW_PROT_READ, &n, buf, sizeof(buf)))
		return false;
	gen_say(g, t, "%s = vmsplice(%s);", pin_name(g->nr_pins), buf);
	new_pin(g, t, GEN_VMSPLICE, n);
	return true;
}

static bool begin_direct(struct gen *g, unsigned t, bool read)
{
	unsigned page;
	char buf[48];

	if (g->nr_pins == GEN_PINS ||
	    !draw_page(g, mm_of(g, t), read ? COW_PROT_WRITE : COW_PROT_READ, &page))
		return false;
	page_text(g, page, draw_part(g), buf, sizeof(buf));
	if (read)
		gen_say(g, t, "%s = odirect_read_begin(%s, %u);", pin_name(g->nr_pins), buf,
			new_value(g));
	else
		gen_say(g, t, "%s = odirect_write_begin(%s);", pin_name(g->nr_pins), buf);
	new_pin(g, t, GEN_DIRECT, 1);
	g->proc[g->thread[t].proc].direct = true;
	return true;
}

static bool emit_ODIRECT_READ(struct gen *g, unsigned t)
{
	return begin_direct(g, t, true);
}

static bool emit_ODIRECT_WRITE(struct gen *g, unsigned t)
{
	return begin_direct(g, t, false);
}

/* A pin that thread T can name, for which OK holds; the device can name all. */
static bool draw_pin(struct gen *g, unsigned t, bool (*ok)(const struct gen_pin *pin),
		     unsigned *i)
{
	unsigned weight[GEN_PINS] = { 0 }, any = 0;

	for (unsigned k = 0; k < g->nr_pins; k++) {
		int p = g->thread[t].proc;

		weight[k] = (p < 0 || g->pin[k].known >> p & 1) && ok(&g->pin[k]);
		any |= weight[k];
	}
	if (any)
		*i = gen_weighted(g, weight, g->nr_pins);
	return any;
}

static bool is_plain(const struct gen_pin *pin)
{
	return pin->taker == GEN_PIN || pin->taker == GEN_VMSPLICE;
}

static bool is_uring(const struct gen_pin *pin)
{
	return pin->taker == GEN_URING;
}

static bool is_direct(const struct gen_pin *pin)
{
	return pin->taker == GEN_DIRECT;
}

static bool is_writable(const struct gen_pin *pin)
{
	return pin->writable;
}

static bool is_readable(const struct gen_pin *pin)
{
	return pin->taker != GEN_DIRECT && !(pin->once && pin->read);
}

static bool emit_UNPIN(struct gen *g, unsigned t)
{
	unsigned i;

	if (!draw_pin(g, t, is_plain, &i) || gen_chance(g, 40))
		return false;
	gen_say(g, t, "unpin(%s);", pin_name(i));
	return true;
}

static bool emit_URING_UNREG(struct gen *g, unsigned t)
{
	unsigned i;

	if (!draw_pin(g, t, is_uring, &i) || gen_chance(g, 40))
		return false;
	gen_say(g, t, "io_uring_unregister_buffers(%s);", pin_name(i));
	return true;
}

static bool emit_ODIRECT_END(struct gen *g, unsigned t)
{
	char reg[16];
	unsigned i;

	if (!draw_pin(g, t, is_direct, &i) || gen_chance(g, 40))
		return false;
	gen_say(g, t, "%sodirect_end(%s);", draw_result(g, 60, reg, sizeof(reg)), pin_name(i));
	return true;
}

static const char *pin_page(struct gen *g, unsigned i, char *buf, size_t size)
{
	unsigned page = gen_below(g, g->pin[i].npages);

	if (page)
		snprintf(buf, size, "%s[%u]", pin_name(i), page);
	else
		snprintf(buf, size, "%s", pin_name(i));
	return buf;
}

static bool emit_DMA_WRITE(struct gen *g, unsigned t)
{
	char buf[16];
	unsigned i;

	if (!draw_pin(g, t, is_writable, &i))
		return false;
	gen_say(g, t, "dma_write(%s, %u);", pin_page(g, i, buf, sizeof(buf)), new_value(g));
	return true;
}

static bool emit_DMA_READ(struct gen *g, unsigned t)
{
	char buf[16];
	unsigned i;

	if (g->nr_regs >= 8 || !draw_pin(g, t, is_readable, &i))
		return false;
	g->pin[i].read = true;
	gen_say(g, t, "r%u = dma_read(%s);", g->nr_regs++, pin_page(g, i, buf, sizeof(buf)));
	return true;
}

/* ---- through the kernel ---- */

/*
 * A page of some process, named with it unless it is the own one.  A tracer cannot stop a
 * process that waits in vfork(), which any that has a child might.
 */
static bool draw_other(struct gen *g, unsigned t, bool tracing, unsigned prot, char *buf,
		       size_t size)
{
	unsigned own = (unsigned)g->thread[t].proc, p = gen_below(g, g->nr_procs), page;
	char name[48];

	if ((tracing && p == own) || !draw_page(g, &g->proc[p].mm, prot, &page))
		return false;
	page_text(g, page, draw_part(g), name, sizeof(name));
	if (p == own)
		snprintf(buf, size, "%s", name);
	else
		snprintf(buf, size, "%s:%s", proc_name(p), name);
	return true;
}

static bool read_other(struct gen *g, unsigned t, const char *call, bool tracing)
{
	char page[64], reg[16];

	if (!draw_other(g, t, tracing, COW_PROT_READ, page, sizeof(page)))
		return false;
	gen_say(g, t, "%s%s(%s);", draw_result(g, 80, reg, sizeof(reg)), call, page);
	return true;
}

static bool write_other(struct gen *g, unsigned t, const char *call, bool tracing, unsigned prot)
{
	char page[64], reg[16];

	if (!draw_other(g, t, tracing, prot, page, sizeof(page)))
		return false;
	gen_say(g, t, "%s%s(%s, %u);", draw_result(g, 30, reg, sizeof(reg)), call, page,
		new_value(g));
	return true;
}

static bool emit_PROCESS_VM_READV(struct gen *g, unsigned t)
{
	return read_other(g, t, "process_vm_readv", false);
}

static bool emit_PROCESS_VM_WRITEV(struct gen *g, unsigned t)
{
	return write_other(g, t, "process_vm_writev", false, COW_PROT_WRITE);
}

static bool emit_PROC_MEM_READ(struct gen *g, unsigned t)
{
	return read_other(g, t, "proc_mem_read", false);
}

static bool emit_PROC_MEM_WRITE(struct gen *g, unsigned t)
{
	return write_other(g, t, "proc_mem_write", false, 0);
}

static bool emit_PTRACE_PEEK(struct gen *g, unsigned t)
{
	return read_other(g, t, "ptrace_peek", true);
}

static bool emit_PTRACE_POKE(struct gen *g, unsigned t)
{
	return write_other(g, t, "ptrace_poke", true, 0);
}

/* ---- never drawn by themselves ---- */

static bool emit_nothing(struct gen *g, unsigned t)
{
	(void)g;
	(void)t;
	return false;
}

#define emit_SET emit_nothing
#define emit_IF emit_nothing
#define emit_PIN_FAST emit_nothing
#define emit_IBV_REG_MR emit_nothing
#define emit_IBV_DEREG_MR emit_nothing
#define emit_IOMMUFD_MAP emit_nothing
#define emit_IOMMUFD_UNMAP emit_nothing
#define emit_VDPA_MAP emit_nothing
#define emit_VDPA_UNMAP emit_nothing
#define emit_XDP_UMEM_REG emit_nothing
#define emit_XDP_CLOSE emit_nothing
#define emit_V4L2_CAPTURE emit_nothing
#define emit_V4L2_OUTPUT emit_nothing
#define emit_V4L2_STREAMOFF emit_nothing
#define emit_NFS_READ emit_nothing
#define emit_NFS_WRITE emit_nothing
#define emit_VFIO_MAP emit_nothing
#define emit_VFIO_UNMAP emit_nothing
#define emit_RECLAIM emit_nothing
#define emit_CLEAR_REFS emit_nothing
#define emit_UFFD_WP emit_nothing
#define emit_UFFD_UNPROTECT emit_nothing
#define emit_KSM_SCAN emit_nothing
#define emit_UFFD_CONTINUE emit_nothing
#define emit_MIGRATE emit_nothing
#define emit_COLLAPSE emit_nothing
#define emit_SPLIT emit_nothing
#define emit_LRU_ADD_DRAIN emit_nothing
#define emit_LRU_ADD_DRAIN_ALL emit_nothing
#define emit_SEND emit_nothing
#define emit_RECV emit_nothing
#define emit_BARRIER emit_nothing

static bool (*const emit[COW_NR_OPS])(struct gen *, unsigned) = {
#define OP(id, name, args, result, who, weight, what) [COW_OP_##id] = emit_##id,
#include "../model/ops.def"
#undef OP
};

bool gen_operation(struct gen *g, unsigned t)
{
	char who = g->thread[t].proc < 0 ? 'D' : 'P';
	unsigned weight[COW_NR_OPS], i;

	for (i = 0; i < COW_NR_OPS; i++)
		weight[i] = strchr(cow_op_info[i].who, who) ? cow_op_info[i].weight : 0;
	for (unsigned try = 0; try < 20; try++) {
		i = gen_weighted(g, weight, COW_NR_OPS);
		if (weight[i] && emit[i](g, t))
			return true;
	}
	return false;
}
