# SPDX-License-Identifier: GPL-2.0-only OR MIT
# The command line: exit statuses, messages, what bad input gets.

# The scenario of cowherd-scenario(5), without expectations.
SEED='COW six-steps
{ anon x[1] = 1; }
A { fork(B); wait(B); p = pin(x[0], FOLL_PIN|FOLL_LONGTERM); x[0] = 2; r = dma_read(p); }
B { exit(); }
exists (A:r=1)
'

setup()
{
	cd "$BATS_TEST_TMPDIR" || return 1
	unset NO_COLOR CLICOLOR_FORCE
	export TERM=xterm
	printf '%s' "$SEED" >seed.litmus
}

# check_error TEXT PATTERN: checking TEXT is answered by a message that fits, and 2.
check_error()
{
	printf '%s' "$1" >bad.litmus
	run "$COWHERD" check bad.litmus
	echo "$output"
	[ "$status" = 2 ]
	[[ $output == *$2* ]]
}

# ---- bad input ----

@test "unknown operation: place, line, caret, did you mean" {
	check_error $'{ anon x; }\nA { prin(x); }' "bad.litmus:2:5: error: "
	[[ $output == *"did you mean 'pin'"* ]]
	[[ $output == *$'\n   A { prin(x); }\n       ^~~~'* ]]
}

@test "several errors in one run" {
	check_error $'{ anon x; }\nA { frok(B); madvise(x, MADV_DONTFROK); }\nB { exit(); }' ":2:5: error:"
	[[ $output == *"MADV_DONTFORK"* ]]
}

@test "use before pin" {
	check_error $'{ anon x; }\nA { dma_write(p, 1); p = pin_w(x); }' "before"
}

@test "fork of a process that runs already" {
	check_error $'{ anon x; }\nA { fork(B); fork(B); }\nB { exit(); }' "error: "
	check_error $'{ anon x; }\nA { fork(A); }' "error: "
}

@test "page out of range" {
	check_error $'{ anon x[2]; }\nA { x[2] = 1; }' "2 pages"
}

@test "recursion in threads" {
	check_error $'{ anon x; }\nA { x = 1; }\nA.t1 { x = 1; }\nA.t1.t2 { x = 1; }' "error: "
	check_error $'{ anon x; }\nA.t1 { x = 1; }' "error: "
}

@test "10 MiB of garbage" {
	head -c 10485760 /dev/urandom >garbage.litmus
	run timeout 10 "$COWHERD" check garbage.litmus
	[ "$status" = 2 ]
	[[ $output == *"garbage.litmus: error: "* ]]
	[ ${#output} -lt 2000 ]
}

@test "1 MiB of garbage, of brackets, one long line" {
	head -c 1000000 /dev/urandom | tr -d '\0' >garbage.litmus
	run timeout 10 "$COWHERD" check garbage.litmus
	[ "$status" = 2 ]
	head -c 1000000 /dev/zero | tr '\0' '{' >open.litmus
	run timeout 10 "$COWHERD" check open.litmus
	[ "$status" = 2 ]
	[ ${#output} -lt 10000 ]
	head -c 1000000 /dev/zero | tr '\0' 'a' >long.litmus
	run timeout 10 "$COWHERD" check long.litmus
	[ "$status" = 2 ]
	[ ${#output} -lt 10000 ]
}

@test "empty file" {
	check_error '' "bad.litmus"
}

@test "a file of one zero byte" {
	printf '\0' >zero.litmus
	run "$COWHERD" check zero.litmus
	[ "$status" = 2 ]
}

@test "directory without scenarios" {
	mkdir empty
	run "$COWHERD" check empty
	[ "$status" = 2 ]
	[[ $output == *"empty: "*"no scenario"* ]]
}

@test "missing file" {
	run "$COWHERD" check nowhere.litmus
	[ "$status" = 2 ]
	[[ $output == *"nowhere.litmus: error: No such file"* ]]
}

@test "FIFO, device: not waited for" {
	mkfifo fifo.litmus
	run timeout 5 "$COWHERD" check fifo.litmus
	[ "$status" = 2 ]
	[[ $output == *"fifo.litmus: error: "* ]]
	run timeout 5 "$COWHERD" check /dev/zero
	[ "$status" = 2 ]
}

@test "a file without permission" {
	[ "$(id -u)" != 0 ] || skip "root may read everything"
	chmod 0 seed.litmus
	run "$COWHERD" check seed.litmus
	[ "$status" = 2 ]
	[[ $output == *"Permission denied"* ]]
}

@test "unknown kernel: the nearest known one" {
	run "$COWHERD" check --kernel debain-11 seed.litmus
	[ "$status" = 2 ]
	[[ $output == *"debian-11"* ]]
}

@test "a running kernel that is not known: 3" {
	command -v setarch >/dev/null || skip "setarch(1) is not installed"
	run setarch --uname-2.6 "$COWHERD" live seed.litmus
	echo "$output"
	[ "$status" = 3 ]
	[[ $output == *"error: the running kernel: "* ]]
	run setarch --uname-2.6 "$COWHERD" check --kernel running seed.litmus
	[ "$status" = 3 ]
}

@test "bad history file" {
	echo 'kernel mine = v6.12 { fork-smal = share }' >own.hist
	run "$COWHERD" check --history own.hist seed.litmus
	[ "$status" = 2 ]
	[[ $output == *"own.hist:1:"*"fork-small"* ]]
	run "$COWHERD" check --history nowhere.hist seed.litmus
	[ "$status" = 2 ]
	[[ $output == *"nowhere.hist: error: "* ]]
}

# ---- verbs and usage ----

@test "no command, unknown command, did you mean" {
	run "$COWHERD"
	[ "$status" = 2 ]
	run "$COWHERD" chekc
	[ "$status" = 2 ]
	[[ $output == *'did you mean "check"'* ]]
	run "$COWHERD" frobnicate
	[ "$status" = 2 ]
}

@test "commands are known by their beginning" {
	run "$COWHERD" l hazards
	[ "$status" = 2 ]
	[[ $output == *"could be several"* ]]
	run "$COWHERD" lis hazards
	[ "$status" = 0 ]
	[[ $output == *"diverged"* ]]
}

@test "help of everything, on standard output" {
	for verb in check explain bisect live gen list; do
		"$COWHERD" $verb --help >out
		grep -q "Usage: cowherd $verb" out
		"$COWHERD" help $verb >out
		grep -q "Usage: cowherd $verb" out
	done
	"$COWHERD" help | grep -q '^  check '
	"$COWHERD" --help | grep -q 'Exit status'
}

@test "version in one line" {
	run "$COWHERD" --version
	[ "$status" = 0 ]
	[ "${#lines[@]}" = 1 ]
	[[ $output =~ ^cowherd\ [0-9]+\.[0-9]+\.[0-9]+ ]]
}

@test "unknown options and odd values are usage errors" {
	run "$COWHERD" check --frob seed.litmus
	[ "$status" = 2 ]
	run "$COWHERD" check --max-states -1 seed.litmus
	[ "$status" = 2 ]
	run "$COWHERD" check --max-states 12x seed.litmus
	[ "$status" = 2 ]
	run "$COWHERD" check --color sometimes seed.litmus
	[ "$status" = 2 ]
	run "$COWHERD" check
	[ "$status" = 2 ]
	run "$COWHERD" explain --outcome Q seed.litmus
	[ "$status" = 2 ]
	run "$COWHERD" explain --kernel v5.9..v5.12 seed.litmus
	[ "$status" = 2 ]
	[[ $output == *"one kernel"* ]]
	run "$COWHERD" live --ktap --json seed.litmus
	[ "$status" = 2 ]
}

# ---- check ----

@test "check: safe 0, hazard 1" {
	run "$COWHERD" check --kernel v5.8 seed.litmus
	echo "$output"
	[ "$status" = 0 ]
	run "$COWHERD" check --kernel v5.9-rc5 seed.litmus
	[ "$status" = 1 ]
	[[ $output == *"Observation six-steps Always"* ]]
}

@test "check: expectations decide, and an edited one is unmet" {
	{ printf '%s' "$SEED"; echo 'expect Always on v5.9-rc5'; } >met.litmus
	run "$COWHERD" check met.litmus
	echo "$output"
	[ "$status" = 0 ]
	run "$COWHERD" check --no-expect met.litmus
	[ "$status" = 1 ]
	{ printf '%s' "$SEED"; echo 'expect Never on v5.9-rc5'; } >unmet.litmus
	run "$COWHERD" check unmet.litmus
	[ "$status" = 1 ]
	[[ $output == *"unmet.litmus:6:"*"error: "* ]]
}

@test "check: many files, a line each and a sum; the worst status" {
	mkdir dir dir/sub
	{ printf '%s' "$SEED"; echo 'expect Always on v5.9-rc5'; } >dir/met.litmus
	cp seed.litmus dir/sub/bad.litmus
	echo 'not a scenario' >dir/README
	run "$COWHERD" check dir
	echo "$output"
	[ "$status" = 1 ]
	[[ ${lines[0]} == "as expected"*dir/met.litmus* ]]
	[[ $output == *"HAZARD"*dir/sub/bad.litmus* ]]
	[[ ${lines[-1]} == "2 scenarios, 1 as expected, 1 with a hazard" ]]
	: >dir/empty.litmus
	run "$COWHERD" check dir
	[ "$status" = 2 ]
	[[ ${lines[-1]} == *"1 unreadable"* ]]
}

@test "check: links in directories do not lead round in circles" {
	mkdir dir
	ln -s . dir/loop
	cp seed.litmus dir/
	mkfifo dir/fifo.litmus
	run timeout 10 "$COWHERD" check --kernel v5.8 dir
	[ "$status" = 0 ]
	[[ ${lines[-1]} == "1 scenario, "* ]]
}

@test "check: the limit on states makes the answer incomplete, never 0" {
	run "$COWHERD" check --kernel v5.8 --max-states 2 seed.litmus
	echo "$output"
	[ "$status" = 3 ]
}

@test "check -e, several, and standard input" {
	run "$COWHERD" check --kernel v6.12 -e 'anon x=1; A: p=pin_w(x); A: fork(B); B: exit; A: x=2; nic: p=3; A: r=x'
	echo "$output"
	[ "$status" = 0 ]
	run "$COWHERD" check --kernel v5.8 -e 'anon x=1; A: x=2' -e 'anon x=1; A: x=3'
	[ "$status" = 0 ]
	[[ ${lines[-1]} == "2 scenarios"* ]]
	run "$COWHERD" check --kernel v5.8 - <seed.litmus
	[ "$status" = 0 ]
}

@test "check -q says nothing if all is well" {
	run "$COWHERD" check -q --kernel v5.8 seed.litmus
	[ "$status" = 0 ]
	[ -z "$output" ]
	run "$COWHERD" check -q --kernel v5.9-rc5 seed.litmus
	[ "$status" = 1 ]
}

@test "a kernel of one's own" {
	echo 'kernel mine = v6.12 { fork-small = share }' >own.hist
	text='anon x=1; A: p=pin_w(x); A: fork(B); A: x=2; B: s=0'
	run "$COWHERD" check --kernel v6.12 -e "$text"
	[ "$status" = 0 ]
	run "$COWHERD" check --history own.hist --kernel mine -e "$text"
	echo "$output"
	[ "$status" = 1 ]
}

# ---- explain, bisect, list, gen ----

@test "explain: steps and pages; no such run is 1" {
	run "$COWHERD" explain --kernel v5.9-rc5 seed.litmus
	echo "$output"
	[ "$status" = 0 ]
	[[ $output == *"dma_read(p)"* ]]
	[[ $output == *"ref "* ]]
	run "$COWHERD" explain --kernel v5.8 --outcome D seed.litmus
	[ "$status" = 1 ]
	run "$COWHERD" explain --kernel v5.8 --outcome negative seed.litmus
	[ "$status" = 0 ]
}

@test "explain chooses the newest bad kernel" {
	run "$COWHERD" explain seed.litmus
	[ "$status" = 0 ]
	[[ $output == *"on v5.18"* ]]
}

@test "explain a hazard, by letter and name" {
	for hazard in D L W H B diverged hole; do
		run "$COWHERD" explain $hazard
		[ "$status" = 0 ]
		[[ $output == *"What helps"* ]]
	done
	run "$COWHERD" explain Z
	[ "$status" = 2 ]
}

@test "bisect names the commits" {
	run "$COWHERD" bisect seed.litmus
	echo "$output"
	[ "$status" = 0 ]
	[[ $output == *worse*v5.9-rc4*a308c71bf1e6*better*v5.19*a7f226604170* ]]
}

@test "list: all of them; unknown ones are answered" {
	for list in kernels commits rules ops hazards; do
		run "$COWHERD" list $list
		[ "$status" = 0 ]
		[ "${#lines[@]}" -ge 5 ]
	done
	run "$COWHERD" list rules --kernel v5.9,debian-11
	[ "$status" = 0 ]
	[[ $output == *"fork-small"*"v5.9"*"copy-pinned"* ]]
	run "$COWHERD" list kernls
	[ "$status" = 2 ]
	[[ $output == *'"kernels"'* ]]
}

@test "gen: the same for the same seed, and it parses" {
	"$COWHERD" gen --seed 7 >one
	"$COWHERD" gen --seed 7 >two
	cmp one two
	"$COWHERD" gen --count 20 -o generated
	[ "$(ls generated | wc -l)" = 20 ]
	run "$COWHERD" check --kernel v6.12 generated
	[ "$status" != 2 ]
	[[ ${lines[-1]} == "20 scenarios"* ]]
}

# ---- colour, output, signals ----

@test "colour: auto is none in a pipe; always; NO_COLOR, CLICOLOR_FORCE, TERM=dumb" {
	esc=$'\033'
	run "$COWHERD" explain --kernel v5.9-rc5 seed.litmus
	[[ $output != *$esc* ]]
	run "$COWHERD" explain --color=always --kernel v5.9-rc5 seed.litmus
	[[ $output == *$esc* ]]
	CLICOLOR_FORCE=1 run "$COWHERD" explain --kernel v5.9-rc5 seed.litmus
	[[ $output == *$esc* ]]
	CLICOLOR_FORCE=1 NO_COLOR=1 run "$COWHERD" explain --kernel v5.9-rc5 seed.litmus
	[[ $output != *$esc* ]]
	CLICOLOR_FORCE=1 run "$COWHERD" explain --color=never --kernel v5.9-rc5 seed.litmus
	[[ $output != *$esc* ]]
}

@test "colour on a terminal" {
	command -v script >/dev/null || skip "script(1) is not installed"
	esc=$'\033'
	run script -qec "'$COWHERD' explain --kernel v5.9-rc5 seed.litmus" /dev/null
	[[ $output == *$esc* ]]
	TERM=dumb run script -qec "'$COWHERD' explain --kernel v5.9-rc5 seed.litmus" /dev/null
	[[ $output != *$esc* ]]
}

@test "closed and full standard output: a message, 2" {
	for args in "list rules" "check seed.litmus" "explain D" "check --json seed.litmus" "--version" \
		    "help" "gen" "check --help"; do
		status=0
		# shellcheck disable=SC2086
		"$COWHERD" $args >/dev/full 2>err || status=$?
		echo "$args: $status: $(cat err)"
		[ "$status" = 2 ]
		grep -q 'cannot write' err
		status=0
		"$COWHERD" $args >&- 2>err || status=$?
		[ "$status" = 2 ]
	done
}

@test "a reader that goes away: 2, no signal" {
	run bash -c '"$COWHERD" gen --count 100000 2>err | head -n 1 >/dev/null; exit ${PIPESTATUS[0]}'
	[ "$status" = 2 ]
	grep -q 'Broken pipe' err
}

# Eight stores by each of six processes: more states than can be visited soon.
big()
{
	echo 'COW big'
	echo '{ anon x[6] = 0; }'
	echo 'A { fork(B); fork(C); fork(D); fork(E); fork(F); repeat 8 { x[0] = 1; x[0] = 2; } }'
	for p in B C D E F; do
		echo "$p { repeat 8 { x[1] = 1; x[1] = 2; x[2] = 3; } }"
	done
}

@test "SIGINT: says that the answer is incomplete, 3" {
	big >big.litmus
	env --default-signal=INT "$COWHERD" check --kernel v6.12 big.litmus >out 2>err &
	pid=$!
	sleep 1
	kill -INT $pid
	status=0
	wait $pid || status=$?
	cat out err
	[ "$status" = 3 ]
	grep -qi 'unknown\|incomplete\|interrupted' out err
}

@test "completion: commands, options, kernels" {
	# shellcheck source=/dev/null
	source "$COW_SOURCE/completions/cowherd.bash"
	complete_words()
	{
		COMP_WORDS=("$@")
		COMP_CWORD=$(($# - 1))
		_cowherd
		echo "${COMPREPLY[*]}"
	}
	[ "$(complete_words "$COWHERD" ch)" = check ]
	[[ $(complete_words "$COWHERD" check --k) == --kernel ]]
	[[ $(complete_words "$COWHERD" check --kernel debian-1) == *debian-11* ]]
	[[ $(complete_words "$COWHERD" list ru) == rules ]]
	[[ $(complete_words "$COWHERD" check se) == seed.litmus ]]
}
