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
    "$@" >"$work/step.log" 2>&1 & # a command that `if` runs itself goes on after an error
    if wait $!; then
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

generate_python() {
    "$made/openapi-python-client" generate --path openapi/openapi.json --output-path "$work/openapi-python-client" --overwrite
    "$made/pip" install --quiet --disable-pip-version-check "$work/openapi-python-client"
    "$made/datamodel-codegen" --input openapi/openapi.json --input-file-type openapi --formatters builtin \
        --output "$work/models.py" --output-model-type pydantic_v2.BaseModel
    "$made/pip" install --quiet --disable-pip-version-check pydantic
    (cd "$work" && "$made/python" -c "import models; assert models.Reading.model_fields['value'].annotation.__name__ == 'Decimal'")
}

generate_typescript() {
    rm -rf "$work/hey-api" "$work/orval.ts"
    openapi-ts -i ./openapi/openapi.json -o "$work/hey-api"
    orval --input openapi/openapi.json --output "$work/orval.ts" --client fetch
    openapi_generator typescript-fetch
    (cd "$work" && tsc --noEmit --strict --target es2022 --module esnext --moduleResolution bundler --skipLibCheck \
        --types node --typeRoots npm/node_modules/@types hey-api/*.ts orval.ts typescript-fetch/index.ts)
}

openapi_generator() { # GENERATOR OPTIONS...
    rm -rf "${work:?}/$1"
    # It takes what receivers of webhooks are sent for operations of the service, and forgets to import their types.
    "$python" -c 'import json, sys; d = json.load(sys.stdin); d.pop("webhooks"); json.dump(d, sys.stdout)' \
        <openapi/openapi.json >"$work/openapi.json"
    java -Xmx1g -jar "$(echo "$work"/venv/lib/python*/site-packages/openapi_generator_cli/openapi-generator.jar)" \
        generate -i "$work/openapi.json" -g "$1" -o "$work/$1" "${@:2}"
}

generate_go() {
    openapi_generator go --type-mappings=number=Decimal --additional-properties=packageName=esg,enumClassPrefix=true,disallowAdditionalPropertiesIfNotPresent=false
    rm -rf "$work/go/test" "$work/validator"
    cp -r "$validator" "$work/validator" && rm -f "$work"/validator/*_test.go
    echo 'module gopkg.in/validator.v2' >"$work/validator/go.mod"
    cp "$checks/go/decimal.go" "$work/go"
    mkdir -p "$work/go/cmd" && cp "$checks"/go/{main,report}.go "$work/go/cmd"
    (cd "$work/go" && sed -i -E 's/ Decimal = ([0-9.]+)$/ Decimal = "\1"/' ./*.go && sed -i 's#^module .*#module esg.example/client#' go.mod &&
        go mod edit -go=1.19 -replace gopkg.in/validator.v2=../validator && GOFLAGS=-mod=mod go build -o ../drive-go ./cmd)
}

generate_java() {
    # The generator's own archive holds what the client needs at run time, but for the annotation that is taken out.
    local jar
    jar=$(echo "$work"/venv/lib/python*/site-packages/openapi_generator_cli/openapi-generator.jar)
    openapi_generator java --library native \
        --additional-properties=openApiNullable=false,useJakartaEe=false,useSingleRequestParameter=true
    find "$work/java/src/main" -name '*.java' -exec sed -i '/annotation.Generated(/d' {} +
    rm -rf "$work/classes" && mkdir "$work/classes"
    find "$work/java/src/main" "$checks/java" -name '*.java' >"$work/sources"
    javac -nowarn -d "$work/classes" -cp "$jar" "@$work/sources"
    printf '#!/bin/sh\nexec java -cp %s:%s Drive\n' "$work/classes" "$jar" >"$work/drive-java" && chmod +x "$work/drive-java"
}

step "tools" install_tools
step "python: types, mypy --strict, package" python_types
step "python: frames of pandas and polars" "$python" "$checks/serve.py" "$made/python" "$checks/frames.py"
step "typescript: types, tsc --strict" typescript_build
for database in sqlite postgresql; do
    step "typescript: tests on $database" typescript_tests --database "$database"
done
step "openapi-python-client, datamodel-code-generator: generated, imported" generate_python
validator=/usr/share/gocode/src/gopkg.in/validator.v2
drives=()
if command -v java >/dev/null; then
    step "hey-api, orval, typescript-fetch: generated, tsc --strict" generate_typescript
    for generator in python csharp; do
        step "openapi-generator $generator: generated" openapi_generator "$generator"
    done
    if command -v javac >/dev/null; then
        step "openapi-generator java: generated, compiled" generate_java
        drives+=("$work/drive-java")
    fi
    if command -v go >/dev/null && [ -d "$validator" ]; then
        step "openapi-generator go: generated, compiled" generate_go
        drives+=("$work/drive-go")
    fi
fi
for drive in "${drives[@]}"; do
    for database in sqlite postgresql; do
        step "$(basename "$drive") on $database" "$python" "$checks/serve.py" --database "$database" "$drive"
    done
done
for tool in java javac go; do
    command -v "$tool" >/dev/null || echo "not tried, for want of $tool"
done
echo "not compiled: csharp, whose compiler no registry in use has"
