/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* image.h - the agent's executable file (agent.c), as bytes; made by embed.py. */
#ifndef COW_LIVE_IMAGE_H
#define COW_LIVE_IMAGE_H

#include <stddef.h>

extern const unsigned char cow_agent_image[];
extern const size_t cow_agent_image_size;

#endif
