# The commands of the project; CONTRIBUTING.md says when to use which.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
PREFIX ?= /usr/local
DESTDIR ?=

# One set of flags for every debug build, so that nothing is compiled twice.
SWIFT_FLAGS := -Xswiftc -warnings-as-errors
SOURCES := Sources Tests Package.swift

# A fully static program: it starts in about a millisecond. libxml2's archive needs what it was built with, but for the data
# of ICU, 30 MB that nothing would read. What everyday commands run lies side by side in it (scripts/function-order), which of
# Swift's linkers only lld can do, and only with functions that have a section each. Types that are made of generic ones are
# asked for by calls, not by names that the runtime has to take apart, and whose conformances it looks for in all that there
# are: a tenth of what a start takes of the processor. Room for the runtime's lists of such types is made when there are any:
# there would be 700 KB of it, on every page of which something is needed.
STATIC_FLAGS := -c release --product vmctl --scratch-path .build-static \
	-Xswiftc -Xfrontend -Xswiftc -disable-concrete-type-metadata-mangled-name-accessors \
	-Xswiftc -Xfrontend -Xswiftc -disable-preallocated-instantiation-caches \
	-Xswiftc -Xfrontend -Xswiftc -function-sections -Xcc -ffunction-sections \
	-Xswiftc -static-executable -Xlinker -licuuc -Xlinker $(CURDIR)/build/icudata.o -Xlinker -llzma -Xlinker -lz -Xlinker -lstdc++ -Xlinker -lm \
	-Xswiftc -use-ld=lld -Xlinker --no-warn-symbol-ordering \
	-Xlinker --symbol-ordering-file=$(CURDIR)/scripts/lib/function-order.txt

.PHONY: all build release deb test-deb test test-architectures check fuzz differential parity soak mutate walk demo bench reference \
	lint format install uninstall clean dependencies clients guest qemu10

all: build

dependencies:
	@scripts/install-dependencies

clients: dependencies
	@scripts/install-dependencies --clients

guest: dependencies
	@scripts/build-guest

qemu10: dependencies
	@scripts/fetch-qemu10

build: dependencies
	swift build $(SWIFT_FLAGS)

# The linker warns that a static program can still ask for shared libraries; ours never calls what would.
release: dependencies
	scripts/empty-icu-data build/icudata.o
	swift build $(STATIC_FLAGS) 2>&1 | \
		{ grep -v -E "requires at runtime the shared libraries|^/.*(in function|: In function)" || true; }
	@mkdir -p build/release
	@strip -o build/release/vmctl .build-static/release/vmctl
	@ls -l build/release/vmctl

# Debian packages in build/deb, and whether they do what they are for on an empty Debian.
deb: release
	scripts/build-deb build/release/vmctl build/deb

test-deb: deb
	scripts/test-deb build/deb

lint:
	swift format lint --strict --parallel --recursive $(SOURCES)
	scripts/check-sources
	scripts/mutate --check

format:
	swift format --in-place --parallel --recursive $(SOURCES)

# All that must hold: style, module rows, a build without warnings, the corpus score, unit tests and tests on real QEMU.
test: guest qemu10 clients lint
	swift build --build-tests $(SWIFT_FLAGS)
	scripts/corpus-score
	scripts/differential --check
	scripts/run-tests build/tests-1.log $(SWIFT_FLAGS) --filter MonitorJSONTests
	scripts/run-tests build/tests-2.log $(SWIFT_FLAGS) --skip MonitorJSONTests
	VMCTL_PROGRAM=$(CURDIR)/.build/debug/vmctl swift test \
		--package-path examples/embedding --scratch-path .build/embedding -Xswiftc -warnings-as-errors
	.build/embedding/debug/embedding
	rm -rf build/tutorial
	.build/embedding/debug/tutorial $(CURDIR)/build/tutorial $(CURDIR)/build/guest/cd.iso
	scripts/documentation
	scripts/check-units .build/debug/vmctl
	scripts/check-sockets .build/debug/vmctl
	scripts/check-clients .build/debug/vmctl
	scripts/parity .build/debug/vmctl --check
	scripts/check-import .build/debug/vmctl
	scripts/soak-server .build/debug/vmctl --calls 4000 --connects 200
	scripts/kill-walk .build/debug/vmctl --steps 150
	scripts/storage-walk .build/debug/vmctl --steps 80 --seed 23
	scripts/test-architectures .build/debug/vmctl --boot aarch64,riscv64
	scripts/count-skips build/tests-1.log build/tests-2.log

# A longer search for inputs that the readers and the session can't take; SECONDS says how long.
SECONDS ?= 60
fuzz: dependencies
	swift build --build-tests $(SWIFT_FLAGS)
	VMCTL_FUZZ_SECONDS=$(SECONDS) swift test --skip-build $(SWIFT_FLAGS) --filter FuzzTests
	scripts/fuzz domain $(SECONDS)
	scripts/fuzz monitor $(SECONDS)
	scripts/fuzz machine $(SECONDS)
	scripts/fuzz wire $(SECONDS)

# Whether anything is lost when processes are killed at any moment: make walk STEPS=5000.
STEPS := 5000
walk: build
	scripts/kill-walk "$(shell swift build $(SWIFT_FLAGS) --show-bin-path)/vmctl" --steps $(STEPS)
	scripts/storage-walk "$(shell swift build $(SWIFT_FLAGS) --show-bin-path)/vmctl" --steps $(STEPS)

# Machines of all architectures on real QEMU, and Debian's kernels of four of them.
test-architectures: build
	scripts/test-architectures "$(shell swift build $(SWIFT_FLAGS) --show-bin-path)/vmctl"

# The same virsh commands on libvirt's daemon and on ours; and a million calls, to see what a server keeps of them.
parity: dependencies
	swift build --product vmctl $(SWIFT_FLAGS)
	scripts/parity .build/debug/vmctl

soak: release
	scripts/soak-server build/release/vmctl

# Random documents, given to libvirt and to vmctl; COUNT says how many, SEED which.
COUNT ?= 1000
SEED ?= 1
differential: dependencies
	swift build --product vmctl $(SWIFT_FLAGS)
	scripts/differential --seed $(SEED) --count $(COUNT)

# Whether the tests notice realistic mistakes; hours for all, so say which: make mutate ARGS='--only VMCommands --own'.
mutate: guest qemu10
	nice scripts/mutate $(ARGS)

demo: release guest
	@scripts/demo build/release/vmctl

bench: release guest
	swift build $(subst --product vmctl,--product crowd,$(STATIC_FLAGS))
	@Benchmarks/run
	@Benchmarks/crowd
	@Benchmarks/domain
	@Benchmarks/planning
	@Benchmarks/hostile
	@Benchmarks/monitor

# Writes docs/domain-xml.md from the declarations in VMDomain.
reference: dependencies
	VMCTL_WRITE_REFERENCE=1 swift test $(SWIFT_FLAGS) --filter 'DomainReferenceTests|ProcedureReferenceTests'

# Where systemd looks for the units of users: beside the system's, or in a home's own place.
ifeq ($(PREFIX),$(HOME)/.local)
USER_UNITS ?= $(PREFIX)/share/systemd/user
else
USER_UNITS ?= $(PREFIX)/lib/systemd/user
endif
SYSTEM_UNITS ?= $(PREFIX)/lib/systemd/system

# All that scripts/install-files installs.
INSTALLED := $(PREFIX)/bin/vmctl \
	$(PREFIX)/share/man/man1/vmctl.1 \
	$(PREFIX)/share/bash-completion/completions/vmctl \
	$(PREFIX)/share/zsh/site-functions/_vmctl \
	$(PREFIX)/share/fish/vendor_completions.d/vmctl.fish \
	$(PREFIX)/lib/sysusers.d/vmctl.conf $(PREFIX)/share/vmctl/networks/default.xml \
	$(addprefix $(SYSTEM_UNITS)/,vmctl@.service vmctl-autostart.service) \
	$(addprefix $(SYSTEM_UNITS)/vmctl-libvirt,.service .socket -ro.socket) \
	$(addprefix $(USER_UNITS)/,vmctl@.service vmctl-autostart.service vmctl-libvirt.service vmctl-libvirt.socket)

install: release
	scripts/install-files build/release/vmctl '$(DESTDIR)' '$(PREFIX)' '$(SYSTEM_UNITS)' '$(USER_UNITS)'

uninstall:
	rm -f $(addprefix $(DESTDIR),$(INSTALLED))

clean:
	rm -rf .build .build-static build
