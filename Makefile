# Two commands: `make bench` does the main job, `make test` passes the tests.
.PHONY: bench test lint env clean
VENV := .venv
STAMP := $(VENV)/.made

bench: $(STAMP)
	$(VENV)/bin/zarr-cryoet bench

test: $(STAMP)
	$(VENV)/bin/python -m pytest -n 2

lint: $(STAMP)
	$(VENV)/bin/ruff check
	$(VENV)/bin/ruff format --check
	$(VENV)/bin/lint-imports

env: $(STAMP)

# The interpreter is looked for only when the environment has to be made.
$(STAMP): pyproject.toml
	@python="$(PYTHON)"; test -n "$$python" || python=$$(sh tools/find-python) || exit 2; \
	echo "making $(VENV) with $$python"; \
	rm -rf $(VENV) && "$$python" -m venv $(VENV)
	$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@

clean:
	rm -rf $(VENV) env html .history .zarr-cryoet .asv.zarr-cryoet.json
