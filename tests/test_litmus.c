/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* The scenario language: what each construct becomes, and that it prints back. */
#include "litmus.h"

#include <ftw.h>

#include "litmus/print.h"
#include "model/rules.h"

/* ---- memory ---- */

static void test_memory(void **state)
{
	struct cow_test *t = good("COW m { anon x[2] = 7; anon s[1] = 1 shared; file f = 5 private;"
				  " memfd m[3] shared; untouched z[2]; thp h[4] = 6; hugetlb g[1] = 2;"
				  " } A { }");
	const struct cow_program *p = &t->prog;
	static const struct cow_region wanted[] = {
		{ "x", COW_ANON, false, 0, 2, 7, -1, { 0 } },
		{ "s", COW_ANON, true, 2, 1, 1, -1, { 0 } },
		{ "f", COW_FILE, false, 3, 1, 5, -1, { 0 } },
		{ "m", COW_MEMFD, true, 4, 3, 0, -1, { 0 } },
		{ "z", COW_UNTOUCHED, false, 7, 2, 0, -1, { 0 } },
		{ "h", COW_THP, false, 9, 4, 6, -1, { 0 } },
		{ "g", COW_HUGETLB, false, 13, 1, 2, -1, { 0 } },
	};

	(void)state;
	assert_int_equal(p->nr_regions, 7);
	assert_int_equal(p->nr_pages, 14);
	for (unsigned i = 0; i < p->nr_regions; i++) {
		const struct cow_region *r = &p->regions[i], *w = &wanted[i];

		assert_string_equal(r->name, w->name);
		assert_int_equal(r->kind, w->kind);
		assert_int_equal(r->shared, w->shared);
		assert_int_equal(r->vpn, w->vpn);
		assert_int_equal(r->npages, w->npages);
		assert_int_equal(r->init, w->init);
		assert_int_equal(r->moved_from, -1);
		for (unsigned v = r->vpn; v < r->vpn + r->npages; v++)
			assert_int_equal(p->page_region[v], i);
	}
	cow_test_free(t);
}

static void test_parts(void **state)
{
	struct cow_test *t = good("anon x[2]; A { x[0].heap = 1; x.buf = 2; r = x[1].heap;"
				  " p = pin(x[1].buf, FOLL_PIN); x[1] = 3; }"
				  " exists (A:x[0].heap=1)");
	const struct cow_op *ops = t->prog.threads[0].ops;

	(void)state;
	assert_int_equal(t->prog.nr_parts, 3);
	assert_string_equal(t->prog.parts[0], "");
	assert_string_equal(t->prog.parts[1], "heap");
	assert_string_equal(t->prog.parts[2], "buf");
	assert_int_equal(ops[0].part, 1);
	assert_int_equal(ops[1].part, 2);
	assert_int_equal(ops[1].vpn, 0);
	assert_int_equal(ops[2].part, 1);
	assert_int_equal(ops[3].part, 2);
	assert_int_equal(ops[4].part, 0);
	assert_int_equal(t->cond[0].a.part, 1);
	cow_test_free(t);
}

static void test_mremap(void **state)
{
	struct cow_test *t = good("file f[2] = 9; A { y = mremap(f[1]); y[0] = 1; z = mremap(y);"
				  " p = pin(z, FOLL_GET); }");
	const struct cow_program *p = &t->prog;

	(void)state;
	assert_int_equal(p->nr_regions, 3);
	assert_int_equal(p->regions[1].moved_from, 1);
	assert_int_equal(p->regions[1].vpn, 2);
	assert_int_equal(p->regions[1].kind, COW_FILE);
	assert_int_equal(p->regions[1].init, 9);
	assert_int_equal(p->regions[2].moved_from, 2);
	assert_int_equal(p->threads[0].ops[0].region, 1);
	assert_int_equal(p->threads[0].ops[0].vpn, 1);
	assert_int_equal(p->threads[0].ops[2].vpn, 2);
	cow_test_free(t);
}

/* ---- operations ---- */

/*
 * Every operation, as it is written and as it prints (NULL: the same), in the block
 * of A with x[2], f[1], a child B, and a pin p, a register r made before.
 */
static const struct { enum cow_opcode code; const char *written, *prints; } ops[] = {
	{ COW_OP_LOAD, "q = x[1];", NULL },
	{ COW_OP_LOAD, "q = x;", "q = x[0];" },
	{ COW_OP_STORE, "x[1] = 255;", NULL },
	{ COW_OP_STORE, "x = 0x10;", "x[0] = 16;" },
	{ COW_OP_STORE, "x[0] = r + 1;", NULL },
	{ COW_OP_STORE, "x[0] = r - 1;", NULL },
	{ COW_OP_STORE, "x[0] = 2 + r + 3 - 1;", "x[0] = r + 4;" },
	{ COW_OP_STORE, "A:x[0] = 1;", "x[0] = 1;" },
	{ COW_OP_SET, "q = 3;", NULL },
	{ COW_OP_SET, "q = r + 2;", NULL },
	{ COW_OP_EXEC, "exec();", NULL },
	{ COW_OP_EXEC, "exec;", "exec();" },
	{ COW_OP_EXIT, "exit();", NULL },
	{ COW_OP_EXIT, "exit", "exit();" },	/* the last ';' may be left out */
	{ COW_OP_EXIT, "exit();;", "exit();" },
	{ COW_OP_WAIT, "wait(B);", NULL },
	{ COW_OP_WAIT, "q = wait(B);", NULL },
	{ COW_OP_MADVISE, "madvise(x, MADV_DONTFORK);", NULL },
	{ COW_OP_MADVISE, "q = madvise(x[1], MADV_DOFORK);", NULL },
	{ COW_OP_MADVISE, "madvise(x, MADV_WIPEONFORK);", NULL },
	{ COW_OP_MADVISE, "madvise(x, MADV_KEEPONFORK);", NULL },
	{ COW_OP_MADVISE, "madvise(A:x, MADV_DONTNEED);", "madvise(x, MADV_DONTNEED);" },
	{ COW_OP_MPROTECT, "mprotect(x, PROT_NONE);", NULL },
	{ COW_OP_MPROTECT, "mprotect(x, 0);", "mprotect(x, PROT_NONE);" },
	{ COW_OP_MPROTECT, "mprotect(x[0], PROT_READ);", NULL },
	{ COW_OP_MPROTECT, "mprotect(x, PROT_WRITE|PROT_READ);",
	  "mprotect(x, PROT_READ|PROT_WRITE);" },
	{ COW_OP_MUNMAP, "munmap(x);", NULL },
	{ COW_OP_MREMAP, "y = mremap(x[1]);", NULL },
	{ COW_OP_PIN, "q = pin(x, FOLL_PIN);", NULL },
	{ COW_OP_PIN, "q = pin(x[1], FOLL_GET|FOLL_WRITE|FOLL_FORCE);", NULL },
	{ COW_OP_PIN, "q = pin(B:x[1], FOLL_PIN|FOLL_WRITE|FOLL_LONGTERM);", NULL },
	{ COW_OP_PIN, "q = pin_w(x);", "q = pin(x, FOLL_PIN|FOLL_WRITE|FOLL_LONGTERM);" },
	{ COW_OP_PIN, "q = pin_r(x);", "q = pin(x, FOLL_PIN|FOLL_LONGTERM);" },
	{ COW_OP_PIN, "q = get_w(x);", "q = pin(x, FOLL_GET|FOLL_WRITE);" },
	{ COW_OP_PIN, "q = get_r(x[0]);", "q = pin(x[0], FOLL_GET);" },
	{ COW_OP_PIN_FAST, "q = pin_fast(x, FOLL_PIN|FOLL_WRITE);", NULL },
	{ COW_OP_UNPIN, "unpin(p);", NULL },
	{ COW_OP_DMA_WRITE, "dma_write(p, 3);", NULL },
	{ COW_OP_DMA_WRITE, "dma_write(p[1], r);", NULL },
	{ COW_OP_DMA_WRITE, "dma_write(p[0], r + 1);", "dma_write(p, r + 1);" },
	{ COW_OP_DMA_READ, "q = dma_read(p);", NULL },
	{ COW_OP_IBV_REG_MR, "q = ibv_reg_mr(x, IBV_ACCESS_LOCAL_WRITE);", NULL },
	{ COW_OP_IBV_REG_MR, "q = ibv_reg_mr(x, 0);", NULL },
	{ COW_OP_IBV_REG_MR, "q = ibv_reg_mr(x, IBV_ACCESS_REMOTE_READ|IBV_ACCESS_REMOTE_ATOMIC);",
	  NULL },
	{ COW_OP_VFIO_MAP, "q = vfio_map_dma(x, VFIO_DMA_MAP_FLAG_READ|VFIO_DMA_MAP_FLAG_WRITE);",
	  NULL },
	{ COW_OP_IOMMUFD_MAP, "q = iommufd_map(x, VFIO_DMA_MAP_FLAG_READ);", NULL },
	{ COW_OP_VDPA_MAP, "q = vhost_vdpa_map(x, VFIO_DMA_MAP_FLAG_WRITE);", NULL },
	{ COW_OP_XDP_UMEM_REG, "q = xdp_umem_reg(x);", NULL },
	{ COW_OP_V4L2_CAPTURE, "q = v4l2_capture_userptr(x);", NULL },
	{ COW_OP_V4L2_OUTPUT, "q = v4l2_output_userptr(x);", NULL },
	{ COW_OP_NFS_READ, "q = nfs_odirect_read_begin(x[0], 7);", NULL },
	{ COW_OP_NFS_WRITE, "q = nfs_odirect_write_begin(x[1]);", NULL },
	{ COW_OP_URING_REG, "q = io_uring_register_buffers(x);", NULL },
	{ COW_OP_VMSPLICE, "q = vmsplice(x[0]);", NULL },
	{ COW_OP_ODIRECT_READ, "q = odirect_read_begin(x, 7);",
	  "q = odirect_read_begin(x[0], 7);" },
	{ COW_OP_ODIRECT_WRITE, "q = odirect_write_begin(x[1]);", NULL },
	{ COW_OP_PROCESS_VM_READV, "q = process_vm_readv(B:x[1]);", NULL },
	{ COW_OP_PROCESS_VM_READV, "process_vm_readv(B, x);", "process_vm_readv(B:x[0]);" },
	{ COW_OP_PROCESS_VM_WRITEV, "process_vm_writev(B, x[1], r);",
	  "process_vm_writev(B:x[1], r);" },
	{ COW_OP_PROC_MEM_READ, "q = proc_mem_read(x[0]);", NULL },
	{ COW_OP_PROC_MEM_WRITE, "q = proc_mem_write(B:x[0], 4);", NULL },
	{ COW_OP_PTRACE_PEEK, "q = ptrace_peek(B:x[0]);", NULL },
	{ COW_OP_PTRACE_POKE, "ptrace_poke(B:x[0], 4);", NULL },
	{ COW_OP_LRU_ADD_DRAIN, "lru_add_drain();", NULL },
	{ COW_OP_LRU_ADD_DRAIN_ALL, "lru_add_drain_all;", "lru_add_drain_all();" },
	{ COW_OP_MADVISE, "madvise(x, MADV_MERGEABLE);", NULL },
	{ COW_OP_MADVISE, "madvise(x, MADV_UNMERGEABLE);", NULL },
	{ COW_OP_MADVISE, "madvise(x[1], MADV_FREE);", NULL },
	{ COW_OP_MADVISE, "madvise(x, MADV_PAGEOUT);", NULL },
	{ COW_OP_CLEAR_REFS, "clear_refs();", NULL },
	{ COW_OP_CLEAR_REFS, "q = clear_refs;", "q = clear_refs();" },
	{ COW_OP_UFFD_WP, "uffd_wp(x);", NULL },
	{ COW_OP_UFFD_WP, "q = uffd_wp(A:x[1]);", "q = uffd_wp(x[1]);" },
	{ COW_OP_UFFD_UNPROTECT, "uffd_unprotect(x[0]);", NULL },
	{ COW_OP_UFFD_CONTINUE, "q = uffd_continue(x[1]);", NULL },
	{ COW_OP_KSM_SCAN, "ksm_scan(x);", NULL },
	{ COW_OP_KSM_SCAN, "ksm_scan(B:x[1]);", NULL },
	{ COW_OP_MIGRATE, "migrate(B:x);", NULL },
	{ COW_OP_COLLAPSE, "collapse(A:x);", "collapse(x);" },
	{ COW_OP_SPLIT, "split_huge_page(B:x);", NULL },
	{ COW_OP_RECLAIM, "reclaim(x[1]);", NULL },
	{ COW_OP_SEND, "send(B, p);", NULL },
	{ COW_OP_BARRIER, "barrier(3);", NULL },
};

static void test_operations(void **state)
{
	static const char before[] = "r = 1; p = pin(x, FOLL_PIN|FOLL_WRITE); fork(B);";
	char text[512], wanted[512];

	(void)state;
	for (size_t i = 0; i < sizeof(ops) / sizeof(ops[0]); i++) {
		struct cow_test *t;
		char *got;

		snprintf(text, sizeof(text), "anon x[2]; A { %s %s } B { exit(); }", before,
			 ops[i].written);
		snprintf(wanted, sizeof(wanted), "%s %s", before,
			 ops[i].prints ? ops[i].prints : ops[i].written);
		t = good(text);
		got = body(t);
		assert_string_equal(got, wanted);
		assert_int_equal(t->prog.threads[0].nops, 4);
		assert_int_equal(t->prog.threads[0].ops[3].code, ops[i].code);
		free(got);
		cow_test_free(t);
	}
}

/* The vocabulary and the table above: none forgotten. */
static void test_every_operation(void **state)
{
	static const enum cow_opcode elsewhere[] = {
		COW_OP_IF, COW_OP_FORK, COW_OP_VFORK, COW_OP_CLONE, COW_OP_RECV,
		COW_OP_IBV_DEREG_MR, COW_OP_VFIO_UNMAP, COW_OP_URING_UNREG, COW_OP_ODIRECT_END,
		COW_OP_IOMMUFD_UNMAP, COW_OP_VDPA_UNMAP, COW_OP_XDP_CLOSE, COW_OP_V4L2_STREAMOFF,
	};

	(void)state;
	for (unsigned code = 0; code < COW_NR_OPS; code++) {
		bool found = false;

		for (size_t i = 0; i < sizeof(ops) / sizeof(ops[0]); i++)
			found |= ops[i].code == code;
		for (size_t i = 0; i < sizeof(elsewhere) / sizeof(elsewhere[0]); i++)
			found |= elsewhere[i] == code;
		if (!found)
			fail_msg("no test writes %s", cow_op_info[code].id);
	}
}

static void test_fields(void **state)
{
	struct cow_test *t = good("anon w; anon x[3]; A { p = pin(x, FOLL_PIN|FOLL_WRITE);"
				  " q = pin_fast(x[2], FOLL_GET); r = dma_read(p[2]); fork(B);"
				  " n = process_vm_writev(B:x[1], r + 4); }"
				  " B { r = pin(A:x, FOLL_PIN); }");
	const struct cow_op *op = t->prog.threads[0].ops;

	(void)state;
	assert_int_equal(op[0].vpn, 1);
	assert_int_equal(op[0].npages, 3);
	assert_true(op[0].whole);
	assert_int_equal(op[0].flags, COW_FOLL_PIN | COW_FOLL_WRITE);
	assert_int_equal(op[0].slot, 0);
	assert_int_equal(op[0].proc, -1);
	assert_int_equal(op[1].vpn, 3);
	assert_int_equal(op[1].npages, 1);
	assert_false(op[1].whole);
	assert_int_equal(op[1].flags, COW_FOLL_GET | COW_FOLL_FAST);
	assert_int_equal(op[1].slot, 3);
	assert_int_equal(op[2].pin, op[0].dst);
	assert_int_equal(op[2].pin_page, 2);
	assert_int_equal(op[2].slot, -1);
	assert_int_equal(op[3].proc, 1);
	assert_int_equal(op[3].dst, -1);
	assert_int_equal(op[4].proc, 1);
	assert_int_equal(op[4].vpn, 2);
	assert_int_equal(op[4].value.reg, op[2].dst);
	assert_int_equal(op[4].value.add, 4);
	assert_int_equal(t->prog.nr_pins, 7);
	assert_int_equal(t->prog.pins[3].op, 1);
	assert_int_equal(t->prog.pins[6].thread, 1);
	assert_int_equal(t->prog.regs[op[0].dst].npages, 3);
	assert_ptr_equal(cow_pin_op(&t->prog, 2), &op[0]);
	/* Another process's memory, seen from B. */
	assert_int_equal(t->prog.threads[1].ops[0].proc, 0);
	cow_test_free(t);
}

static void test_undoing(void **state)
{
	struct cow_test *t = good("anon x; A { a = ibv_reg_mr(x, 0); b = vfio_map_dma(x,"
				  " VFIO_DMA_MAP_FLAG_READ); c = io_uring_register_buffers(x);"
				  " d = odirect_write_begin(x); e = vmsplice(x); f = vmsplice(x);"
				  " g = pin_r(x); ibv_dereg_mr(a); vfio_unmap_dma(b);"
				  " io_uring_unregister_buffers(c); odirect_end(d); close(e);"
				  " unpin(f); unpin(g); n = odirect_end(d); }");
	const struct cow_op *op = t->prog.threads[0].ops;

	(void)state;
	assert_int_equal(op[7].code, COW_OP_IBV_DEREG_MR);
	assert_int_equal(op[8].code, COW_OP_VFIO_UNMAP);
	assert_int_equal(op[9].code, COW_OP_URING_UNREG);
	assert_int_equal(op[10].code, COW_OP_ODIRECT_END);
	assert_int_equal(op[11].code, COW_OP_UNPIN);
	assert_int_equal(op[11].pin, op[4].dst);
	cow_test_free(t);
}

static void test_blocks(void **state)
{
	struct cow_test *t = good("anon x; A { r = x; q = 2; if (r == 1) { x = 1; if (r != q + 1) {"
				  " x = 2; repeat 2 { x = 3; x = 4; } } } if (r) { } if (!r) { x "
				  "= 5; }"
				  " repeat 2 { repeat 2 { x = 6; } } ; ; }");
	const struct cow_op *op = t->prog.threads[0].ops;

	(void)state;
	assert_int_equal(t->prog.threads[0].nops, 17);
	assert_int_equal(op[2].code, COW_OP_IF);
	assert_int_equal(op[2].cond_reg, op[0].dst);
	assert_int_equal(op[2].value.reg, -1);
	assert_int_equal(op[2].value.add, 1);
	assert_false(op[2].negate);
	assert_int_equal(op[2].number, 7);
	assert_true(op[4].negate);
	assert_int_equal(op[4].value.reg, op[1].dst);
	assert_int_equal(op[4].number, 5);
	assert_int_equal(op[10].number, 0);
	assert_true(op[10].negate);
	assert_int_equal(op[10].value.add, 0);
	assert_int_equal(op[11].number, 1);
	assert_false(op[11].negate);
	for (unsigned i = 13; i < 17; i++)
		assert_int_equal(op[i].value.add, 6);
	cow_test_free(t);
}

/* ---- who there is ---- */

/* Daemons say whose memory they mean. */
static void test_daemons(void **state)
{
	struct cow_test *t = good("anon x[2]; thp h[4]; A { fork(B); } B { } kernel ksmd { ksm_scan(A:x);"
				  " ksm_scan(B:x[1]); } kernel khugepaged { collapse(B:h); }"
				  " kernel kswapd { reclaim(A:x[0]); }");
	const struct cow_program *p = &t->prog;

	(void)state;
	assert_int_equal(p->threads[2].ops[0].proc, 0);
	assert_true(p->threads[2].ops[0].whole);
	assert_int_equal(p->threads[2].ops[0].npages, 2);
	assert_int_equal(p->threads[2].ops[1].proc, 1);
	assert_int_equal(p->threads[2].ops[1].vpn, 1);
	assert_int_equal(p->threads[3].ops[0].proc, 1);
	assert_int_equal(p->threads[3].ops[0].npages, 4);
	assert_false(p->threads[4].ops[0].whole);
	cow_test_free(t);
}

static void test_threads(void **state)
{
	struct cow_test *t = good("anon x; device nic after p { dma_write(p, 2); }"
				  " kernel kswapd { lru_add_drain_all(); }"
				  " A { fork(B); vfork(C); clone(D, CLONE_VM|CLONE_VFORK); }"
				  " A.t1 { p = pin_w(x); } B.t1 { } B { fork(E); exit(); }"
				  " C { exec(); } D { exit(); } E { }");
	const struct cow_program *p = &t->prog;

	(void)state;
	assert_int_equal(p->nr_threads, 9);
	assert_int_equal(p->nr_procs, 5);
	assert_int_equal(p->threads[0].kind, COW_DEVICE);
	assert_int_equal(p->threads[0].proc, -1);
	assert_string_equal(p->regs[p->threads[0].after].name, "p");
	assert_int_equal(p->threads[1].kind, COW_KERNEL);
	assert_int_equal(p->threads[1].after, -1);
	assert_string_equal(p->procs[0].name, "A");
	assert_int_equal(p->procs[0].thread, 2);
	assert_int_equal(p->procs[0].parent, -1);
	assert_int_equal(p->threads[3].kind, COW_THREAD);
	assert_int_equal(p->threads[3].proc, 0);
	assert_string_equal(p->threads[3].name, "t1");
	assert_int_equal(p->threads[4].proc, 1);
	assert_int_equal(p->threads[4].cpu, 1);
	assert_int_equal(p->procs[1].parent, 0);
	assert_int_equal(p->procs[4].parent, 1);
	assert_int_equal(p->threads[8].cpu, 4);
	assert_int_equal(p->threads[2].ops[2].flags, COW_CLONE_VM | COW_CLONE_VFORK);
	cow_test_free(t);
}

static void test_options(void **state)
{
	struct cow_test *t = good("A { fork(B); } B { } options lru=batch, cpus=1 grain=call\n");

	(void)state;
	assert_true(t->prog.lru_batch);
	assert_int_equal(t->prog.threads[1].cpu, 0);
	cow_test_free(t);
	t = good("options lru=drained; A: fork(B); options\nB: exit");
	assert_false(t->prog.lru_batch);
	assert_int_equal(t->prog.threads[1].cpu, 1);
	cow_test_free(t);
	t = good("hugetlb g[2]; A { fork(B); } B { } options hugetlb=3\n");
	assert_int_equal(t->prog.hugetlb_pool, 3);
	cow_test_free(t);
}

static void test_one_liner(void **state)
{
	struct cow_test *t = good("anon x=1; A: p=pin_w(x); A: fork(B); B: exit; A: x=2; nic: p=3;"
				  " A: r=x");
	const struct cow_program *p = &t->prog;
	char *text = printed(t);

	(void)state;
	assert_string_equal(cow_test_name(t), "command-line");
	assert_null(cow_test_doc(t));
	assert_false(cow_test_has_condition(t));
	assert_int_equal(p->nr_threads, 3);
	assert_int_equal(p->threads[2].kind, COW_DEVICE);
	assert_int_equal(p->threads[2].ops[0].code, COW_OP_DMA_WRITE);
	assert_int_equal(p->threads[2].ops[0].value.add, 3);
	assert_string_equal(text, "COW command-line\n"
			    "\n"
			    "{ anon x[1] = 1; }\n"
			    "\n"
			    "A {\n"
			    "    p = pin(x, FOLL_PIN|FOLL_WRITE|FOLL_LONGTERM);\n"
			    "    fork(B);\n"
			    "    x[0] = 2;\n"
			    "    r = x[0];\n"
			    "}\n"
			    "\n"
			    "B {\n"
			    "    exit();\n"
			    "}\n"
			    "\n"
			    "device nic {\n"
			    "    dma_write(p, 3);\n"
			    "}\n");
	free(text);
	cow_test_free(t);
}

static void test_one_liners_mixed(void **state)
{
	/* Blocks, threads, devices with a block, an if; judged on the same line. */
	struct cow_test *t = good("anon x[2] = 1; untouched z; A { p = pin_w(x); }"
				  " A.t1: q = get_r(x); A: r = 1; A: if (r == 1) { fork(B); } B: "
				  "exit;"
				  " A.t1: x = 3; nic: r = p[1]; nic: A:p = r + 1; dev: "
				  "dma_write(p, 1);"
				  " dev: s = dma_read(q) exists (nic:r=1 /\\ dev:s=1)"
				  " expect Never on v5.10; expect safe on v6.1..; options cpus=1");
	const struct cow_program *p = &t->prog;

	(void)state;
	assert_int_equal(p->nr_threads, 5);
	assert_string_equal(p->threads[0].name, "A");
	assert_int_equal(p->threads[0].nops, 4);
	assert_string_equal(p->threads[1].name, "t1");
	assert_int_equal(p->threads[1].nops, 2);
	assert_string_equal(p->threads[2].name, "B");
	assert_int_equal(p->threads[3].kind, COW_DEVICE);
	assert_int_equal(p->threads[3].ops[0].pin_page, 1);
	assert_int_equal(p->threads[4].kind, COW_DEVICE);
	assert_int_equal(t->nr_expect, 2);
	assert_string_equal(t->expect[0].kernels, "v5.10");
	assert_string_equal(t->expect[1].kernels, "v6.1..");
	cow_test_free(t);
}

static void test_device_words(void **state)
{
	struct cow_test *t = good("anon x[2]; A: p = pin_w(x); A: r = 1; A: fork(B); B: p = "
				  "pin_w(x);"
				  " nic: A:p[1] = 2; nic: q = B:p; nic: B:p = q + 1");
	const struct cow_thread *nic = &t->prog.threads[2];

	(void)state;
	assert_int_equal(nic->kind, COW_DEVICE);
	assert_int_equal(nic->ops[0].code, COW_OP_DMA_WRITE);
	assert_int_equal(nic->ops[0].pin_page, 1);
	assert_int_equal(t->prog.regs[nic->ops[0].pin].proc, 0);
	assert_int_equal(nic->ops[1].code, COW_OP_DMA_READ);
	assert_int_equal(t->prog.regs[nic->ops[1].pin].proc, 1);
	assert_int_equal(t->prog.regs[nic->ops[1].dst].thread, 2);
	assert_int_equal(t->prog.regs[nic->ops[1].dst].proc, -1);
	assert_int_equal(nic->ops[2].value.reg, nic->ops[1].dst);
	cow_test_free(t);
}

/* ---- registers ---- */

static void test_inherited(void **state)
{
	struct cow_test *t = good("anon x; A { p = pin_w(x); r = 1; fork(B); }"
				  " B { fork(C); dma_write(p, r); exit(); } C { dma_write(p, 3); "
				  "}");
	const struct cow_program *p = &t->prog;
	int a = p->threads[0].ops[0].dst, b = p->threads[1].ops[1].pin;
	int c = p->threads[2].ops[0].pin;

	(void)state;
	assert_int_equal(p->regs[a].inherit, -1);
	assert_int_equal(p->regs[b].inherit, a);
	assert_int_equal(p->regs[b].proc, 1);
	assert_int_equal(p->regs[b].npages, 1);
	assert_int_equal(p->regs[c].inherit, b);
	assert_int_equal(p->regs[c].proc, 2);
	cow_test_free(t);

	/* First the parent's, then its own; and only then is it inherited at all. */
	t = good("anon x; A { r = 1; q = 2; fork(B); } B { x = r; r = x; q = 3; x = q; }");
	for (unsigned i = 0; i < t->prog.nr_regs; i++) {
		const struct cow_reg *r = &t->prog.regs[i];

		assert_int_equal(r->inherit >= 0, r->proc == 1 && !strcmp(r->name, "r"));
	}
	cow_test_free(t);

	/* Over a process that does not use it, found only in the last round. */
	t = good("anon x; A { r = 1; fork(B); } B { fork(C); } C { x = r; r = 2; }");
	assert_int_equal(t->prog.nr_regs, 3);
	cow_test_free(t);
}

static void test_mail(void **state)
{
	struct cow_test *t = good("anon x[2]; A { fork(B); fork(C); p = pin_w(x); send(B, p);"
				  " send(C, 3); } B { q = recv(); dma_write(q[1], 1); unpin(q);"
				  " exit(); } C { n = recv; x = n; }");
	const struct cow_program *p = &t->prog;
	int q = p->threads[1].ops[0].dst, n = p->threads[2].ops[0].dst;

	(void)state;
	assert_int_equal(p->regs[q].type, COW_REG_PIN);
	assert_int_equal(p->regs[q].npages, 2);
	assert_int_equal(p->regs[n].type, COW_REG_INT);
	assert_int_equal(p->threads[0].ops[3].pin, p->threads[0].ops[2].dst);
	assert_int_equal(p->threads[0].ops[4].pin, -1);
	cow_test_free(t);

	/* Passed on; the type arrives in two rounds, and the fewest pages count. */
	t = good("anon x[2]; C { b = recv(); dma_write(b, 1); fork(A); } A { a = recv(); send(C, "
		 "a); }"
		 " C.t { p = pin_w(x); send(A, p); q = pin_w(x[0]); send(A, q); }");
	for (unsigned i = 0; i < t->prog.nr_regs; i++) {
		assert_int_equal(t->prog.regs[i].type, COW_REG_PIN);
		assert_int_equal(t->prog.regs[i].npages, t->prog.regs[i].name[0] == 'p' ? 2 : 1);
	}
	cow_test_free(t);
}

static void test_other_threads(void **state)
{
	/* What another thread assigns, a use waits for. */
	struct cow_test *t = good("anon x; A { dma_write(p, 1); } A.t1 { p = pin_w(x); }");

	(void)state;
	cow_test_free(t);
	t = good("anon x; A { r = x; if (r == 1) { p = pin_w(x); } if (r != 1) { p = get_w(x); }"
		 " dma_write(p, 1); unpin(p); p = vmsplice(x); close(p); }");
	cow_test_free(t);
}

static void test_exclusive_forks(void **state)
{
	static const char *const texts[] = {
		"anon x; A { r = x; if (r == 1) { fork(B); } if (r != 1) { vfork(B); } } B { "
		"exit(); }",
		"anon x; A { r = x; if (r == 1) { fork(B); } if (r == 2) { fork(B); } } B { }",
		"anon x; A { r = x; if (r == 1) { x = 1; if (r) { fork(B); } }"
		" if (r == 3) { if (r) { fork(B); } } } B { }",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		cow_test_free(good(texts[i]));
}

/* ---- conditions ---- */

/* The condition of scenario with these processes, as it prints. */
static char *condition(const char *text)
{
	char buf[1024], *all, *from, *to, *out;
	struct cow_test *t;

	snprintf(buf, sizeof(buf), "anon x[2]; A { p = pin(x, FOLL_PIN|FOLL_WRITE); r = 1; "
		 "fork(B); }"
		 " B { r = 2; s = 3; exit(); } device nic { d = dma_read(p); } %s", text);
	t = good(buf);
	all = printed(t);
	from = strrchr(all, '}') + 3;
	to = strrchr(from, '\n');
	out = strndup(from, (size_t)(to - from));
	free(all);
	cow_test_free(t);
	return out;
}

static void test_conditions(void **state)
{
	static const struct { const char *written, *prints; } conds[] = {
		{ "exists (A:r=1)", NULL },
		{ "~exists (A:r!=1)", NULL },
		{ "! exists (A:r==1)", "~exists (A:r=1)" },
		{ "forall (s=1)", "forall (B:s=1)" },
		{ "exists (d=1)", "exists (nic:d=1)" },
		{ "exists (nic:d=-14)", NULL },
		{ "exists (A:r=-EFAULT)", "exists (A:r=-14)" },
		{ "exists (errno(A:p)=EFAULT)", "exists (errno(A:p)=14)" },
		{ "exists (errno(p))", "exists (errno(A:p))" },
		{ "exists (A:x[0]=1 /\\ B:x[1]=2)", NULL },
		{ "exists (A:x=1)", "exists (A:x[0]=1)" },
		{ "exists (A:x[0]=B:x[0])", NULL },
		{ "exists (A:r=B:r)", NULL },
		{ "exists (A:r)", "exists (A:r!=0)" },
		{ "exists (1=A:r)", NULL },
		{ "exists (same_frame(A:x[0], p))", "exists (same_frame(A:x[0], A:p))" },
		{ "exists (same_frame(A:x[1], A:p[1]))", NULL },
		{ "exists (same_frame(A:x[1], B:x[0])!=1)", NULL },
		{ "exists (mapcount(A:x[0])=2)", NULL },
		{ "exists (exclusive(A:x))", "exists (exclusive(A:x[0]))" },
		{ "forall (writable(A:x))", "forall (writable(A:x[0]))" },
		{ "exists (faulted(B)=0)", NULL },
		{ "exists (faulted(B)!=0)", "exists (faulted(B))" },
		{ "exists (hazard(D) \\/ hazard(leaked))", "exists (hazard(D) \\/ hazard(L))" },
		{ "exists (dma_done(nic))", NULL },
		{ "exists (~dma_done(nic) && !(A:r=1) || B:r=2)",
		  "exists (~dma_done(nic) /\\ ~A:r=1 \\/ B:r=2)" },
		{ "exists (A:r=1 /\\ (A:r=2 \\/ A:r=3))", NULL },
		{ "exists ((A:r=1 /\\ A:r=2) \\/ A:r=3)", "exists (A:r=1 /\\ A:r=2 \\/ A:r=3)" },
		{ "exists (A:r=1 /\\ (A:r=2 /\\ A:r=3))", NULL },
		{ "exists (((A:r=1)))", "exists (A:r=1)" },
		{ "exists (~(A:r=1 \\/ A:r=2) /\\ ~~A:r=3)", NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(conds) / sizeof(conds[0]); i++) {
		char *got = condition(conds[i].written);

		assert_string_equal(got, conds[i].prints ? conds[i].prints : conds[i].written);
		free(got);
	}
}

static void test_condition_nodes(void **state)
{
	struct cow_test *t = good("anon x; A { r = x; } exists (~r=1 /\\ x=2 \\/ r=3)");

	(void)state;
	assert_int_equal(t->quantifier, COW_EXISTS);
	assert_true(cow_test_has_condition(t));
	assert_int_equal(t->nr_cond, 6);
	assert_int_equal(t->cond[0].kind, COW_COND_OR);
	assert_int_equal(t->cond[t->cond[0].left].kind, COW_COND_AND);
	assert_int_equal(t->cond[t->cond[t->cond[0].left].left].kind, COW_COND_NOT);
	assert_int_equal(t->cond[t->cond[0].right].a.kind, COW_TERM_REG);
	assert_int_equal(t->cond[t->cond[0].right].b.value, 3);
	assert_int_equal(t->cond_loc.line, 1);
	cow_test_free(t);
}

static void test_expectations(void **state)
{
	struct cow_test *t = good("A { } exists (1=1)\n"
				  "expect Never on v5.7, v5.8 , v5.19..   (* a comment *)\n"
				  "expect Sometimes\n  on debian-11 // another\n"
				  "expect Always on ..v5.3; expect safe on all\n"
				  "expect hazard D, leaked on mainline /* more */\n");
	static const struct { int what; unsigned hazards; const char *kernels; } wanted[] = {
		{ COW_EXPECT_NEVER, 0, "v5.7, v5.8 , v5.19.." },
		{ COW_EXPECT_SOMETIMES, 0, "debian-11" },
		{ COW_EXPECT_ALWAYS, 0, "..v5.3" },
		{ COW_EXPECT_SAFE, 0, "all" },
		{ COW_EXPECT_HAZARD, COW_HAZARD_DIVERGED | COW_HAZARD_LEAKED, "mainline" },
	};

	(void)state;
	assert_int_equal(t->nr_expect, 5);
	for (unsigned i = 0; i < t->nr_expect; i++) {
		assert_int_equal(t->expect[i].what, wanted[i].what);
		assert_int_equal(t->expect[i].hazards, wanted[i].hazards);
		assert_string_equal(t->expect[i].kernels, wanted[i].kernels);
	}
	assert_int_equal(t->expect[0].loc.line, 2);
	assert_int_equal(t->expect[0].loc.col, 1);
	assert_int_equal(t->expect[1].kernels_loc.line, 4);
	assert_int_equal(t->expect[1].kernels_loc.col, 6);
	assert_int_equal(t->expect[1].kernels_loc.end_col, 15);
	cow_test_free(t);
}

/* ---- the text around it ---- */

static void test_header(void **state)
{
	struct cow_test *t = good("COW MP+a.b-c_1@x \"says \\\"so\\\" \\\\ é\" A { }");

	(void)state;
	assert_string_equal(cow_test_name(t), "MP+a.b-c_1@x");
	assert_string_equal(cow_test_doc(t), "says \"so\" \\ é");
	assert_string_equal(cow_test_file(t), "test");
	cow_test_free(t);
	t = good("\xef\xbb\xbf/* first */ COW (* not here *) n\r\n{ anon x[1]; }\r\nA {\r\n\tx = "
		 "1;\r\n}\r\n");
	assert_string_equal(cow_test_name(t), "n");
	cow_test_free(t);
	/* Words of the language only where they mean something. */
	t = good("anon COW; A { on = 1; Never = COW; COW = on; } exists (A:on=1)");
	cow_test_free(t);
}

static void test_comments(void **state)
{
	struct cow_test *t = good("/* a\n * b */ anon x; // c\nA { (* d\n\n*) x = 1; /**/ }\n"
				  "// end");

	(void)state;
	assert_int_equal(t->prog.threads[0].ops[0].loc.line, 5);
	assert_int_equal(t->prog.threads[0].ops[0].loc.col, 4);
	assert_int_equal(t->prog.threads[0].ops[0].loc.end_col, 9);
	cow_test_free(t);
}

static void test_print_parts(void **state)
{
	struct cow_test *t = good("anon x[2]; A { r = 1; if (r != 2) { x[1].a = r; } }");
	char buf[256];
	FILE *f = fmemopen(buf, sizeof(buf), "w");

	(void)state;
	assert_non_null(f);
	cow_print_op(f, &t->prog, 0, &t->prog.threads[0].ops[1]);
	fputc('|', f);
	cow_print_op(f, &t->prog, 0, &t->prog.threads[0].ops[2]);
	fputc('|', f);
	cow_print_page(f, &t->prog, 1, 1);
	fputc('|', f);
	cow_print_reg(f, &t->prog, 0);
	fclose(f);
	assert_string_equal(buf, "if (r != 2)|x[1].a = r|x[1].a|A:r");
	cow_test_free(t);
}

static unsigned corpus_files;

static int corpus_file(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	size_t len = strlen(path);
	struct kept k = { NULL, 0, 0, "" };
	struct cow_diag diag = { keep, &k };
	struct cow_test *t;

	(void)st;
	(void)ftw;
	if (type != FTW_F || len < 7 || strcmp(path + len - 7, ".litmus"))
		return 0;
	t = cow_test_read(path, &diag);
	if (!t)
		fail_msg("%s\n%s", path, k.text);
	round_trip(t);
	cow_test_free(t);
	corpus_files++;
	return 0;
}

static void test_corpus(void **state)
{
	const char *source = getenv("COW_SOURCE");
	char path[4096];

	(void)state;
	if (!source)
		skip();
	snprintf(path, sizeof(path), "%s/litmus", source);
	assert_int_equal(nftw(path, corpus_file, 16, 0), 0);
	assert_true(corpus_files > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_memory),
		cmocka_unit_test(test_parts),
		cmocka_unit_test(test_mremap),
		cmocka_unit_test(test_operations),
		cmocka_unit_test(test_every_operation),
		cmocka_unit_test(test_fields),
		cmocka_unit_test(test_undoing),
		cmocka_unit_test(test_blocks),
		cmocka_unit_test(test_daemons),
		cmocka_unit_test(test_threads),
		cmocka_unit_test(test_options),
		cmocka_unit_test(test_one_liner),
		cmocka_unit_test(test_one_liners_mixed),
		cmocka_unit_test(test_device_words),
		cmocka_unit_test(test_inherited),
		cmocka_unit_test(test_mail),
		cmocka_unit_test(test_other_threads),
		cmocka_unit_test(test_exclusive_forks),
		cmocka_unit_test(test_conditions),
		cmocka_unit_test(test_condition_nodes),
		cmocka_unit_test(test_expectations),
		cmocka_unit_test(test_header),
		cmocka_unit_test(test_comments),
		cmocka_unit_test(test_print_parts),
		cmocka_unit_test(test_corpus),
	};

	return cmocka_run_group_tests_name("litmus", tests, NULL, NULL);
}
