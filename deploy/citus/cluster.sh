#!/bin/sh
# A Citus coordinator with two workers on this machine, for trials and tests; nothing of it outlives `stop`.
#
#     deploy/citus/cluster.sh start DIRECTORY     prints the address of the coordinator
#     deploy/citus/cluster.sh stop DIRECTORY      stops the three servers and deletes the directory
#
# PG_BIN names the directory of initdb and pg_ctl where Citus is installed (pg_config --bindir by default); PG_USER is
# the account the servers run as, needed when it is root who starts them; PORT is the coordinator's (9700 by default),
# the workers take the two after it.
set -eu

usage() {
    sed -n '2,9s/^# \{0,1\}//p' "$0" >&2
    exit 2
}

[ $# -eq 2 ] || usage
directory=$2
bin=${PG_BIN:-$(pg_config --bindir)}
port=${PORT:-9700}

as_user() {
    if [ -n "${PG_USER:-}" ]; then
        setpriv --reuid="$PG_USER" --regid="$(id -g "$PG_USER")" --clear-groups env HOME="$directory" "$@"
    else
        "$@"
    fi
}

start_node() {
    name=$1 at=$2
    as_user "$bin/initdb" --pgdata="$directory/$name" --auth=trust --username=postgres --no-locale --encoding=UTF8 \
        --no-sync >/dev/null
    cat >>"$directory/$name/postgresql.conf" <<CONFIGURATION
shared_preload_libraries = 'citus'
port = $at
listen_addresses = 'localhost'
unix_socket_directories = '$directory'
wal_level = logical
max_connections = 200
max_prepared_transactions = 400
citus.shard_count = 8
citus.node_conninfo = 'sslmode=disable'
fsync = off
CONFIGURATION
    as_user "$bin/pg_ctl" --pgdata="$directory/$name" --log="$directory/$name.log" --wait start >/dev/null
    query "$at" 'CREATE EXTENSION citus'
}

query() {
    as_user "$bin/psql" --host="$directory" --port="$1" --username=postgres --no-psqlrc --quiet --tuples-only \
        --set=ON_ERROR_STOP=1 --command="$2" postgres >/dev/null
}

case $1 in
start)
    mkdir -p "$directory"
    [ -z "${PG_USER:-}" ] || chown "$PG_USER" "$directory"
    start_node coordinator "$port"
    start_node worker1 $((port + 1))
    start_node worker2 $((port + 2))
    query "$port" "SELECT citus_set_coordinator_host('localhost', $port)"
    query "$port" "SELECT citus_add_node('localhost', $((port + 1)))"
    query "$port" "SELECT citus_add_node('localhost', $((port + 2)))"
    echo "postgresql://postgres@localhost:$port/postgres"
    ;;
stop)
    for name in worker2 worker1 coordinator; do
        [ ! -f "$directory/$name/postmaster.pid" ] ||
            as_user "$bin/pg_ctl" --pgdata="$directory/$name" --mode=immediate stop >/dev/null
    done
    rm -rf "$directory"
    ;;
*)
    usage
    ;;
esac
