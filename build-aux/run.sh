#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR MIT
#
# run.sh COWHERD: the seed's question, answered: check its scenarios on all kernels,
# explain the one that lost, run them on this machine.
set -u
cowherd=$1
losing=litmus/seed/vfio-readonly-pin-after-fork.litmus
status=0

title()
{
	printf '\n== %s\n\n' "$*"
}

step()	# ARGUMENTS of cowherd
{
	title "cowherd $*"
	"$cowherd" "$@" || { status=$?; echo "exit status $status"; }
}

step check --kernel all litmus/seed
step explain --kernel v5.9-rc5 $losing
step live litmus/seed
exit $status
