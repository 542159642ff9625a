/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* Wrong scenarios, and word for word what is said about each. */
#include "litmus.h"

#include "litmus/suggest.h"

struct wrong {
	const char *text;
	const char *messages;	/* "line:col: text", a line each */
};

static const struct wrong operations[] = {
	{ "A { pinn(x); }",
	  "1:5: unknown operation 'pinn'; did you mean 'pin'?\n" },
	{ "A { p = pinw(x); qqqqqqq(); unpinn(p); }",
	  "1:9: unknown operation 'pinw'; did you mean 'pin'?\n"
	  "1:18: unknown operation 'qqqqqqq'\n"
	  "1:29: unknown operation 'unpinn'; did you mean 'unpin'?\n" },
	{ "A { unpi(p); reclam(x); uffd_pw(x); }",
	  "1:5: unknown operation 'unpi'; did you mean 'unpin'?\n"
	  "1:14: unknown operation 'reclam'; did you mean 'reclaim'?\n"
	  "1:25: unknown operation 'uffd_pw'; did you mean 'uffd_wp'?\n" },
	{ "anon x; A { fork(B); reclaim(); uffd_wp(B:x); madvise(B:x, MADV_FREE); "
	  "r = ksm_scan(x); reclaim(x.a); clear_refs(x); } B { } kernel k { migrate(x); "
	  "uffd_wp(A:x); clear_refs(); }",
	  "1:22: reclaim() takes 1 argument, not 0: reclaim(x)\n"
	  "1:41: uffd_wp() works on a process's own memory only\n"
	  "1:55: madvise() works on a process's own memory only\n"
	  "1:72: ksm_scan() has no result\n"
	  "1:99: reclaim() works on whole pages: leave out '.a'\n"
	  "1:103: clear_refs() takes 0 arguments, not 1\n"
	  "1:145: whose memory? as in A:x\n"
	  "1:149: a kernel daemon cannot do uffd_wp()\n"
	  "1:163: a kernel daemon cannot do clear_refs()\n" },
	{ "anon x; A { p = pin(x); q = pin_w(x, FOLL_PIN); fork(); exit(1); "
	  "process_vm_readv(x, x, x); }",
	  "1:17: pin() takes 2 arguments, not 1: pin(x, FOLL_GET)\n"
	  "1:29: pin_w() takes 1 argument, not 2\n"
	  "1:49: fork() takes 1 argument, not 0: fork(B)\n"
	  "1:57: exit() takes 0 arguments, not 1\n"
	  "1:66: process_vm_readv() takes 1 argument, not 3: process_vm_readv(B:x[0])\n" },
	{ "anon x; A { mremap(x); pin_w(x); r = 1; recv(); p = pin_w(x); dma_read(p); }",
	  "1:13: the result of mremap() is needed: y = mremap(…)\n"
	  "1:24: the result of pin_w() is needed: p = pin_w(…)\n"
	  "1:41: the result of recv() is needed: r = recv(…)\n"
	  "1:63: the result of dma_read() is needed: r = dma_read(…)\n" },
	{ "A { r = exit(); x = lru_add_drain(); }",
	  "1:5: exit() has no result\n"
	  "1:17: lru_add_drain() has no result\n" },
	{ "anon x; A { x = fork(B); x[0] = pin_w(x); } B { }",
	  "1:13: this result goes to a register, not to memory\n"
	  "1:26: this result goes to a register, not to memory\n" },
	{ "anon x; A { p = pin(x, FOLL_WRITE); q = pin(x, FOLL_PIN|FOLL_GET); s = pin_fast(x, "
	  "0); }",
	  "1:24: either FOLL_PIN or FOLL_GET is needed\n"
	  "1:48: FOLL_PIN and FOLL_GET exclude each other\n"
	  "1:84: either FOLL_PIN or FOLL_GET is needed\n" },
	{ "anon x; A { p = vfio_map_dma(x, 0); q = ptrace_peek(x); ptrace_poke(A:x, 1); }",
	  "1:33: a map for reading, writing or both is needed\n"
	  "1:53: a process cannot trace itself: name the other one, as ptrace_peek(B:x[0])\n"
	  "1:74: a process cannot trace itself: name the other one, as ptrace_poke(B:x[0])\n" },
	{ "A { fork(Bb); } B { }",
	  "1:10: unknown process 'Bb': there is no block of that name\n" },
	{ "A { fork(Child); } Child1 { }",
	  "1:10: unknown process 'Child'; did you mean 'Child1'?\n" },
	{ "A { fork(3); wait(B + C); send(x[1], 2); } B { }",
	  "1:10: expected the name of a process\n"
	  "1:19: expected the name of a process\n"
	  "1:32: expected the name of a process\n" },
	{ "A { barrier(256); barrier(x); barrier(1 + 1); barrier(-1); }",
	  "1:13: numbers are 0 to 255\n"
	  "1:27: expected a number\n"
	  "1:39: expected a number\n"
	  "1:55: numbers are 0 to 255\n" },
	{ "anon x; A { p = odirect_read_begin(x, r); q = odirect_read_begin(x, 256); }",
	  "1:39: expected a number\n"
	  "1:69: values are 0 to 255\n" },
	{ "A { pin; fork; }",
	  "1:5: pin() takes 2 arguments, not 0: pin(x, FOLL_GET)\n"
	  "1:10: fork() takes 1 argument, not 0: fork(B)\n" },
};

static const struct wrong flags[] = {
	{ "anon x; A { madvise(x, MADV_DONTFORCE); }",
	  "1:24: unknown flag 'MADV_DONTFORCE'; did you mean 'MADV_DONTFORK'?\n" },
	{ "anon x; A { madvise(x, MADV_HUGEPAGE); madvise(x, 0); madvise(x, "
	  "MADV_DONTFORK|MADV_DOFORK); madvise(x, DONTFORK); }",
	  "1:24: not supported yet: MADV_HUGEPAGE\n"
	  "1:51: expected a flag, as MADV_DONTFORK\n"
	  "1:80: madvise() takes one advice\n"
	  "1:105: unknown flag 'DONTFORK'; did you mean 'MADV_DONTFORK'?\n" },
	{ "anon x; A { mprotect(x, PROT_READ+PROT_WRITE); mprotect(x, PROT_EXEC); mprotect(x, "
	  "7); mprotect(x, madv_dofork); }",
	  "1:35: flags are joined by '|'\n"
	  "1:60: not supported yet: PROT_EXEC\n"
	  "1:84: expected a flag, as PROT_NONE\n"
	  "1:100: unknown flag 'madv_dofork'; mprotect() takes flags such as PROT_NONE\n" },
	{ "anon x; A { p = pin(x, FOLL_PIN|FOLL_WRTE); q = pin(x, FOLL_PIN|WRITE|FOLL_FAST); }",
	  "1:33: unknown flag 'FOLL_WRTE'; did you mean 'FOLL_WRITE'?\n"
	  "1:65: unknown flag 'WRITE'; did you mean 'FOLL_WRITE'?\n"
	  "1:71: unknown flag 'FOLL_FAST'; did you mean 'FOLL_GET'?\n" },
	{ "anon x; A { p = ibv_reg_mr(x, IBV_ACCESS_LOCALWRITE); q = vfio_map_dma(x, "
	  "VFIO_DMA_MAP_READ); }",
	  "1:31: unknown flag 'IBV_ACCESS_LOCALWRITE'; did you mean 'IBV_ACCESS_LOCAL_WRITE'?\n"
	  "1:75: unknown flag 'VFIO_DMA_MAP_READ'; did you mean 'VFIO_DMA_MAP_FLAG_READ'?\n" },
	{ "anon x; A { clone(B, CLONE_WM); } B { }",
	  "1:22: unknown flag 'CLONE_WM'; did you mean 'CLONE_VM'?\n" },
};

static const struct wrong memory[] = {
	{ "anon x[2]; A { x[2] = 1; r = x[7]; } exists (A:x[9]=1)",
	  "1:18: page 2 of 'x', which has 2 pages: 0 and 1\n"
	  "1:32: page 7 of 'x', which has 2 pages: 0 and 1\n"
	  "1:50: page 9 of 'x', which has 2 pages: 0 and 1\n" },
	{ "anon x; A { x[1] = 1; }",
	  "1:15: page 1 of 'x', which has 1 page: 0\n" },
	{ "anon x[4]; A { p = pin_w(x[4]); }",
	  "1:28: page 4 of 'x', which has 4 pages: 0 to 3\n" },
	{ "anon buffer; A { bufer[0] = 1; munmap(bufer); x[0] = 1; } exists (A:buffre=1)",
	  "1:18: unknown region 'bufer'; did you mean 'buffer'?\n"
	  "1:39: unknown region 'bufer'; did you mean 'buffer'?\n"
	  "1:47: unknown region 'x'\n"
	  "1:67: 'A' has no register 'buffre'\n" },
	{ "anon x; anon y; A { xx = 1; x[0] = yy; x[0] = y; }",
	  "1:36: use of 'yy' before it is assigned\n"
	  "1:47: a store takes a value: load it first, as r = y\n" },
	{ "anon x; A { fork(B); r = B:x[0]; B:x = 1; munmap(B:x); } B { }",
	  "1:26: loads and stores reach a process's own memory only\n"
	  "1:34: loads and stores reach a process's own memory only\n"
	  "1:50: munmap() works on a process's own memory only\n" },
	{ "anon x; A { p = pin(C:x, FOLL_PIN); }",
	  "1:21: unknown process 'C': there is no block of that name\n" },
	{ "anon x; A { x[0]; x.a; A:x; }",
	  "1:13: this does nothing: expected '=' behind it\n"
	  "1:19: this does nothing: expected '=' behind it\n"
	  "1:24: this does nothing: expected '=' behind it\n" },
	{ "anon x; A { munmap(x.a); y = mremap(x.a); madvise(x[0].a, MADV_DONTFORK); }",
	  "1:22: munmap() works on whole pages: leave out '.a'\n"
	  "1:39: mremap() works on whole pages: leave out '.a'\n"
	  "1:56: madvise() works on whole pages: leave out '.a'\n" },
	{ "anon x; A { y = mremap(x); y = mremap(x); }",
	  "1:28: there is a region 'y' already, in line 1\n" },
	{ "anon x; A { repeat 2 { y = mremap(x); } }",
	  "1:24: there is a region 'y' already, in line 1\n" },
	{ "anon x; A { r = 1; munmap(r); x[0] = mremap(x); munmap(3); munmap(x + 1); }",
	  "1:27: 'r' is a register; expected memory here, as x or x[0]\n"
	  "1:31: there is a region 'x' already, in line 1\n"
	  "1:56: expected memory here, as x or x[0]\n"
	  "1:67: expected memory here, as x or x[0]\n" },
	{ "anon x[0]; anon x[1]; anon y = 256; untouched z = 1; untouched w shared; anon "
	  "h[17]; A { }",
	  "1:8: a region has at least one page\n"
	  "1:17: there is a region 'x' already, in line 1\n"
	  "1:32: values are 0 to 255\n"
	  "1:51: memory that nobody has touched has no value but 0\n"
	  "1:66: untouched memory is private; 'memfd w' is shared and untouched\n"
	  "1:79: more than 16 pages of memory in all\n" },
	{ "anom z; foo q; fil f; htp h[2]; A { }",
	  "1:1: unknown page kind 'anom'; did you mean 'anon'?\n"
	  "1:9: unknown page kind 'foo': expected anon, untouched, file, memfd, thp or hugetlb\n"
	  "1:16: unknown page kind 'fil'; did you mean 'file'?\n"
	  "1:23: unknown page kind 'htp'; did you mean 'thp'?\n" },
	{ "thp h; thp i[1]; thp j[4] shared; thp k[4]; thp l[2]; hugetlb g[2] shared; A { }",
	  "1:5: a huge page has at least 2 pages, as in thp h[4]\n"
	  "1:12: a huge page has at least 2 pages, as in thp i[4]\n"
	  "1:27: a transparent huge page is private memory\n"
	  "1:49: all huge pages are of one size: 'j' has 4 pages\n"
	  "1:68: not supported yet: hugetlb memory that is shared\n" },
	{ "anon x; thp h[14]; A { fork(B); fork(C); fork(D); fork(E); fork(F); } B { } C { } D { } "
	  "E { } F { }",
	  "1:9: huge pages, processes and pins of this scenario may come to use 190 pages of memory; "
	  "at most 162 are possible\n" },
	{ "anon x[r]; A { }",
	  "1:8: expected a number, found 'r'\n" },
	{ "anon x[1 = 2; anon y = ; A { }",
	  "1:10: expected ']', found '='\n"
	  "1:24: expected a number, found ';'\n" },
	{ "anon x shard; A { }",
	  "1:8: expected ';' or '=', found 'shard'\n" },
};

static const struct wrong pins_and_registers[] = {
	{ "anon x; A { p = pin_w(x); r = p; x = p; if (p == 1) { } r = dma_read(p[1]); "
	  "unpin(p[0]); }",
	  "1:31: 'p' is a pin, not a number; the device reads through it with dma_read(p)\n"
	  "1:38: 'p' is a pin, not a number; the device reads through it with dma_read(p)\n"
	  "1:45: 'p' is a pin, not a number; the device reads through it with dma_read(p)\n"
	  "1:72: page 1 of pin 'p', which has 1 page: 0\n"
	  "1:83: unpin() takes the whole pin, as p\n" },
	{ "anon x; A { r = 1; dma_write(r, 1); dma_write(x, 1); dma_write(3, 1); q = r; "
	  "unpin(q); }",
	  "1:30: 'r' is a number, not a pin\n"
	  "1:47: 'x' is memory, not a pin; pin it first, as p = pin(x, FOLL_PIN)\n"
	  "1:64: expected a pin, as p or p[1]\n"
	  "1:84: 'q' is a number, not a pin\n" },
	{ "anon x; A { r = pin_w(x); r = 3; }",
	  "1:27: 'r' holds a pin since line 1: it cannot hold a number too\n" },
	{ "anon x; A { fork(B); p = pin_w(x); } B { dma_write(A:p, 1); x = A:r; x[0] = r[1]; }",
	  "1:52: only a device can use the pin of another process: send() it\n"
	  "1:65: registers of other processes cannot be used: send() the value\n"
	  "1:77: unknown region 'r'\n" },
	{ "anon x; A { r = 1; p = pin_w(x); } device nic { dma_write(r, 1); dma_write(q, 1); "
	  "dma_write(p, s); x = 1; fork(A); q = dma_read(A:r); q = dma_read(B:p); }",
	  "1:59: 'r' is a number, not a pin\n"
	  "1:76: use of 'q' before it is pinned\n"
	  "1:96: use of 's' before it is assigned\n"
	  "1:100: use of 'x' before it is pinned: a device writes as p = 3 and reads as r = p, "
	  "where p is a pin\n"
	  "1:107: a device cannot do fork()\n"
	  "1:129: 'r' is a number, not a pin\n"
	  "1:148: unknown process 'B': there is no block of that name\n" },
	{ "anon x; A { fork(B); p = pin_w(x); } B { p = pin_w(x); } device nic { dma_write(p, "
	  "1); }",
	  "1:81: both 'A' and 'B' have a pin 'p': write A:p or B:p\n" },
	{ "anon x; A { } kernel k { x = 1; fork(A); p = pin_w(x); if (r == 1) { } }",
	  "1:26: a kernel daemon has no statements of this kind\n"
	  "1:33: a kernel daemon cannot do fork()\n"
	  "1:46: a kernel daemon cannot do pin()\n"
	  "1:60: a kernel daemon has no statements of this kind\n" },
	{ "anon x; A { } device nic after p { } device d after x { }",
	  "1:32: there is no pin 'p'\n"
	  "1:53: there is no pin 'x'\n" },
	{ "anon x; A { p = pin_w(x); r = 1; } device d after p[0] { } device e after A:r { } "
	  "device f after B:p { } device g after A:pp { }",
	  "1:51: a device waits for a whole pin, as p\n"
	  "1:75: 'r' is a number, not a pin\n"
	  "1:98: unknown process 'B': there is no block of that name\n"
	  "1:121: process 'A' has no pin 'pp'\n" },
	{ "anon x; A { p = pin_w(x); } device nic after p, p { }",
	  "1:49: only one pin after 'after' is supported yet\n" },
	{ "A { r = 1 + 300; r = 256; r = -1; r = r - 300; r = 1|2; r = r + r; r = 3 - r; }",
	  "1:9: values are 0 to 255\n"
	  "1:22: values are 0 to 255\n"
	  "1:31: values are 0 to 255\n"
	  "1:39: at most 255 can be added or taken away\n"
	  "1:54: values are added, not joined by '|'\n"
	  "1:65: a value is a number, or one register plus or minus a number\n"
	  "1:76: a value is a number, or one register plus or minus a number\n" },
	{ "A { count = 1; q = cuont; }",
	  "1:20: use of 'cuont' before it is assigned; did you mean 'count'?\n" },
	{ "A { r = recv(); }",
	  "1:5: nobody sends to 'A': recv() would never return\n" },
	{ "anon x; A { fork(B); p = pin_w(x); send(B, p); send(B, 1); } B { q = recv(); }",
	  "1:48: process 'B' is sent a number here and a pin in line 1\n" },
	{ "anon x; A { fork(B); send(B, 1); } B { q = recv(); q = pin_w(x); }",
	  "1:40: 'q' holds a pin, but what 'B' receives is a number\n" },
	{ "A { fork(B); a = recv(); send(B, a); } B { b = recv(); send(A, b); }",
	  "1:14: what 'a' receives has no known type\n" },
	{ "anon x; A { dma_write(p, 1); p = pin_w(x); x = r; r = 1; if (s == 1) { s = 1; } }",
	  "1:23: use of 'p' before it is pinned\n"
	  "1:48: use of 'r' before it is assigned\n"
	  "1:62: use of 's' before it is assigned\n" },
	{ "anon x; A { fork(B); p = pin_w(x); r = 1; } B { dma_write(p, 1); x = r; }",
	  "1:59: 'B' does not have 'p': in 'A' it is pinned only after the fork\n"
	  "1:70: 'B' does not have 'r': in 'A' it is assigned only after the fork\n" },
	{ "A { fork(B); } B { x = r; r = 1; }",
	  "1:24: use of 'r' before it is assigned\n" },
	{ "anon x; A { p = pin_r(x); fork(B); } B { dma_write(p, 1); } device d { dma_write(p, "
	  "2); }",
	  "1:52: the device cannot write through 'p': pin() in line 1 pins for reading\n"
	  "1:82: the device cannot write through 'p': pin() in line 1 pins for reading\n" },
	{ "anon x; A { p = vmsplice(x); dma_write(p, 1); q = ibv_reg_mr(x, 0); dma_write(q, "
	  "1); }",
	  "1:40: the device cannot write through 'p': vmsplice() in line 1 pins for reading\n"
	  "1:79: the device cannot write through 'q': ibv_reg_mr() in line 1 pins for reading\n" },
	{ "anon x; A { p = vfio_map_dma(x, VFIO_DMA_MAP_FLAG_READ); dma_write(p, 1); q = "
	  "odirect_write_begin(x); dma_write(q, 1); r = dma_read(q); }",
	  "1:68: the device cannot write through 'p': vfio_map_dma() in line 1 pins for "
	  "reading\n"
	  "1:113: 'q' is a transfer in flight (odirect_write_begin() in line 1): odirect_end() "
	  "moves its data\n"
	  "1:133: 'q' is a transfer in flight (odirect_write_begin() in line 1): odirect_end() "
	  "moves its data\n" },
	{ "anon x; A { p = pin_r(x); close(p); ibv_dereg_mr(p); q = "
	  "io_uring_register_buffers(x); unpin(q); d = odirect_read_begin(x, 1); "
	  "vfio_unmap_dma(d); }",
	  "1:33: 'p' comes from pin() in line 1: only what vmsplice() made can be closed\n"
	  "1:50: 'p' comes from pin() in line 1: it is undone by unpin()\n"
	  "1:94: 'q' comes from io_uring_register_buffers() in line 1: it is undone by "
	  "io_uring_unregister_buffers()\n"
	  "1:143: 'd' comes from odirect_read_begin() in line 1: it is undone by odirect_end()\n" },
	{ "anon x; A { r = 1; p = pin_w(x); if (r == 1) { p = get_r(x); } dma_write(p, 1); }",
	  "1:74: the device cannot write through 'p': pin() in line 1 pins for reading\n" },
	{ "anon x; A { fork(B); p = get_r(x); send(B, p); } B { q = recv(); dma_write(q, 1); "
	  "exit(); }",
	  "1:76: the device cannot write through 'q': pin() in line 1 pins for reading\n" },
};

static const struct wrong blocks[] = {
	{ "A { } A { } A.t { } A.t { } device A { }",
	  "1:7: there is a process 'A' already, in line 1\n"
	  "1:23: there is a thread 'A.t' already, in line 1\n"
	  "1:36: there is a process 'A' already, in line 1\n" },
	{ "A { } device nic { } device nic { } nic { }",
	  "1:29: there is a device 'nic' already, in line 1\n"
	  "1:37: there is a device 'nic' already, in line 1\n" },
	{ "A { } B.t1 { }",
	  "1:7: thread 't1' of an unknown process 'B'\n" },
	{ "Alpha { } Alpa.t1 { }",
	  "1:11: thread 't1' of an unknown process 'Alpa'; did you mean 'Alpha'?\n" },
	{ "device nic { }",
	  "0:0: no process: a scenario needs at least one, as in 'A { … }'\n" },
	{ "A { } A.t { } A.t.u { } A.t.v: exit",
	  "1:18: a thread has no threads of its own\n"
	  "1:28: a thread has no threads of its own\n" },
	{ "A { fork(t); fork(nic); } A.t { } device nic { } kernel k { } exists (faulted(k))",
	  "1:10: 't' is a thread, not a process\n"
	  "1:19: 'nic' is a device, not a process\n"
	  "1:79: 'k' is a kernel daemon, not a process\n" },
	{ "A { if (r) { } if (1 == 1) { } }",
	  "1:20: expected a name or '~', found '1'\n" },
	{ "A { r = 1; repeat 0 { } repeat 257 { } repeat 2000000000000 { } }",
	  "1:19: a block can be repeated 1 to 256 times\n"
	  "1:32: a block can be repeated 1 to 256 times\n"
	  "1:47: a block can be repeated 1 to 256 times\n" },
	{ "A { repeat x { } }",
	  "1:12: expected a number, found 'x'\n" },
	{ "A { repeat 200 { exit(); } }",
	  "1:18: never reached: the process ends with exit() in line 1\n" },
	{ "anon x; A: x = 1; B: r = 1",
	  "1:19: process 'B' is never forked: no process calls fork(B)\n" },
	{ "A { r = 1; } nic: r = 3",
	  "1:14: process 'nic' is never forked: no process calls fork(nic)\n" },
};

static const struct wrong processes[] = {
	{ "A { fork(A); }",
	  "1:10: process 'A' is already running: it is the first one and cannot be forked\n" },
	{ "A { fork(B); } B { fork(A); fork(B); }",
	  "1:25: process 'A' is already running: it is the first one and cannot be forked\n"
	  "1:34: process 'B' is already running: it cannot fork itself\n" },
	{ "A { fork(B); fork(C); } B { } C { fork(B); }",
	  "1:40: process 'B' is already running: 'A' forks it in line 1\n" },
	{ "A { } B { }",
	  "1:7: process 'B' is never forked: no process calls fork(B)\n" },
	{ "A { } B { fork(C); } C { fork(B); }",
	  "1:7: process 'B' is never forked: 'C', which forks it, never runs itself\n"
	  "1:22: process 'C' is never forked: 'B', which forks it, never runs itself\n" },
	{ "A { fork(B); fork(B); } B { }",
	  "1:19: process 'B' is already running: it is forked in line 1\n" },
	{ "A { repeat 2 { fork(B); } } B { }",
	  "1:21: process 'B' is already running: it is forked in line 1\n" },
	{ "A { r = 1; if (r == 1) { fork(B); } if (r == 1) { fork(B); } } B { }",
	  "1:56: process 'B' is already running: it is forked in line 1\n" },
	{ "A { r = 1; if (r == 1) { fork(B); } r = 2; if (r != 1) { fork(B); } } B { }",
	  "1:63: process 'B' is already running: it is forked in line 1\n" },
	{ "A { r = 1; if (r == 1) { fork(B); } if (r != 2) { fork(B); } } B { }",
	  "1:56: process 'B' is already running: it is forked in line 1\n" },
	{ "A { r = 1; if (r == 1) { fork(B); } if (r != 1) { fork(B); } } A.t { r = 2; } B { }",
	  "1:56: process 'B' is already running: it is forked in line 1\n" },
	{ "A { fork(B); } A.t { fork(B); } B { }",
	  "1:27: process 'B' is already running: thread 'A' forks it too\n" },
	{ "A { fork(B); wait(B); } B { }",
	  "1:19: wait(B) would never return: 'B' has no exit() and no exec()\n" },
	{ "A { fork(B); } B { wait(A); exit(); }",
	  "1:25: 'B' cannot wait for 'A', which is not its child\n" },
	{ "A { wait(A); }",
	  "1:10: 'A' cannot wait for 'A', which is not its child\n" },
	{ "A { wait(B); fork(B); } B { exit(); }",
	  "1:10: wait(B) before fork(B)\n" },
	{ "A { vfork(B); clone(C, CLONE_VFORK); } B { } C { }",
	  "1:11: this vfork() would never return: 'B' has no exit() and no exec()\n"
	  "1:21: this clone() would never return: 'C' has no exit() and no exec()\n" },
	{ "A { exit(); exit(); }",
	  "1:13: never reached: the process ends with exit() in line 1\n" },
	{ "A { r = 1; if (r == 1) { exit(); r = 2; } exit(); r = 3; r = 4; }",
	  "1:34: never reached: the process ends with exit() in line 1\n"
	  "1:51: never reached: the process ends with exit() in line 1\n" },
	{ "anon x; A { exec(); x = 1; }",
	  "1:21: after exec() in line 1 the process has another program and none of this "
	  "memory\n" },
	{ "A { exec(); fork(B); } B { }",
	  "1:13: after exec() in line 1 the process has another program and none of this "
	  "memory\n" },
	{ "A { exec(); r = 1; }",
	  "1:13: after exec() in line 1 the process has another program and none of this "
	  "memory\n" },
};

static const struct wrong conditions[] = {
	{ "A { } exists (1=1) forall (1=1)",
	  "1:20: there is a condition already, in line 1\n" },
	{ "A { r = 1; } exists (A:q=1 /\\ B:r=1 /\\ r=2 /\\ q=1 /\\ A:x[0]=1 /\\ x.b=1)",
	  "1:22: 'A' has no register 'q'\n"
	  "1:31: unknown process 'B': there is no block of that name\n"
	  "1:47: unknown register or region 'q'\n"
	  "1:56: unknown region 'x'\n"
	  "1:66: unknown region 'x'\n" },
	{ "A { value = 1; } exists (A:valeu=1)",
	  "1:26: 'A' has no register 'valeu'; did you mean 'value'?\n" },
	{ "A { } exists (fautled(A) /\\ foo(A))",
	  "1:15: unknown fact 'fautled'; did you mean 'faulted'?\n"
	  "1:29: unknown fact 'foo'\n" },
	{ "A { r = 1; fork(B); } B { r = 2; } exists (r=1)",
	  "1:44: whose 'r'? several have one: write A:r\n" },
	{ "anon x; A { fork(B); } B { } exists (x=1 /\\ mapcount(A:x[0].b)=1 /\\ faulted(Q) /\\ "
	  "dma_done(nic) /\\ errno(A:x[0]) /\\ mapcount(A:x, A:x))",
	  "1:38: whose 'x'? write A:x\n"
	  "1:61: this is about the whole page: leave out '.b'\n"
	  "1:77: unknown process 'Q': there is no block of that name\n"
	  "1:92: unknown device 'nic'\n"
	  "1:106: expected a register, as A:x\n"
	  "1:117: mapcount() takes 1 argument: mapcount(A:x[0])\n" },
	{ "anon x; A { p = pin_w(x); r = 1; } exists (A:p=1 /\\ same_frame(A:x, A:p[2]) /\\ "
	  "same_frame(A:r, A:p) /\\ A:r=5000 /\\ A:r=-r)",
	  "1:44: 'p' is a pin and has no value; ask for errno(p) or same_frame(…)\n"
	  "1:73: page 2 of pin 'p', which has 1 page: 0\n"
	  "1:91: expected memory or a pin here\n"
	  "1:108: numbers are -4095 to 4095 here\n"
	  "1:120: only numbers and errors as EFAULT can be negative\n" },
	{ "A { } exists (hazard(X) /\\ hazard(A:x) /\\ faulted(A:x) /\\ dma_done(A))",
	  "1:22: unknown hazard 'X': expected D, L, W, H or B\n"
	  "1:35: expected the name of a hazard\n"
	  "1:51: expected the name of a process\n"
	  "1:68: unknown device 'A'\n" },
	{ "A { } exists (faulted(A, A, A))",
	  "1:15: faulted() takes 1 argument: faulted(A)\n" },
	{ "A { } device nic { } exists (dma_done(nik))",
	  "1:39: unknown device 'nik'; did you mean 'nic'?\n" },
};

static const struct wrong expectations_and_options[] = {
	{ "A { } expect Never on v5.10",
	  "1:14: 'Never' is about a condition, and there is none: expect 'safe' or 'hazard …'\n" },
	{ "A { } exists (1=1) expect never on v5; expect maybe on v5; expect Never Always on "
	  "v5; expect hazard on v5; expect hazard Z on v5",
	  "1:27: unknown expectation 'never'; did you mean 'Never'?\n"
	  "1:47: unknown expectation 'maybe': expected Never, Sometimes, Always, safe or "
	  "hazard\n"
	  "1:73: expected 'on', found 'Always'\n"
	  "1:94: which hazard? as in: expect hazard D on v5.10\n"
	  "1:122: unknown hazard 'Z': expected D, L, W, H or B\n" },
	{ "A { } expect safe on ; expect safe on",
	  "1:22: expected kernels after 'on', as in v5.10, v6.1..\n"
	  "1:38: expected kernels after 'on', as in v5.10, v6.1..\n" },
	{ "A { } exists (1=1) expect safe v5",
	  "1:34: expected 'on', found the end of the file\n" },
	{ "A { } options lru=full; options cpus=2; options foo=1; options grian=call; options "
	  "grain=fine, memory=strong",
	  "1:19: option lru: expected drained or batch, found 'full'\n"
	  "1:38: option cpus: expected 1, found '2'\n"
	  "1:49: unknown option 'foo': expected lru, cpus, grain, memory or hugetlb\n"
	  "1:64: unknown option 'grian'; did you mean 'grain'?\n"
	  "1:90: option grain: expected call or step, found 'fine'\n"
	  "1:103: option memory: expected ordered or weak, found 'strong'\n" },
	{ "hugetlb g[2]; hugetlb k; A { } options hugetlb=0; options hugetlb=2; options "
	  "hugetlb=256; options hugetlb=all; options hugetbl=3",
	  "1:48: option hugetlb: expected a number of huge pages from 1 to 255, found '0'\n"
	  "1:67: option hugetlb: the scenario begins with 3 huge pages in use\n"
	  "1:86: option hugetlb: expected a number of huge pages from 1 to 255, found '256'\n"
	  "1:107: option hugetlb: expected a number of huge pages from 1 to 255, found 'all'\n"
	  "1:120: unknown option 'hugetbl'; did you mean 'hugetlb'?\n" },
	{ "A { } options hugetlb=4",
	  "1:15: option hugetlb: there is no hugetlb memory\n" },
	{ "A { } options lru",
	  "1:18: expected '=', found the end of the line\n" },
	{ "A { } options lru=drained; cpus=1",
	  "1:32: expected a name or '{', found '='\n" },
};

static const struct wrong syntax[] = {
	{ "A { fork B; }",
	  "1:10: expected ';', '=' or '(', found 'B'\n" },
	{ "anon x; A { fork(B)\n x = 1 } B { x = 1 x = 2 }",
	  "1:20: expected ';' after ')'\n"
	  "2:20: expected ';', found 'x'\n" },
	{ "A { fork(B)",
	  "1:3: this '{' is never closed\n" },
	{ "A { exit();",
	  "1:3: this '{' is never closed\n" },
	{ "A { x = (1); }",
	  "1:9: expected a value, found '('\n" },
	{ "A { x = 1 = 2; }",
	  "1:11: expected ';', found '='\n" },
	{ "A { 1 = x; }",
	  "1:5: expected a statement or '}', found '1'\n" },
	{ "A ( exit(); )",
	  "1:3: expected a name or '{', found '('\n"
	  "1:13: expected memory, a process, a device, a condition or an expectation, found "
	  "')'\n" },
	{ "A: exit B: exit",
	  "1:9: expected ';', '=' or '(', found 'B'\n" },
	{ "A { if (r = 1) { } if r == 1 { } }",
	  "1:11: values are compared with '==' here\n"
	  "1:23: expected '(', found 'r'\n" },
	{ "A { else { } while (x == 1) { foo; } x = ; }",
	  "1:5: there is no else: write a second 'if' with '!='\n"
	  "1:23: expected ')' or ',', found '=='\n"
	  "1:42: expected a value, found ';'\n" },
	{ "A { fork(,); fork(B,); fork(B; }",
	  "1:10: expected a value or ')', found ','\n"
	  "1:21: expected a value, found ')'\n"
	  "1:30: expected ')' or ',', found ';'\n" },
	{ "A { é; x§y; }",
	  "1:5: unexpected character 'é'\n"
	  "1:10: unexpected character '§'\n" },
	{ "@ $ # A { pinn(); @ § ; x = ; @ }",
	  "1:1: unexpected character '@'\n"
	  "1:3: unexpected character '$'\n"
	  "1:5: unexpected character '#'\n"
	  "1:11: unknown operation 'pinn'; did you mean 'pin'?\n"
	  "1:19: unexpected character '@'\n"
	  "1:21: unexpected character '§'\n"
	  "1:30: expected a value, found ';'\n"
	  "1:32: unexpected character '@'\n" },
	{ "\"doc\" A { }",
	  "1:1: expected memory, a process, a device, a condition or an expectation, found "
	  "'\"doc\"'\n" },
	{ "COW \"doc\" A { fork(; }",
	  "1:5: expected the scenario's name, found '\"doc\"'\n"
	  "1:20: expected a value or ')', found ';'\n" },
	{ "COW x \"unclosed",
	  "1:7: this string has no end: '\"' is missing\n" },
	{ "COW x \"un\\\"closed\\",
	  "1:7: this string has no end: '\"' is missing\n" },
	{ "A { r = 12ab; r = 0x; }",
	  "1:9: a number cannot go on with 'a'\n"
	  "1:19: a number cannot go on with 'x'\n" },
	{ "kernal kswapd { }",
	  "1:1: unknown word 'kernal'; did you mean 'kernel'?\n" },
	{ "divice nic after p { }",
	  "1:1: unknown word 'divice'; did you mean 'device'?\n" },
	{ "device nic aftr p { }",
	  "1:12: unknown word 'aftr'; did you mean 'after'?\n" },
	{ "device { } A { = }",
	  "1:8: expected a name, found '{'\n"
	  "1:16: expected a statement or '}', found '='\n" },
	{ "kernel { } A { }",
	  "1:8: expected a name, found '{'\n" },
	{ "A { } }",
	  "1:7: expected memory, a process, a device, a condition or an expectation, found '}'\n" },
	{ "/* open",
	  "1:1: this comment has no end: '*/' is missing\n" },
	{ "A { (* open",
	  "1:3: this '{' is never closed\n"
	  "1:5: this comment has no end: '*)' is missing\n" },
	{ "A { // not closed }",
	  "1:3: this '{' is never closed\n" },
	{ "A { device = 1; }",
	  "1:5: expected a statement or '}', found 'device'\n" },
	{ "A { } exist (A:r=1)",
	  "1:7: unknown word 'exist'; did you mean 'exists'?\n" },
	{ "A { } exists (A:r=1",
	  "1:14: this '(' is never closed\n" },
	{ "A { } exists A:r=1",
	  "1:14: expected '(', found 'A'\n" },
	{ "A { } exists (A:r=1 /\\ )",
	  "1:24: expected a value, '~' or '(', found ')'\n" },
	{ "A { } exists (A:r>1)",
	  "1:18: unexpected character '>'\n" },
	{ "A { } exists (A:r 1)",
	  "1:19: expected a comparison, '/\\', '\\/' or ')', found '1'\n" },
	{ "A { } exists (A:r=1 & A:q=1) expct Never on v5",
	  "1:21: unexpected character '&'\n"
	  "1:30: unknown word 'expct'; did you mean 'expect'?\n" },
	{ "A { } ~ exist (1=1)",
	  "1:7: expected memory, a process, a device, a condition or an expectation, found '~'\n" },
	{ "A B { x = ; }",
	  "1:1: unknown page kind 'A': expected anon, untouched, file, memfd, thp or hugetlb\n"
	  "1:11: expected a value, found ';'\n" },
};

static void check(const struct wrong *w, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct kept k = { NULL, 0, 0, "" };
		struct cow_diag diag = { keep, &k };

		if (cow_test_parse("test", w[i].text, strlen(w[i].text), &diag))
			fail_msg("accepted: %s", w[i].text);
		if (!k.text || strcmp(k.text, w[i].messages))
			fail_msg("%s\nsays:\n%sinstead of:\n%s", w[i].text, k.text ? k.text : "",
				 w[i].messages);
		forget(&k);
	}
}

#define CHECK(name)						\
	static void test_##name(void **state)			\
	{							\
		(void)state;					\
		check(name, sizeof(name) / sizeof(name[0]));	\
	}
CHECK(operations)
CHECK(flags)
CHECK(memory)
CHECK(pins_and_registers)
CHECK(blocks)
CHECK(processes)
CHECK(conditions)
CHECK(expectations_and_options)
CHECK(syntax)

/* Where each is shown: the line of the source, and from where to where. */
static void test_places(void **state)
{
	static const struct { const char *text, *source; unsigned line, col, end_col; } places[] = {
		{ "A {\n\tfork(B);\r\n}", "\tfork(B);", 2, 7, 8 },
		{ "A {\n\tpinn(x); }", "\tpinn(x); }", 2, 2, 6 },
		{ "anon x;\nA {\n    x[0] = 1\n    x[0] = 2;\n}", "    x[0] = 1", 3, 13, 14 },
		{ "A { é; }", "A { é; }", 1, 5, 7 },
		{ "A { }\n\nexpect safe on\n", "expect safe on", 3, 15, 16 },
		{ "anon x; A { exit(); x[0] =\n 1; }", "anon x; A { exit(); x[0] =", 1, 21, 27 },
		{ "A {\n", "A {", 1, 3, 4 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		struct kept k = { NULL, 0, 0, "" };
		struct cow_diag diag = { keep, &k };
		char where[32];

		assert_null(cow_test_parse("t", places[i].text, strlen(places[i].text), &diag));
		snprintf(where, sizeof(where), "%u:%u: ", places[i].line, places[i].col);
		assert_int_equal(k.nr, 1);
		assert_non_null(strstr(k.text, where));
		assert_string_equal(k.source, places[i].source);
		assert_int_equal(k.end_col, places[i].end_col);
		forget(&k);
	}
}

/* Messages come in the order of the text, whichever check finds them. */
static void test_order(void **state)
{
	static const char text[] = "anon x;\nA {\nx[1] = 1;\npinn(x);\n}\nA { }\nexpect no on v1\n";
	struct kept k = { NULL, 0, 0, "" };
	struct cow_diag diag = { keep, &k };

	(void)state;
	assert_null(cow_test_parse("t", text, strlen(text), &diag));
	assert_string_equal(k.text, "4:1: unknown operation 'pinn'; did you mean 'pin'?\n"
			    "6:1: there is a process 'A' already, in line 2\n");
	forget(&k);
	assert_null(cow_test_parse("t", "anon x;\nA {\nx[1] = 1;\npinn(x);\n}\nexpect no on "
		    "v1\n", 47,
				   &diag));
	assert_string_equal(k.text, "3:3: page 1 of 'x', which has 1 page: 0\n"
			    "4:1: unknown operation 'pinn'; did you mean 'pin'?\n"
			    "6:8: unknown expectation 'no': expected Never, Sometimes, Always, "
			    "safe or hazard\n");
	forget(&k);
}

static const char *nth_word(const void *arg, size_t i)
{
	static const char *const words[] = {
		"pin", "pin_fast", "unpin", "MADV_DONTFORK", "A", NULL
	};

	(void)arg;
	return words[i];
}

static void test_suggestions(void **state)
{
	static const struct { const char *word, *near; } suggestions[] = {
		{ "pinn", "pin" }, { "pni", "pin" }, { "pin", "pin" }, { "Pin", "pin" },
		{ "pi", "pin" }, { "p", NULL }, { "unpni", "unpin" }, { "unpinned", NULL },
		{ "pin_fats", "pin_fast" }, { "madv_dontfrok", "MADV_DONTFORK" },
		{ "MADV_FORK", NULL }, { "B", NULL }, { "", NULL },
	};
	char longest[64 + 1];

	(void)state;
	for (size_t i = 0; i < sizeof(suggestions) / sizeof(suggestions[0]); i++) {
		const char *near = cow_suggest(suggestions[i].word, nth_word, NULL);

		if (suggestions[i].near)
			assert_string_equal(near, suggestions[i].near);
		else
			assert_null(near);
	}
	assert_int_equal(cow_word_distance("abc", "acb", 9), 1);
	assert_int_equal(cow_word_distance("", "abc", 9), 3);
	assert_int_equal(cow_word_distance("kitten", "sitting", 9), 3);
	assert_int_equal(cow_word_distance("kitten", "sitting", 2), 3);
	memset(longest, 'x', sizeof(longest));
	longest[64] = '\0';
	assert_int_equal(cow_word_distance(longest, longest, 5), 6);
	assert_int_equal(cow_word_distance(longest + 1, longest + 1, 5), 0);
	assert_null(cow_suggest(longest, nth_word, NULL));
}

/* Nobody has to listen. */
static void test_silent(void **state)
{
	struct cow_diag deaf = { NULL, NULL };

	(void)state;
	assert_null(cow_test_parse("t", "A { pinn(); }", 13, NULL));
	assert_null(cow_test_parse("t", "A { pinn(); }", 13, &deaf));
	assert_null(cow_test_parse("t", NULL, 0, NULL));
	cow_test_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_operations),
		cmocka_unit_test(test_flags),
		cmocka_unit_test(test_memory),
		cmocka_unit_test(test_pins_and_registers),
		cmocka_unit_test(test_blocks),
		cmocka_unit_test(test_processes),
		cmocka_unit_test(test_conditions),
		cmocka_unit_test(test_expectations_and_options),
		cmocka_unit_test(test_syntax),
		cmocka_unit_test(test_places),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_suggestions),
		cmocka_unit_test(test_silent),
	};

	return cmocka_run_group_tests_name("litmus-errors", tests, NULL, NULL);
}
