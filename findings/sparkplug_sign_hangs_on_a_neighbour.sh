#!/usr/bin/env bash
# sparkplug-payload 1.0.3, alone and beside @grpc/proto-loader 0.8.1 (npm); Sparkplug B payloads
#
# Behaviour: an Int64 of -5 decodes as -5. Once another package has brought long 5 into the same folder, it decodes as
#            18446744073709551611, without a change to the code; Int8, Int16 and Int32 stay -5.
# Guess:     -5 for each type: the payload names the type, and the package brings a long of its own.
# Matters:   gRPC's client, and what exports telemetry by it, brings long 5. A net meter's register, or one that was set
#            back, is an Int64 below zero, and after an update of something else the gateway posts it as 1.8e19.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
cat >decode.js <<'NODE'
const sparkplug = require("sparkplug-payload").get("spBv1.0");
const metrics = ["Int8", "Int16", "Int32", "Int64"].map((type) => ({ name: type, type, value: -5, timestamp: 1767225600000 }));
const decoded = sparkplug.decodePayload(sparkplug.encodePayload({ timestamp: 1767225600000, metrics })).metrics;
console.log(decoded.map((metric) => `${metric.type} ${metric.value}`).join(", "));
NODE
decoded_beside() {
    mkdir "$1"
    cd "$1"
    npm init --yes >/dev/null
    npm install --silent --no-audit --no-fund sparkplug-payload@1.0.3 "${@:2}"
    cp ../decode.js .
    node decode.js
}
alone=$(decoded_beside alone)
beside=$(decoded_beside beside @grpc/proto-loader@0.8.1)
echo "alone: $alone"
echo "beside @grpc/proto-loader: $beside"
[ "$alone" = "Int8 -5, Int16 -5, Int32 -5, Int64 -5" ] &&
    [ "$beside" = "Int8 -5, Int16 -5, Int32 -5, Int64 18446744073709551611" ] || { echo "this has changed" >&2; exit 1; }
