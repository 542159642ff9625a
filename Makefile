# SPDX-License-Identifier: GPL-2.0-only OR MIT
#
#   make            build                   make run    check, explain and run the seed's scenarios
#   make test       every test              make fuzz   fuzz the parsers for FUZZ_SECONDS each
#   make install    into DESTDIR, prefix    make bench  times, beside SPIN (spin, hyperfine)
#   make clean
#
# SAN=address,undefined builds with sanitizers; with it, `make test` runs
# the whole suite in that build only.

prefix ?= /usr/local
FUZZ_SECONDS ?= 600
SAN ?=
BUILD ?= build/$(if $(SAN),$(subst $(comma),-,$(SAN)),default)
comma := ,

all: $(BUILD)/build.ninja
	@ninja -C $(BUILD) $(if $(V),-v) --quiet

$(BUILD)/build.ninja:
	@build-aux/setup.sh $(BUILD) "" "$(SAN)"

run:
	@build-aux/install-deps.sh build
	@$(MAKE) --no-print-directory all
	@build-aux/run.sh $(BUILD)/src/cmd/cowherd

test:
	@build-aux/install-deps.sh build test
	@tests/run.sh $(SAN)

fuzz:
	@build-aux/install-deps.sh build test
	@fuzz/run.sh $(FUZZ_SECONDS)

bench: all
	@bench/run.sh $(BUILD)/src/cmd/cowherd

install: all
	@meson configure $(BUILD) --prefix $(abspath $(prefix))
	@meson install -C $(BUILD)

clean:
	rm -rf build

.PHONY: all run test fuzz bench install clean
