# Every command of the project; README.md explains them. Needs Rust, Python 3.10 or later, Node 20 or later, make.
# Targets install their tools into .tools/ and the node_modules/ folders of the project, nothing into the system.

PYTHON ?= python3
TOOLS := .tools
LOCAL := $(TOOLS)/venv/bin/python infra/local
CARGO_DENY := 0.20.2
CARGO_MACHETE := 0.9.2
CARGO_NEXTEST := 0.9.143
UV := 0.13.9
PIP_AUDIT := 2.10.1

# Marks of what is installed carry a checksum of the pins: they outlive a checkout that only touches the files.
sum = $(shell cksum < $(1) | tr ' ' -)
VENV := $(TOOLS)/venv/.installed-$(call sum,infra/local/requirements.txt)
CHECKOV := $(TOOLS)/venv-checkov/.installed-$(call sum,infra/local/requirements-checkov.txt)
CATCHER := infra/local/node_modules/.installed-$(call sum,infra/local/package-lock.json)
POLICIES := infra/policies/node_modules/.installed-$(call sum,infra/policies/package-lock.json)
DEPLOYED := $(TOOLS)/venv-deployed/.installed-$(call sum,infra/deployed/requirements.txt)
WEB := functions/portal/web/node_modules/.installed-$(call sum,functions/portal/web/package-lock.json)
API := $(TOOLS)/venv-api/.installed-$(call sum,tests/api/requirements.txt)
API_NODE := tests/api/node_modules/.installed-$(call sum,tests/api/package-lock.json)
DENY := $(TOOLS)/.cargo-deny-$(CARGO_DENY)
MACHETE := $(TOOLS)/.cargo-machete-$(CARGO_MACHETE)
# The machine's own cargo-nextest serves as well.
NEXTEST := $(if $(shell command -v cargo-nextest),,$(TOOLS)/.cargo-nextest-$(CARGO_NEXTEST))

# `make call PATH=…` names a path of the API: programs are found where they always are.
ifeq ($(origin PATH),command line)
API_PATH := $(value PATH)
override export PATH := /usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
endif

export PORT STATE ISSUER AUDIENCE
# Taken as typed: `$`, quotes and braces reach the API untouched.
call: export CALL_LOGIN = $(value LOGIN)
call: export CALL_METHOD = $(value METHOD)
call: export CALL_PATH = $(value API_PATH)
call: export CALL_BODY = $(value BODY)
export PYTHONDONTWRITEBYTECODE := 1

.PHONY: help page openapi run up down test token send call mails redrive rejected logs watch invoke bench build deploy smoke unsubscribe pins advisories template
.DELETE_ON_ERROR:

help:
	@echo "make run            the local stack in the foreground, with demo data; Ctrl-C ends it"
	@echo "make up, make down  the same in the background; again: deploys what changed"
	@echo "make test           every check"
	@echo "make token LOGIN=   a token of a demo login"
	@echo "make send EVENT=    puts the events of a file on the local bus; with STACK=, on that of a stack on AWS"
	@echo "make call METHOD= PATH=   an API call; with LOGIN= as a demo login, with BODY= a body"
	@echo "make mails TO=      mails as text, newest last"
	@echo "make redrive QUEUE= dead letters back into their queue; make rejected prints what was refused"
	@echo "make logs           what the functions logged"
	@echo "make watch          cargo lambda watch against the local stack's table; with LOGIN=, every route as a demo login"
	@echo "make invoke FUNCTION= EVENT=   cargo lambda invoke, while make watch runs; with LOGIN=, a sample as a demo login"
	@echo "make deploy STAGE=  builds, deploys to AWS, says what the DNS lacks"
	@echo "make smoke STACK=   checks a deployed stack point by point; the local one without STACK="
	@echo "make build          deployable zips, ARCH=x86_64 or arm64"
	@echo "make unsubscribe FILE=   what a mail to the mailbox for unsubscribing asks; with STACK=, on AWS"
	@echo "make page           the account page anew, after a change of its sources"
	@echo "make openapi        the API description anew, after a change of routes"
	@echo "make template       the template's routes, log groups and alarms anew, after a change of routes or functions"
	@echo "make bench          this project's benchmark"
	@echo "make advisories     known vulnerabilities of what is pinned, from the network"
	@echo "make pins           the Python tools' versions and hashes anew, after a change of a requirements.in"

# PORT= fixes the ports (it and the next two), STATE= the state directory (.local); ISSUER= and AUDIENCE= name another issuer of logins.
run up: $(VENV) $(CATCHER) page
	@$(LOCAL)/stage.py dev
	@$(LOCAL)/stack.py $@

down: $(VENV)
	@$(LOCAL)/stack.py down

token: $(VENV)
	@$(LOCAL)/stack.py token "$(LOGIN)"

# With STACK=, a stack on AWS.
send: $(VENV) $(if $(STACK),$(DEPLOYED))
	@$(if $(STACK),$(TOOLS)/venv-deployed/bin/python infra/deployed/send_events.py "$(STACK)",$(LOCAL)/stack.py send) "$(EVENT)"

logs: $(VENV)
	@$(LOCAL)/stack.py logs

watch: $(VENV)
	@$(LOCAL)/stack.py watch "$(LOGIN)"

invoke: $(VENV)
	@$(LOCAL)/stack.py invoke "$(FUNCTION)" "$(EVENT)" "$(LOGIN)"

call: $(VENV)
	@$(LOCAL)/stack.py call -- "$$CALL_LOGIN" "$$CALL_METHOD" "$$CALL_PATH" "$$CALL_BODY"

mails: $(VENV)
	@$(LOCAL)/stack.py mails "$(TO)"

redrive: $(VENV)
	@$(LOCAL)/stack.py redrive "$(QUEUE)"

rejected: $(VENV)
	@$(LOCAL)/stack.py rejected

build: $(VENV) page
	@$(LOCAL)/stage.py zips "$(or $(ARCH),x86_64)"

# Bundles « Mon compte » into functions/portal/web/dist, which is committed: cargo needs no Node. Touches only what differs.
page: $(WEB)
	@cd functions/portal/web && node build.mjs >/dev/null

# Writes functions/portal/openapi.json anew, from the routes and their types.
openapi:
	@UPDATE_OPENAPI=1 cargo test --quiet --locked --package vigie-tests --test openapi

# Writes anew what of the template and of cargo-lambda's settings follows from the code: routes, log groups, alarms.
template:
	@UPDATE_TEMPLATE=1 cargo test --quiet --locked --package vigie-tests --test generated

# Builds, deploys with samconfig.toml's parameters, and says what the DNS still lacks. ARCH= as in `make build`.
deploy: $(VENV) $(DEPLOYED) page
	@$(TOOLS)/venv-deployed/bin/python infra/deployed/deploy.py "$(STAGE)" "$(ARCH)"

# Without STACK=, or with STACK=local, the local stack.
smoke: $(DEPLOYED)
	@$(TOOLS)/venv-deployed/bin/python infra/deployed/smoke.py "$(STACK)"

# What a mail to the mailbox for unsubscribing asks. FILE= is the mail; the shell sees nothing of what is in it.
unsubscribe: $(DEPLOYED)
	@$(TOOLS)/venv-deployed/bin/python infra/deployed/unsubscribe.py "$(STACK)" "$(FILE)"

test: $(VENV) $(CATCHER) $(WEB) $(POLICIES) $(DEPLOYED) $(API) $(API_NODE) $(CHECKOV) $(DENY) $(MACHETE) $(NEXTEST)
	@$(LOCAL)/checks.py

bench: $(VENV) $(CATCHER)
	@$(LOCAL)/stage.py release
	@$(TOOLS)/venv/bin/python bench/run.py

# Locks the Python tools anew: each requirements.in becomes a requirements.txt with the hash of every file.
pins: $(VENV)
	@$(PYTHON) -m venv --clear $(TOOLS)/venv-pins
	@$(TOOLS)/venv-pins/bin/pip install --quiet --disable-pip-version-check uv==$(UV)
	@$(LOCAL)/pins.py $(TOOLS)/venv-pins/bin/uv

# Known vulnerabilities of every pinned package, as of today: from the network, so not part of `make test`.
advisories: $(DENY)
	@$(PYTHON) -m venv --clear $(TOOLS)/venv-audit
	@$(TOOLS)/venv-audit/bin/pip install --quiet --disable-pip-version-check pip-audit==$(PIP_AUDIT)
	@status=0; \
	$(TOOLS)/bin/cargo-deny --workspace --locked check advisories || status=1; \
	for pins in $$(git ls-files '*requirements*.txt'); do \
	  echo "→ $$pins"; $(TOOLS)/venv-audit/bin/pip-audit --disable-pip --require-hashes --requirement $$pins || status=1; \
	done; \
	for lock in $$(git ls-files '*package-lock.json'); do \
	  echo "→ $$lock"; (cd $$(dirname $$lock) && npm audit --package-lock-only --audit-level=high) || status=1; \
	done; \
	exit $$status

$(VENV):
	@echo "→ Installing the Python tools into $(TOOLS)/venv (about a minute) …" >&2
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.10 or later is needed" if sys.version_info < (3, 10) else 0)'
	@$(PYTHON) -m venv --clear $(TOOLS)/venv
	@$(TOOLS)/venv/bin/pip install --quiet --disable-pip-version-check --require-hashes --requirement infra/local/requirements.txt >&2
	@touch $@

$(CHECKOV):
	@echo "→ Installing checkov into $(TOOLS)/venv-checkov (half a minute) …" >&2
	@$(PYTHON) -m venv --clear $(TOOLS)/venv-checkov
	@$(TOOLS)/venv-checkov/bin/pip install --quiet --disable-pip-version-check --require-hashes --requirement infra/local/requirements-checkov.txt >&2
	@touch $@

$(CATCHER):
	@echo "→ Installing the mail catcher into infra/local/node_modules …" >&2
	@node -e 'process.versions.node.split(".")[0] >= 20 || (console.error("Node 20 or later is needed"), process.exit(1))'
	@cd infra/local && npm ci --loglevel=error --no-progress >&2
	@touch $@

$(DEPLOYED):
	@echo "→ Installing what looks at deployed stacks into $(TOOLS)/venv-deployed (a quarter of a minute) …" >&2
	@$(PYTHON) -m venv --clear $(TOOLS)/venv-deployed
	@$(TOOLS)/venv-deployed/bin/pip install --quiet --disable-pip-version-check --require-hashes --requirement infra/deployed/requirements.txt >&2
	@touch $@

$(POLICIES):
	@echo "→ Installing the simulator of IAM into infra/policies/node_modules …" >&2
	@cd infra/policies && npm ci --loglevel=error --no-progress >&2
	@touch $@

$(WEB):
	@echo "→ Installing what the account page is made with into functions/portal/web/node_modules …" >&2
	@cd functions/portal/web && npm ci --loglevel=error --no-progress >&2
	@touch $@

$(API):
	@echo "→ Installing what makes clients and requests of the API's description into $(TOOLS)/venv-api (half a minute) …" >&2
	@$(PYTHON) -m venv --clear $(TOOLS)/venv-api
	@$(TOOLS)/venv-api/bin/pip install --quiet --disable-pip-version-check --require-hashes --requirement tests/api/requirements.txt >&2
	@touch $@

$(API_NODE):
	@echo "→ Installing what reads the API's description into tests/api/node_modules …" >&2
	@cd tests/api && npm ci --ignore-scripts --loglevel=error --no-progress >&2
	@touch $@

# Built without optimisation, which would take minutes: these tools run for seconds.
$(DENY):
	@echo "→ Building cargo-deny into $(TOOLS)/bin (a minute) …" >&2
	@cargo install --locked --debug --root $(TOOLS) --no-default-features --version $(CARGO_DENY) cargo-deny >&2
	@touch $@

$(MACHETE):
	@echo "→ Building cargo-machete into $(TOOLS)/bin (half a minute) …" >&2
	@cargo install --locked --debug --root $(TOOLS) --version $(CARGO_MACHETE) cargo-machete >&2
	@touch $@

$(TOOLS)/.cargo-nextest-$(CARGO_NEXTEST):
	@echo "→ Building cargo-nextest into $(TOOLS)/bin (some minutes) …" >&2
	@cargo install --locked --root $(TOOLS) --no-default-features --features default-no-update --version $(CARGO_NEXTEST) cargo-nextest >&2
	@touch $@
