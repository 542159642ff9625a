# SPDX-License-Identifier: GPL-2.0-only OR MIT
# bash completion for cowherd
#
# Options come from "cowherd COMMAND --help", names of kernels from "cowherd list
# kernels": there is nothing to keep in step here but the commands.

_cowherd()
{
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}
	local verb=${COMP_WORDS[1]} program=${COMP_WORDS[0]} words=

	# --option=value comes as three words.
	[ "$cur" != = ] || cur=
	[ "$prev" != = ] || prev=${COMP_WORDS[COMP_CWORD - 2]}

	COMPREPLY=()
	if [ "$COMP_CWORD" = 1 ]; then
		words='check explain bisect live gen list help --version --help'
	else
		case $prev in
		--kernel | -k)
			words="mainline all running $("$program" list kernels --json 2>/dev/null |
				sed -n 's/.*"name":"\([^"]*\)".*/\1/p')" ;;
		--color) words='auto always never' ;;
		--outcome) words='worst positive negative D L W H B' ;;
		-o | --output)
			mapfile -t COMPREPLY < <(compgen -d -- "$cur")
			compopt -o filenames 2>/dev/null
			return ;;
		--history)
			mapfile -t COMPREPLY < <(compgen -f -- "$cur")
			compopt -o filenames 2>/dev/null
			return ;;
		-e | --expression | --max-states | --runs | --schedules | --seed | --count | --timeout)
			return ;;
		esac
	fi
	if [ -z "$words" ]; then
		case $verb:$cur in
		*:-*) words=$("$program" "$verb" --help 2>/dev/null | grep -oE -e '--[a-z-]+' | sort -u) ;;
		list:*) words='kernels commits rules ops hazards' ;;
		help:*) words='check explain bisect live gen list' ;;
		check:* | explain:* | bisect:* | live:*)
			# Scenarios, and directories that may hold some.
			mapfile -t COMPREPLY < <(compgen -d -- "$cur"
				compgen -f -X '!*.litmus' -- "$cur")
			compopt -o filenames 2>/dev/null
			return ;;
		esac
	fi
	mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
}

complete -F _cowherd cowherd
