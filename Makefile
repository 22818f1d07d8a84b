.PHONY: help run test drill bench texts lock

help:  ## What can be done here
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/'

run: .venv/ready  ## Run everything with invented offices and staff: http://127.0.0.1:8000/
	.venv/bin/paligs serve --demo

test: .venv/ready  ## Lint, types and all tests, on SQLite and PostgreSQL, with a browser
	.ci/tools
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/python -m tests.house.learn & learning=$$!; .venv/bin/pyright && wait $$learning
	.venv/bin/python -m pytest -n 2 --dist loadgroup

drill: .venv/ready  ## The long drills in full, with their figures
	.ci/tools
	PALIGS_DRILL=full .venv/bin/python -m pytest -m drill -s

bench: .venv/ready  ## The figures of speed
	.venv/bin/python -m pytest tests/benchmarks -m benchmark -s

texts: .venv/ready  ## Compile the translations after editing a .po file
	.venv/bin/python -m tests.house.compile_texts

lock: .venv/ready  ## Lock the dependencies anew, with hashes
	.venv/bin/uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
		--no-annotate --no-header --group dev -q pyproject.toml -o requirements.lock

.venv/ready: requirements.lock pyproject.toml .ci/setup
	.ci/setup
	@touch $@
