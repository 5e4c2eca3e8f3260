# The everyday commands. Each installs the Debian packages it needs and that are missing (it says
# which, and needs root or sudo for that); meson.build has the rest.
#
#   make          builds build/latchkey                      (make WEB=false: without its pages and npm)
#   make run      serves on 127.0.0.1:8080, data in ./data   (make run ARGS='--listen 127.0.0.1:9000')
#   make test     every test; make test-unit, test-race, test-fuzz, test-tools, test-contract, test-http,
#                 test-openapi, test-cli, test-client, test-proxy, test-web, test-browser, test-fault run one layer
#   make fuzz     every fuzz target for 60 s each            (make fuzz SECONDS=600)
#   make bench    the speeds, beside the goals
#   make format   lays out the C sources;  make lint looks for what the compilers don't see
#   make deb      Debian packages of the daemon and of the nginx module, in build/
#   make install  into $(DESTDIR)$(PREFIX);  make clean removes build/
BUILD = build
PREFIX = /usr/local
VERSION = $(shell sed -n "s/^ *version: '\(.*\)',/\1/p" meson.build | head -1)
DESTDIR =
SECONDS = 60
WEB = true
ARGS =

all: build

build: deps-build $(BUILD)/build.ninja
	@ninja -C $(BUILD)

$(BUILD)/build.ninja: meson_options.txt
	@meson setup $(BUILD) $(if $(wildcard $@),--reconfigure) -Dtests=false -Dweb=$(WEB) --prefix=$(PREFIX)

run: build
	@exec $(BUILD)/latchkey serve --listen 127.0.0.1:8080 --data ./data $(ARGS)

test: build deps-test
	@tools/test

test-%: build deps-test
	@tools/test $*

fuzz: deps-test
	@tools/test --fuzz-seconds $(SECONDS) fuzz

bench: build deps-bench
	@tools/bench/run
	@tools/bench/gateway
	@tools/bench/pages
	@tools/bench/scale

format: deps-lint
	@git ls-files -co --exclude-standard '*.c' '*.h' | xargs -r clang-format -i

lint: deps-lint
	@tools/lint

deb: build deps-deb
	@packaging/build-deb $(BUILD) $(VERSION)

install: build
	@meson install -C $(BUILD) --no-rebuild $(if $(DESTDIR),--destdir $(DESTDIR))

clean:
	rm -rf $(BUILD)

deps-build:
	@tools/install-deps build $(if $(filter true,$(WEB)),web)

deps-%:
	@tools/install-deps $*

.PHONY: all build run test fuzz bench format lint deb install clean
