/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* The model, step by step: frames, bits, references, registers. */
#include <errno.h>
#include "scenario.h"

#define RW (COW_PTE_PRESENT | COW_PTE_WRITE | COW_PTE_DIRTY)
#define RO (COW_PTE_PRESENT | COW_PTE_DIRTY)

static void start_maps_anonymous_memory(void **state)
{
	struct scenario sc;

	(void)state;
	scenario_start(&sc, "{ anon x[2] = 7; untouched z; memfd m = 3 shared; } A { r = m; }", "v6.12");
	assert_int_equal(pte_of(&sc, 0, 0)->bits, RW);
	assert_int_equal(pte_of(&sc, 0, 1)->bits, RW);
	assert_int_not_equal(pte_of(&sc, 0, 0)->frame, pte_of(&sc, 0, 1)->frame);
	assert_int_equal(pte_of(&sc, 0, 2)->bits, 0);
	assert_int_equal(pte_of(&sc, 0, 3)->bits, 0);
	assert_int_equal(sc.state.frame[pte_of(&sc, 0, 0)->frame].cell[0].value, 7);
	assert_int_equal(sc.state.frame[pte_of(&sc, 0, 0)->frame].exclusive, 1);
	assert_int_equal(sc.state.mm[0].vma[2], COW_VM_MAPPED | COW_VM_READ | COW_VM_WRITE);
	steps(&sc, "A");
	assert_int_equal(reg_named(&sc, "A", "r"), 3);
	scenario_end(&sc);
}

static void no_exclusive_bit_on_old_kernels(void **state)
{
	struct scenario sc;

	(void)state;
	scenario_start(&sc, "{ anon x; } A { x = 1; }", "v5.18");
	assert_int_equal(sc.state.frame[pte_of(&sc, 0, 0)->frame].exclusive, 0);
	scenario_end(&sc);
}

static void fork_shares_and_write_protects(void **state)
{
	struct scenario sc;
	unsigned frame;

	(void)state;
	scenario_start(&sc, "{ anon x = 1; } A { fork(B); x = 2; } B { r = x; x = 3; }", "v6.12");
	frame = pte_of(&sc, 0, 0)->frame;
	steps(&sc, "A");
	assert_int_equal(pte_of(&sc, 0, 0)->bits, RO);
	assert_int_equal(pte_of(&sc, 1, 0)->bits, RO);
	assert_int_equal(pte_of(&sc, 1, 0)->frame, frame);
	assert_int_equal(sc.state.frame[frame].exclusive, 0);
	assert_int_equal(cow_page_mapcount(&sc.model, &sc.state, frame), 2);
	steps(&sc, "A");		/* the parent gets the copy */
	assert_int_not_equal(pte_of(&sc, 0, 0)->frame, frame);
	assert_int_equal(pte_of(&sc, 0, 0)->bits, RW);
	steps(&sc, "B B");		/* the child, alone now, keeps the page */
	assert_int_equal(reg_named(&sc, "B", "r"), 1);
	assert_int_equal(pte_of(&sc, 1, 0)->frame, frame);
	assert_int_equal(pte_of(&sc, 1, 0)->bits, RW);
	assert_int_equal(sc.state.frame[frame].exclusive, 1);
	assert_int_equal(sc.state.hazards, 0);
	scenario_end(&sc);
}

static void early_copy_leaves_the_parent_alone(void **state)
{
	static const char *const kernels[] = { "v5.9", "v5.10", "v5.18", "v5.19", "v7.3" };
	(void)state;
	for (unsigned i = 0; i < 5; i++) {
		struct scenario sc;
		unsigned frame;

		scenario_start(&sc, "{ anon x = 1; } A { p = pin_w(x); fork(B); } B { r = x; }",
			       kernels[i]);
		frame = pte_of(&sc, 0, 0)->frame;
		steps(&sc, "A A");
		assert_int_equal(pte_of(&sc, 0, 0)->frame, frame);
		assert_int_equal(pte_of(&sc, 0, 0)->bits, RW);
		assert_int_not_equal(pte_of(&sc, 1, 0)->frame, frame);
		assert_int_equal(pte_of(&sc, 1, 0)->bits, RW);
		assert_int_equal(cow_page_refs(&sc.model, &sc.state, frame).total, 1 + 1024);
		assert_int_equal(sc.state.mm[0].has_pinned, 1);
		assert_int_equal(sc.state.mm[1].has_pinned, 0);
		scenario_end(&sc);
	}
}

static void references_by_kind(void **state)
{
	struct scenario sc;
	struct cow_refs r;

	(void)state;
	scenario_start(&sc, "{ anon x; } A { p = pin_w(x); q = vmsplice(x); fork(B); unpin(p); }"
			    " B { exit(); }", "v5.8");
	steps(&sc, "A A A");
	r = cow_page_refs(&sc.model, &sc.state, pte_of(&sc, 0, 0)->frame);
	assert_int_equal(r.map, 2);
	assert_int_equal(r.get, 1);
	assert_int_equal(r.pin, 1);
	assert_int_equal(r.total, 2 + 1 + 1024);
	steps(&sc, "B A");
	r = cow_page_refs(&sc.model, &sc.state, pte_of(&sc, 0, 0)->frame);
	assert_int_equal(r.total, 2);
	scenario_end(&sc);
	/* Before FOLL_PIN was counted it was a plain reference. */
	scenario_start(&sc, "{ anon x; } A { p = pin_w(x); }", "v5.4");
	steps(&sc, "A");
	r = cow_page_refs(&sc.model, &sc.state, pte_of(&sc, 0, 0)->frame);
	assert_int_equal(r.total, 2);
	assert_int_equal(sc.state.mm[0].has_pinned, 0);
	scenario_end(&sc);
}

static void read_pin_of_a_shared_page(void **state)
{
	/* Who ends up with which page: a new one for the pinner, or the shared one. */
	static const struct { const char *kernel; bool moved, exclusive, writable; } t[] = {
		{ "v5.7", false, false, false },
		{ "v5.8", true, false, true },
		{ "v5.10", false, false, false },
		{ "v5.19", true, true, false },
		{ "v6.12", true, true, false },
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct scenario sc;
		unsigned shared;

		scenario_start(&sc, "{ anon x = 1; } A { fork(B); p = pin_r(x); } B { r = x; }",
			       t[i].kernel);
		steps(&sc, "A");
		shared = pte_of(&sc, 0, 0)->frame;
		steps(&sc, "A");
		assert_int_equal(pte_of(&sc, 0, 0)->frame != shared, t[i].moved);
		assert_int_equal(sc.state.pin[0].frame, pte_of(&sc, 0, 0)->frame);
		assert_int_equal(sc.state.frame[sc.state.pin[0].frame].exclusive, t[i].exclusive);
		assert_int_equal(!!(pte_of(&sc, 0, 0)->bits & COW_PTE_WRITE), t[i].writable);
		assert_int_equal(pte_of(&sc, 1, 0)->frame, shared);
		scenario_end(&sc);
	}
}

static void mprotect_gives_writing_back(void **state)
{
	static const struct { const char *kernel; bool at_once; } t[] = {
		{ "v5.10", false }, { "v5.19", false }, { "v6.0", true }, { "v6.12", true },
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct scenario sc;

		scenario_start(&sc, "{ anon x; } A { mprotect(x, PROT_READ);"
				    " mprotect(x, PROT_READ|PROT_WRITE); x = 1; }", t[i].kernel);
		steps(&sc, "A");
		assert_int_equal(pte_of(&sc, 0, 0)->bits, RO);
		steps(&sc, "A");
		assert_int_equal(!!(pte_of(&sc, 0, 0)->bits & COW_PTE_WRITE), t[i].at_once);
		scenario_end(&sc);
	}
}

static void zero_page_and_files(void **state)
{
	struct scenario sc;

	(void)state;
	scenario_start(&sc, "{ untouched z; file f[2] = 5; }"
			    " A { r = z; s = f[0]; z = 1; f[1] = 6; }", "v6.12");
	steps(&sc, "A");
	assert_int_equal(pte_of(&sc, 0, 0)->frame, COW_ZERO_FRAME);
	assert_int_equal(pte_of(&sc, 0, 0)->bits, COW_PTE_PRESENT);
	steps(&sc, "A");
	assert_int_equal(reg_named(&sc, "A", "s"), 5);
	assert_int_equal(pte_of(&sc, 0, 1)->frame, sc.model.page_frame[1]);
	/* fault-around */
	assert_int_equal(pte_of(&sc, 0, 2)->frame, sc.model.page_frame[2]);
	steps(&sc, "A A");
	assert_true(cow_frame_is_anon(&sc.model, pte_of(&sc, 0, 0)->frame));
	assert_true(cow_frame_is_anon(&sc.model, pte_of(&sc, 0, 2)->frame));
	assert_int_equal(sc.state.frame[sc.model.page_frame[2]].cell[0].value, 5);
	assert_int_equal(sc.state.hazards, 0);
	scenario_end(&sc);
}

static void no_anon_vma_nothing_copied(void **state)
{
	struct scenario sc;

	(void)state;
	scenario_start(&sc, "{ untouched z; } A { r = z; fork(B); } B { s = z; }", "v6.12");
	steps(&sc, "A A");
	assert_int_equal(pte_of(&sc, 1, 0)->bits, 0);
	steps(&sc, "B");
	assert_int_equal(reg_named(&sc, "B", "s"), 0);
	assert_int_equal(pte_of(&sc, 1, 0)->frame, COW_ZERO_FRAME);
	scenario_end(&sc);
}

static void dontfork_makes_a_hole(void **state)
{
	struct scenario sc;

	(void)state;
	scenario_start(&sc, "{ anon x; } A { madvise(x, MADV_DONTFORK); fork(B); wait(B); }"
			    " B { r = x; exit(); }", "v6.12");
	steps(&sc, "A A");
	assert_int_equal(pte_of(&sc, 0, 0)->bits, RW);
	assert_int_equal(sc.state.mm[1].vma[0], COW_VM_HOLE);
	assert_false(can_step(&sc, "A"));
	steps(&sc, "B");
	assert_int_equal(sc.state.proc[1].state, COW_DEAD);
	assert_int_equal(sc.state.proc[1].faulted, 1);
	assert_int_equal(sc.state.hazards, COW_H);
	steps(&sc, "A");
	scenario_end(&sc);
}

static void wipeonfork_gives_zeroes(void **state)
{
	struct scenario sc;

	(void)state;
	scenario_start(&sc, "{ anon x = 1; } A { r = madvise(x, MADV_WIPEONFORK); fork(B); }"
			    " B { s = x; }", "v6.12");
	steps(&sc, "A A B");
	assert_int_equal(reg_named(&sc, "B", "s"), 0);
	assert_int_equal(pte_of(&sc, 0, 0)->bits, RW);
	scenario_end(&sc);
	scenario_start(&sc, "{ anon x = 1; } A { r = madvise(x, MADV_WIPEONFORK); }", "v4.9");
	steps(&sc, "A");
	assert_int_equal(reg_named(&sc, "A", "r"), -EINVAL);
	scenario_end(&sc);
}

static void pins_follow_mremap_and_survive_munmap(void **state)
{
	struct scenario sc;
	unsigned frame;

	(void)state;
	scenario_start(&sc, "{ anon x = 1; } A { p = pin_w(x); y = mremap(x); dma_write(p, 4);"
			    " r = y; munmap(y); s = dma_read(p); }", "v6.12");
	frame = pte_of(&sc, 0, 0)->frame;
	steps(&sc, "A A");
	assert_int_equal(pte_of(&sc, 0, 0)->bits, 0);
	assert_int_equal(pte_of(&sc, 0, 1)->frame, frame);
	assert_int_equal(sc.state.pin[0].vpn, 1);
	steps(&sc, "A A A A");
	assert_int_equal(reg_named(&sc, "A", "r"), 4);
	assert_int_equal(reg_named(&sc, "A", "s"), 4);
	assert_int_equal(cow_page_refs(&sc.model, &sc.state, frame).total, 1024);
	assert_int_equal(sc.state.hazards, 0);
	scenario_end(&sc);
}

static void forced_write_keeps_the_entry_read_only(void **state)
{
	struct scenario sc;

	(void)state;
	scenario_start(&sc, "{ file f = 5; } A { mprotect(f, PROT_READ);"
			    " r = proc_mem_write(f, 9); s = f; }", "v6.12");
	steps(&sc, "A A A");
	assert_int_equal(reg_named(&sc, "A", "r"), 0);
	assert_int_equal(reg_named(&sc, "A", "s"), 9);
	assert_int_equal(pte_of(&sc, 0, 0)->bits & COW_PTE_WRITE, 0);
	assert_int_equal(sc.state.frame[sc.model.page_frame[0]].cell[0].value, 5);
	assert_int_equal(sc.state.hazards, 0);
	scenario_end(&sc);
	scenario_start(&sc, "{ anon x; } A { mprotect(x, PROT_READ); p = pin_w(x); }", "v6.12");
	steps(&sc, "A A");
	assert_int_equal(reg_named(&sc, "A", "p"), -EFAULT);
	assert_int_equal(sc.state.mm[0].has_pinned, 1);
	assert_int_equal(sc.state.pin[0].state, COW_PIN_FAILED);
	scenario_end(&sc);
}

static void lru_batch_defeats_reuse(void **state)
{
	/* After the child is gone: is a page kept that still waits in another CPU's batch? */
	static const char text[] =
		"{ untouched z; } A { z = 1; fork(B); wait(B); z = 2; } B { exit(); }"
		" options lru=batch";
	struct scenario sc;
	unsigned frame;

	(void)state;
	scenario_start(&sc, text, "v5.10");
	steps(&sc, "A");
	frame = pte_of(&sc, 0, 0)->frame;
	assert_int_equal(sc.state.frame[frame].lru_batch, 1);
	assert_int_equal(cow_page_refs(&sc.model, &sc.state, frame).lru, 1);
	steps(&sc, "A B A A");
	assert_int_not_equal(pte_of(&sc, 0, 0)->frame, frame);
	scenario_end(&sc);
	scenario_start(&sc, text, "v5.19");
	steps(&sc, "A");
	frame = pte_of(&sc, 0, 0)->frame;
	steps(&sc, "A B A A");
	assert_int_equal(pte_of(&sc, 0, 0)->frame, frame);
	scenario_end(&sc);
}

static void vfork_stops_the_parent(void **state)
{
	struct scenario sc;

	(void)state;
	scenario_start(&sc, "{ anon x; } A { vfork(B); r = x; } B { x = 3; exec(); }", "v6.12");
	steps(&sc, "A");
	assert_false(can_step(&sc, "A"));
	steps(&sc, "B B A");
	assert_int_equal(reg_named(&sc, "A", "r"), 3);
	assert_int_equal(sc.state.hazards, 0);
	scenario_end(&sc);
}

static void devices_wait_for_their_pin(void **state)
{
	struct scenario sc;

	(void)state;
	scenario_start(&sc, "{ anon x; } A { p = pin_w(x); unpin(p); } device nic after p { dma_write(p, 1); }",
		       "v6.12");
	assert_false(can_step(&sc, "nic"));
	steps(&sc, "A");
	assert_true(can_step(&sc, "nic"));
	steps(&sc, "A nic");
	assert_int_equal(sc.state.dma_error, 1u << thread_named(&sc, "nic"));
	scenario_end(&sc);
}

static void barriers_messages_and_threads(void **state)
{
	struct scenario sc;

	(void)state;
	scenario_start(&sc, "{ anon x; } A { fork(B); p = pin_w(x); send(B, p); barrier(1); r = x; }"
			    " A.t1 { x = 8; } B { q = recv(); dma_write(q, 2); barrier(1); }",
		       "v6.12");
	steps(&sc, "A t1");
	assert_false(can_step(&sc, "B"));
	steps(&sc, "A A");
	assert_false(can_step(&sc, "A"));
	steps(&sc, "B B");
	steps(&sc, "A B A");
	assert_int_equal(reg_named(&sc, "A", "r"), 2);
	scenario_end(&sc);
}

static void parts_share_the_page(void **state)
{
	struct scenario sc;

	(void)state;
	scenario_start(&sc, "{ anon x = 1; } A { p = pin(x[0].b, FOLL_PIN|FOLL_WRITE); x[0].a = 4;"
			    " dma_write(p, 6); r = x[0].a; s = x[0].b; }", "v6.12");
	steps(&sc, "A A A A A");
	assert_int_equal(reg_named(&sc, "A", "r"), 4);
	assert_int_equal(reg_named(&sc, "A", "s"), 6);
	scenario_end(&sc);
}

static void every_pinner_has_its_release(void **state)
{
	struct scenario sc;

	(void)state;
	scenario_start(&sc, "{ anon x; } A { a = iommufd_map(x, VFIO_DMA_MAP_FLAG_WRITE); iommufd_unmap(a);"
			    " b = vhost_vdpa_map(x, VFIO_DMA_MAP_FLAG_READ); vhost_vdpa_unmap(b);"
			    " c = xdp_umem_reg(x); dma_write(c, 5); xdp_close(c);"
			    " d = v4l2_capture_userptr(x); v4l2_streamoff(d);"
			    " e = nfs_odirect_write_begin(x); r = odirect_end(e); }", "v6.12");
	for (unsigned i = 0; i < 5; i++) {
		steps(&sc, "A");
		assert_int_equal(sc.state.pin[i].state, COW_PIN_LIVE);
		steps(&sc, i == 2 ? "A A" : "A");
		assert_int_equal(sc.state.pin[i].state, COW_PIN_DONE);
	}
	assert_int_equal(reg_named(&sc, "A", "r"), 5);
	assert_int_equal(cow_page_refs(&sc.model, &sc.state, pte_of(&sc, 0, 0)->frame).total, 1);
	scenario_end(&sc);
}

static void packing_loses_nothing(void **state)
{
	struct scenario sc;
	struct cow_state back;
	unsigned char key[4096], again[4096];

	(void)state;
	scenario_start(&sc, "{ anon x[2] = 1; file f; } A { p = pin_w(x); fork(B); x[1] = 2; r = f; }"
			    " B { x[0] = 3; exit(); } device d { dma_write(p, 5); }", "v6.12");
	steps(&sc, "A A B A d A");
	assert_true(cow_state_size(&sc.model) <= sizeof(key));
	cow_state_pack(&sc.model, &sc.state, key);
	cow_state_unpack(&sc.model, key, &back);
	assert_memory_equal(&back, &sc.state, sizeof(back));
	cow_state_pack(&sc.model, &back, again);
	assert_memory_equal(key, again, cow_state_size(&sc.model));
	scenario_end(&sc);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(start_maps_anonymous_memory),
		cmocka_unit_test(no_exclusive_bit_on_old_kernels),
		cmocka_unit_test(fork_shares_and_write_protects),
		cmocka_unit_test(early_copy_leaves_the_parent_alone),
		cmocka_unit_test(references_by_kind),
		cmocka_unit_test(read_pin_of_a_shared_page),
		cmocka_unit_test(mprotect_gives_writing_back),
		cmocka_unit_test(zero_page_and_files),
		cmocka_unit_test(no_anon_vma_nothing_copied),
		cmocka_unit_test(dontfork_makes_a_hole),
		cmocka_unit_test(wipeonfork_gives_zeroes),
		cmocka_unit_test(pins_follow_mremap_and_survive_munmap),
		cmocka_unit_test(forced_write_keeps_the_entry_read_only),
		cmocka_unit_test(lru_batch_defeats_reuse),
		cmocka_unit_test(vfork_stops_the_parent),
		cmocka_unit_test(devices_wait_for_their_pin),
		cmocka_unit_test(barriers_messages_and_threads),
		cmocka_unit_test(parts_share_the_page),
		cmocka_unit_test(every_pinner_has_its_release),
		cmocka_unit_test(packing_loses_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
