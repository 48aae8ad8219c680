# jetpack-start: make builds the binary; make demo shows it; make test checks everything.
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
STATICCHECK = honnef.co/go/tools/cmd/staticcheck@v0.8.2

.PHONY: all build demo test test-docker lint fuzz bench whmcs-zip clean

all: build

build:
	CGO_ENABLED=0 go build -trimpath -ldflags "-s -w -X jetpack-start/internal/cli.Version=$(VERSION)" -o jetpack-start .

# A real WordPress, the sandbox, a plan from beginning to end.
demo: build
	scripts/demo

# The golden scripts run twice: with a stub that plays wp, and on a real WordPress. Four at a time: many of them wait.
# Screenshots of the client area are kept in .build/client-area.
test: build lint
	scripts/wordpress deps
	JETPACK_START_TEST_WORDPRESS=1 JETPACK_START_TEST_ARTIFACTS=$(CURDIR)/.build/client-area go test -race -timeout 20m -parallel 4 ./...
	scripts/smoke

# A WordPress in a container, through --ssh=docker:…; needs root on Debian, and a minute for the image.
test-docker: build
	scripts/test-docker

lint:
	@files=$$(gofmt -l .); test -z "$$files" || { echo "gofmt would change: $$files"; exit 1; }
	go vet ./...
	go mod tidy -diff
	go run $(STATICCHECK) ./...
	scripts/lint-shell

# Each fuzz target for a while; FUZZTIME=5m for longer.
FUZZTIME ?= 20s
fuzz:
	scripts/fuzz $(FUZZTIME)

# Times as ratios, in one run; fails where a bar is missed. Then a ledger of a million entries, which is too slow under
# the race detector that make test runs with, and what a Create of WHMCS takes.
bench: build
	scripts/wordpress deps
	go run ./scripts/bench
	go test -count=1 -v -run "TestMillion|TestWHMCSCost" ./internal/e2e ./internal/ledger

# The WHMCS module with its binaries; unpacked in WHMCS's root, it is installed.
whmcs-zip:
	go run ./scripts/whmcszip $(VERSION) jetpack-start-whmcs.zip
	@echo "jetpack-start-whmcs.zip is made: unzip it in WHMCS's root, then see docs/whmcs.md"

clean:
	rm -f jetpack-start jetpack-start-whmcs.zip
