# What is installed, and where: make install, make uninstall.

PREFIX ?= /usr/local
BINDIR ?= $(PREFIX)/bin
INCLUDEDIR ?= $(PREFIX)/include
LIBDIR ?= $(PREFIX)/lib
MANDIR ?= $(PREFIX)/share/man
DESTDIR ?=

# As pvlock.h says.
version_part = $(shell sed -n 's/^.define PVLOCK_VERSION_$(1) //p' include/pvlock.h)
VERSION := $(call version_part,MAJOR).$(call version_part,MINOR).$(call version_part,PATCH)

PROGRAMS := $(if $(RUN_SOURCES),pvlock-run)
PUBLIC_HEADERS := $(notdir $(wildcard include/pvlock.h include/pvlock.hpp))
PAGES := $(notdir $(wildcard man/*.1 man/*.3))
# A page is found by every name that it has: what NAME lists besides its own leads to it.
NAMES_OF_PAGE = sed -n '/^\.Sh NAME/,/^\.Nd/s/^\.Nm \([a-z_]*\).*/\1/p'
section = $(patsubst .%,%,$(suffix $(1)))
links = $(foreach name,$(filter-out $(basename $(1)),$(shell $(NAMES_OF_PAGE) man/$(1))),$(name)$(suffix $(1)):$(1))
LINKS = $(foreach page,$(PAGES),$(call links,$(page)))
page_of = $(word 2,$(subst :, ,$(1)))
link_of = $(word 1,$(subst :, ,$(1)))

define newline


endef

install: all
	install -d $(addprefix $(DESTDIR),$(BINDIR) $(INCLUDEDIR) $(LIBDIR)/pkgconfig $(MANDIR)/man1 $(MANDIR)/man3)
	$(foreach p,$(PROGRAMS),install -m 755 $(BUILD)/$(p) $(DESTDIR)$(BINDIR)$(newline)	)
	install -m 644 $(addprefix include/,$(PUBLIC_HEADERS)) $(DESTDIR)$(INCLUDEDIR)
	install -m 644 $(BUILD)/libpvlock.a $(DESTDIR)$(LIBDIR)
	install -m 644 $(BUILD)/libpvlock.so $(DESTDIR)$(LIBDIR)/libpvlock.so.$(VERSION)
	ln -sf libpvlock.so.$(VERSION) $(DESTDIR)$(LIBDIR)/$(SONAME)
	ln -sf $(SONAME) $(DESTDIR)$(LIBDIR)/libpvlock.so
	sed 's|@PREFIX@|$(PREFIX)|; s|@INCLUDEDIR@|$(INCLUDEDIR)|; s|@LIBDIR@|$(LIBDIR)|; s|@VERSION@|$(VERSION)|' pvlock.pc.in \
	    > $(DESTDIR)$(LIBDIR)/pkgconfig/pvlock.pc
	$(foreach p,$(PAGES),install -m 644 man/$(p) $(DESTDIR)$(MANDIR)/man$(call section,$(p))$(newline)	)
	$(foreach l,$(LINKS),echo '.so man$(call section,$(call page_of,$(l)))/$(call page_of,$(l))' \
	    > $(DESTDIR)$(MANDIR)/man$(call section,$(call page_of,$(l)))/$(call link_of,$(l))$(newline)	)

# Leaves the directories: they may be everybody's.
uninstall:
	rm -f $(addprefix $(DESTDIR)$(BINDIR)/,$(PROGRAMS)) $(addprefix $(DESTDIR)$(INCLUDEDIR)/,$(PUBLIC_HEADERS)) \
	    $(addprefix $(DESTDIR)$(LIBDIR)/,libpvlock.a libpvlock.so $(SONAME) libpvlock.so.$(VERSION) pkgconfig/pvlock.pc) \
	    $(foreach p,$(PAGES) $(foreach l,$(LINKS),$(call link_of,$(l))),$(DESTDIR)$(MANDIR)/man$(call section,$(p))/$(p))

.PHONY: install uninstall
