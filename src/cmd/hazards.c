/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* cowherd explain D: what a hazard is, how programs come by it, what helps. */
#include "cmd.h"

static const struct text {
	unsigned hazard;
	const char *how;	/* how programs come by it */
	const char *signs;	/* what is seen of it */
	const char *fix;
} texts[] = {
	{ COW_HAZARD_DIVERGED,
	  "A page is pinned for a device (an RDMA memory region, a VFIO mapping, an io_uring\n"
	  "buffer, an O_DIRECT read in flight, a vmsplice). Then something makes it copy-on-write:\n"
	  "a fork, mprotect() to read-only and back, or it was shared with a child before the pin.\n"
	  "The next store copies the page for the process; the device keeps the old one.\n"
	  "MADV_DONTNEED and munmap() of a pinned page do the same, on every kernel.\n",
	  "Received data that never arrives, sent data that is old, checksum errors that come and\n"
	  "go with system(), popen() or worker processes.\n",
	  "Where the kernel does not keep the two together, do not share the page with a child:\n"
	  "madvise(MADV_DONTFORK) on whole pages before the fork, memory that is MAP_SHARED, or\n"
	  "posix_spawn() or vfork() instead of fork(). Pin after the last fork if you can. Where\n"
	  "the kernel does keep them together, none of it is needed.\n" },
	{ COW_HAZARD_LEAKED,
	  "Parent and child share a page after fork. One of them keeps a reference to the page\n"
	  "itself - in a pipe by vmsplice(), or as a pin - and the other stores into it while it\n"
	  "is still the same page. Or a device writes into a page that a child still maps.\n",
	  "A child reads secrets that its parent stored after the fork; data received by the\n"
	  "parent shows up in a child.\n",
	  "MADV_DONTFORK or MADV_WIPEONFORK on memory that holds secrets or device buffers; exec\n"
	  "in the child at once; do not fork processes that should not trust each other from one\n"
	  "that holds secrets.\n" },
	{ COW_HAZARD_WRONG_PAGE,
	  "A device writes through a pin into a page that another process maps privately, or a\n"
	  "forced write (ptrace, /proc/PID/mem) or a pin reaches the page cache or the zero page\n"
	  "through a private mapping.\n",
	  "A file changes that was mapped privately; a child's memory changes by itself.\n",
	  "As for D: the page must not be shared when the device writes. A forced write into the\n"
	  "page cache is a kernel bug: update the kernel.\n" },
	{ COW_HAZARD_HOLE,
	  "MADV_DONTFORK works on whole pages. What shares a page with the buffer - a neighbour\n"
	  "on the heap, a library's own structures - is gone in the child too. It also stays\n"
	  "that way if the memory is freed before the buffer is deregistered.\n",
	  "A child dies of SIGSEGV in code that has nothing to do with the device, often in\n"
	  "free(), close() or an exit handler.\n",
	  "Give buffers pages of their own (page-aligned, whole pages); deregister before free();\n"
	  "let the child only exec or _exit; and do not ask for MADV_DONTFORK at all where the\n"
	  "kernel does not need it (IBV_FORK_SAFE, RDMAV_FORK_SAFE, UCX_IB_FORK_INIT unset).\n" },
	{ COW_HAZARD_BALANCE,
	  "A driver takes a reference to a page for each mapping and skips some pages when it\n"
	  "gives them back, as VFIO did with the shared zero page.\n",
	  "Nothing at first; after very many mappings the count overflows.\n",
	  "A kernel bug: update the kernel. Until then, touch (write) memory before it is mapped\n"
	  "for the device.\n" },
};

static void as_json(const struct text *t, char letter)
{
	cmd_json("hazard", json_pack("{s:s#, s:s, s:s, s:s, s:s, s:s}", "letter", &letter, 1,
					    "name", cow_hazard_name(t->hazard), "meaning",
					    cow_hazard_meaning(t->hazard), "how", t->how, "signs",
					    t->signs, "fix", t->fix));
}

/* TEXT with its lines set in. */
static void print_block(const char *title, const char *text)
{
	printf("\n%s\n  ", title);
	for (; *text; text++) {
		putchar(*text);
		if (*text == '\n' && text[1])
			fputs("  ", stdout);
	}
}

int cmd_explain_hazard(unsigned hazard, const struct cmd_options *o)
{
	const struct text *t = texts;
	struct cow_style style = cmd_style(o);
	char letter = cow_hazard_letter(hazard);

	while (t < texts + sizeof(texts) / sizeof(texts[0]) - 1 && t->hazard != hazard)
		t++;
	if (o->json) {
		as_json(t, letter);
		return CMD_OK;
	}
	printf("%s%c, %s%s: %s.\n", style.color ? "\033[1m" : "", letter, cow_hazard_name(hazard),
	       style.color ? "\033[0m" : "", cow_hazard_meaning(hazard));
	print_block("How programs come by it", t->how);
	print_block("What is seen of it", t->signs);
	print_block("What helps", t->fix);
	printf("\nOn which kernels it concerns you: cowherd check FILE. More: man cowherd-hazards.\n");
	return CMD_OK;
}
