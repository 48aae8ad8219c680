# jetpack-start: make builds the binary; make demo shows it; make test checks everything.
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
MODULE_PATH = $(shell go list -m)
FUZZTIME ?= 20s

# Tools that run from the module cache, at these versions.
GOFUMPT = mvdan.cc/gofumpt@v0.12.0
GOTESTSUM = gotest.tools/gotestsum@v1.13.0
STATICCHECK = honnef.co/go/tools/cmd/staticcheck@v0.8.2

.PHONY: all build demo test test-docker lint docs fuzz bench whmcs-zip rename clean

all: build

build:
	CGO_ENABLED=0 go build -trimpath -buildvcs=auto \
		-ldflags "-s -w -X $(MODULE_PATH)/internal/cli.Version=$(VERSION)" -o jetpack-start .

# A real WordPress, the sandbox, a plan from beginning to end.
demo: build
	scripts/demo

# The golden scripts run twice: with a stub for wp, and on a real WordPress, a few of them on four
# versions of PHP as well. Most of their time is waiting, so many run at once. The report says what
# was skipped, and why; with CI=true a suite that didn't run is a failure. Screenshots of the client
# area are kept in .build/client-area.
test: build lint
	scripts/wordpress deps
	mkdir -p .build
	JETPACK_START_TEST_WORDPRESS=1 JETPACK_START_TEST_ARTIFACTS=$(CURDIR)/.build/client-area \
		go run $(GOTESTSUM) --format=pkgname --hide-summary=skipped,output \
		--jsonfile=.build/test.json -- -race -timeout 40m -parallel 16 ./...; \
		status=$$?; go run ./scripts/testreport .build/test.json && exit $$status
	scripts/smoke "$(VERSION)"
	scripts/demo >.build/demo.log 2>&1 || { cat .build/demo.log; exit 1; }

# A WordPress in a container, through --ssh=docker:…; needs root on Debian, and minutes for its
# image the first time.
test-docker:
	JETPACK_START_TEST_DOCKER=1 go test -count=1 -v -run TestDocker ./internal/e2e

lint:
	@files=$$(go run $(GOFUMPT) -l .); test -z "$$files" || { echo "gofumpt would change: $$files"; exit 1; }
	go vet ./...
	go mod tidy -diff
	go run $(STATICCHECK) -checks all ./...
	scripts/lint-lines
	scripts/lint-shell

# docs/reference and docs/man, from the commands.
docs:
	go run ./scripts/docs

# Each fuzz target for a while; FUZZTIME=5m for longer.
fuzz:
	scripts/fuzz $(FUZZTIME)

# Times as ratios, in one run; fails if a limit is missed. Then a ledger of a million entries, which
# is too slow under the race detector that make test runs with, and what a Create of WHMCS takes.
bench: build
	scripts/wordpress deps
	go run ./scripts/bench
	go test -count=1 -v -run "TestMillion|TestWHMCSCost" ./internal/e2e ./internal/ledger

# The WHMCS module with its binaries; unpacked in WHMCS's root, it is installed.
whmcs-zip:
	go run ./scripts/whmcszip $(VERSION) jetpack-start-whmcs.zip
	@echo "jetpack-start-whmcs.zip is made: unzip it in WHMCS's root, then see docs/whmcs.md"

# The path under which the module is published, everywhere: make rename MODULE=host/owner/name
rename:
	@scripts/rename "$(MODULE)"

clean:
	rm -f jetpack-start jetpack-start-whmcs.zip
