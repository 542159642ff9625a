/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* The texts of data/history/, made part of the library at build time. */
#include "internal.h"

static const unsigned char mainline[] = {
#include "mainline.hist.inc"
};

static const unsigned char distros[] = {
#include "distros.hist.inc"
};

const struct hist_data hist_data[] = {
	{ "mainline.hist", mainline, sizeof(mainline) },
	{ "distros.hist", distros, sizeof(distros) },
};

const size_t hist_nr_data = sizeof(hist_data) / sizeof(hist_data[0]);
