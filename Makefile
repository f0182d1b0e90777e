# Every target installs what it needs when it runs as root on Debian, and else prints the one line that does.
SWIFT ?= swift
# How the program is built to be used; RELEASE_PATH is another folder for that, so that it can be built beside tests.
RELEASE = $(SWIFT) build -c release $(if $(RELEASE_PATH),--scratch-path $(RELEASE_PATH))
PREFIX ?= /usr/local
DEMO ?= demo

.PHONY: demo test check format bench namespaces clients faults install packages bench-packages \
	namespace-packages client-packages test-packages check-packages build

## demo: servers, agent, store and report on this machine, in about a minute (after the first build)
demo: packages build
	"$$($(RELEASE) --show-bin-path)/probe" demo --out "$(DEMO)"

# Tests whose clocks run while data flows on real sockets, or while a command runs: one at a time, or they would measure one another.
MEASURING = ^(SecretsTests|SocketsTests|TransferTests|BtestTests|RMBTTests|RMBTControlTests|ProbesTests|AgentTests|ServingTests|CommandLineTests)

## test: all tests
test: packages test-packages
	$(SWIFT) build --build-tests
	$(SWIFT) test --skip-build --skip '$(MEASURING)'
	$(SWIFT) test --skip-build --no-parallel --filter '$(MEASURING)'

## check: format lint (strict), module arrows and names, and a build in which warnings are errors
check: packages check-packages
	$(SWIFT) format lint --strict --recursive Package.swift Sources Tests Benchmarks
	scripts/check_arrows.py
	$(SWIFT) build --build-tests

## format: rewrite the sources in the project's format
format:
	$(SWIFT) format --in-place --recursive Package.swift Sources Tests Benchmarks

## bench: throughput beside iperf3 in one run, a server under load, handshakes, memory of an idle agent
bench: bench-packages build
	$(SWIFT) build -c release --package-path Benchmarks --product LoginBenchmark
	scripts/bench.py "$$($(RELEASE) --show-bin-path)/probe" \
		"$$($(SWIFT) build -c release --package-path Benchmarks --show-bin-path)/LoginBenchmark"
	$(SWIFT) run -c release --package-path Benchmarks HandshakeBenchmark

## namespaces: btest and RMBT over links of 50 Mbit/s between network namespaces; needs root
namespaces: namespace-packages build
	scripts/namespace_test.py "$$($(RELEASE) --show-bin-path)/probe"

## clients: a browser, the RMBT client of PyPI and HTTP clients of others against the Control Server and the RMBT server
clients: client-packages build
	scripts/check_page.py "$$($(RELEASE) --show-bin-path)/probe"
	scripts/check_stock_client.py "$$($(RELEASE) --show-bin-path)/probe"

## faults: an agent whose store is locked, full, moved, deleted and replaced, and one that is killed 100 times
faults: packages build
	scripts/store_faults.py "$$($(RELEASE) --show-bin-path)/probe"
	scripts/kill_agent.py "$$($(RELEASE) --show-bin-path)/probe" 100

## install: the program as $(PREFIX)/bin/probe, and a link `btest` to it that takes btest-rs's options, unless another btest is there
install: packages build
	install -D -m 0755 "$$($(RELEASE) --show-bin-path)/probe" "$(DESTDIR)$(PREFIX)/bin/probe"
	@cd "$(DESTDIR)$(PREFIX)/bin" && if [ -L btest ] || [ ! -e btest ]; then ln -sfn probe btest; \
	else echo "$(PREFIX)/bin/btest is another program and stays; \`ln -sf probe btest\` there replaces it"; fi

build:
	$(RELEASE) --product probe

packages:
	@scripts/packages.sh libsqlite3-dev libssl-dev pkg-config sqlite3

check-packages: packages
	@scripts/packages.sh python3

test-packages: packages
	@scripts/packages.sh strace

bench-packages: packages
	@scripts/packages.sh iperf3 python3

namespace-packages: packages
	@scripts/packages.sh iproute2 nftables python3

client-packages: packages
	@scripts/packages.sh chromium curl wget gcc libc6-dev python3 python3-dev python3-venv zstd
