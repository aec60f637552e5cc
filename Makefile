# SPDX-License-Identifier: GPL-2.0
# For people; the kernel's build reads Kbuild. "make help" lists the targets.

KDIR ?= /lib/modules/$(shell uname -r)/build
VERSION := $(shell sed -n 's/^PACKAGE_VERSION="\(.*\)"/\1/p' dkms.conf)

PREFIX ?= /usr/local
SBINDIR ?= $(PREFIX)/sbin
DATADIR ?= $(PREFIX)/share
MANDIR ?= $(DATADIR)/man
DKMS_SRC = /usr/src/vmxprobe-$(VERSION)

all: module tool

module:
	$(MAKE) -C "$(KDIR)" M="$(CURDIR)" modules

tool:
	$(MAKE) -C userspace

# Signing is for DKMS, which has a key; and without a System.map beside the headers the kernel's
# own rule skips depmod.
install: module install-tool
	$(MAKE) -C "$(KDIR)" M="$(CURDIR)" INSTALL_MOD_DIR=updates INSTALL_MOD_PATH="$(DESTDIR)" \
		CONFIG_MODULE_SIG_ALL= modules_install
	[ -n "$(DESTDIR)" ] || depmod "$$($(MAKE) -s -C "$(KDIR)" kernelrelease)"

install-tool: tool
	install -D -m 755 userspace/vmxprobe $(DESTDIR)$(SBINDIR)/vmxprobe
	install -D -m 644 userspace/vmxprobe.8 $(DESTDIR)$(MANDIR)/man8/vmxprobe.8
	install -D -m 644 userspace/vmxprobe-report.schema.json \
		$(DESTDIR)$(DATADIR)/vmxprobe/vmxprobe-report.schema.json
	install -D -m 644 userspace/completion.bash \
		$(DESTDIR)$(DATADIR)/bash-completion/completions/vmxprobe

# DKMS builds the module anew for each kernel that is installed later, from a copy of its sources.
dkms-source:
	install -d $(DKMS_SRC)
	tar -c Kbuild dkms.conf module/*.[chS] netlink/*.[ch] | tar -x -C $(DKMS_SRC)

dkms-install: install-tool dkms-remove dkms-source
	dkms add -m vmxprobe -v $(VERSION)
	dkms install -m vmxprobe -v $(VERSION)

dkms-remove:
	if [ -n "$$(dkms status -m vmxprobe -v $(VERSION) 2>/dev/null)" ]; then \
		dkms remove -m vmxprobe -v $(VERSION) --all; \
	fi
	rm -rf $(DKMS_SRC)

uninstall-tool:
	rm -f $(DESTDIR)$(SBINDIR)/vmxprobe $(DESTDIR)$(MANDIR)/man8/vmxprobe.8 \
		$(DESTDIR)$(DATADIR)/bash-completion/completions/vmxprobe
	rm -rf $(DESTDIR)$(DATADIR)/vmxprobe

# Whatever of the two ways it was installed by.
uninstall: uninstall-tool dkms-remove
	for ko in /lib/modules/*/updates/vmxprobe.ko*; do \
		[ ! -e "$$ko" ] || { rm -f "$$ko"; dir=$${ko%/updates/*}; depmod "$${dir##*/}"; }; \
	done

check:
	tests/run

demo:
	tests/demo

matrix:
	tests/matrix

bench:
	tests/bench/run

clean:
	[ ! -d "$(KDIR)" ] || $(MAKE) -C "$(KDIR)" M="$(CURDIR)" clean
	$(MAKE) -C userspace clean
	rm -rf build

help:
	@echo 'make                  build the module and the tool'
	@echo 'make module KDIR=DIR  build the module for the kernel headers in DIR'
	@echo 'make tool             build the tool'
	@echo 'make install          install both for the running kernel (as root)'
	@echo 'make dkms-install     install the tool, and the module by DKMS (as root)'
	@echo 'make uninstall        remove what either installed (as root)'
	@echo 'make demo             boot emulated silicon and print the report'
	@echo 'make check            run all tests'
	@echo 'make matrix           build the module for all kernels of Debian, bullseye to sid'
	@echo 'make bench            measure what probing costs, on emulated silicon'
	@echo 'make clean            remove what was built'

.PHONY: all module tool install install-tool dkms-source dkms-install dkms-remove \
	uninstall uninstall-tool check demo matrix bench clean help
