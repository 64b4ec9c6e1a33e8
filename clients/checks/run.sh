#!/usr/bin/env bash
# Builds and tries the shipped clients, and clients that generators make of the OpenAPI document, against a running
# service. Needs `make setup`, Node 20 with npm, and what it finds of Java and Go; says what it could not try.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

work=build/clients
checks=clients/checks
python=$PWD/.venv/bin/python
made=$PWD/$work/venv/bin
export PATH=$PWD/$work/npm/node_modules/.bin:$PATH
mkdir -p "$work/npm"

step() { # NAME COMMAND...: runs it, and shows what it said only when it fails; commands bound their own time
    local name=$1 began=$SECONDS
    shift
    if "$@" >"$work/step.log" 2>&1; then
        echo "ok    $name ($((SECONDS - began)) s)"
    else
        tail -60 "$work/step.log"
        echo "FAILED $name"
        exit 1
    fi
}

install_tools() {
    "$python" -m venv "$work/venv"
    "$made/pip" install --quiet --disable-pip-version-check -r "$checks/requirements.txt"
    cp "$checks/package.json" "$checks/package-lock.json" "$work/npm"
    npm ci --prefix "$work/npm" --silent --no-audit --no-fund
}

python_types() {
    rm -rf "$work/python"
    cp -r clients/python "$work/python"
    "$made/datamodel-codegen" --input openapi/openapi.json --input-file-type openapi \
        --output "$work/python/src/esg_metrics_client/types.py" --output-model-type typing.TypedDict \
        --target-python-version 3.11 --disable-timestamp --enum-field-as-literal all --formatters builtin \
        --type-mappings date-time=string date=string number+decimal=decimal
    "$made/pip" install --quiet --disable-pip-version-check --force-reinstall --no-deps "$work/python"
    "$made/pip" install --quiet --disable-pip-version-check httpx
    "$made/mypy" --strict --ignore-missing-imports "$work/python/src"
}

typescript_build() {
    ln -sfn "$PWD/$work/npm/node_modules" clients/typescript/node_modules
    (cd clients/typescript && rm -rf dist && npm run --silent build)
}

typescript_tests() {
    (cd clients/typescript && node --test test/rules.test.mjs && "$python" "../checks/serve.py" "$@" node --test test/service.test.mjs)
}

step "tools" install_tools
step "python: types, mypy --strict, package" python_types
step "python: frames of pandas and polars" "$python" "$checks/serve.py" "$made/python" "$checks/frames.py"
step "typescript: types, tsc --strict" typescript_build
for database in sqlite postgresql; do
    step "typescript: tests on $database" typescript_tests --database "$database"
done
