#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Fills the dashboards on this machine: a sink, generators one run after the other, and a Prometheus that scrapes them,
# until Ctrl-C. A Grafana of your own then needs only the JSON files.
#
#   dashboards/try.sh                    runs of a minute, with rates that rise and fall around 500 messages/s
#   dashboards/try.sh ARGUMENT...        these arguments for the generator instead (mailvoid-loadgen --help)
#   dashboards/try.sh --ports MAIL,SINK,GENERATOR,PROMETHEUS [ARGUMENT...]
#                                        where mail is taken, and the metrics of the three [2525,9525,9526,9090]
#
# MAILVOID_BIN names the folder of the programs (build/release/bin). All ports are on the loopback interface.
set -euo pipefail
cd "$(dirname "$0")/.."

say() { printf 'try: %s\n' "$*" >&2; }
die() { say "$*"; exit 1; }

case ${1:-} in -h | --help) sed -n '3,12s/^# \{0,1\}//p' "$0"; exit ;; esac
ports=2525,9525,9526,9090
if [ "${1:-}" = --ports ]; then
  ports=${2:-}
  [[ $ports =~ ^[0-9]+(,[0-9]+){3}$ ]] || { say "--ports takes four numbers, as in 2525,9525,9526,9090"; exit 2; }
  shift 2
fi
IFS=, read -r mail_port sink_port generator_port prometheus_port <<<"$ports"
load=("$@")
[ ${#load[@]} -gt 0 ] || load=(--sessions 50 --stage ramp:100..500/s:10s --stage hold:500/s:30s --stage ramp:500..100/s:20s)

bin=${MAILVOID_BIN:-build/release/bin}
if ! [ -x "$bin/mailvoid-sink" ] || ! [ -x "$bin/mailvoid-loadgen" ]; then
  [ -z "${MAILVOID_BIN:-}" ] || die "MAILVOID_BIN is $bin, where there is no mailvoid-sink or no mailvoid-loadgen"
  scripts/setup build
  scripts/build release mailvoid-sink mailvoid-loadgen
fi
prometheus=$PWD/build/tools/prometheus/usr/bin/prometheus
[ -x "$prometheus" ] || prometheus=$(command -v prometheus) || die "there is no prometheus; get one with: scripts/setup test"

scratch=$(mktemp -d) started=()
cleanup() {
  trap '' INT TERM
  for child in "${started[@]}"; do kill -TERM "$child" 2>/dev/null || :; done
  for child in "${started[@]}"; do wait "$child" 2>/dev/null || :; done
  rm -rf "$scratch"
  say "all is stopped"
}
trap cleanup EXIT
trap 'exit 130' INT TERM

# run NAME COMMAND...: in the background, with a log of its own; it is over when we are.
run() {
  local name=$1
  shift
  "$@" >"$scratch/$name.log" 2>&1 </dev/null &
  started+=($!)
}

# listens PORT: whether somebody does.
listens() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# answers NAME PID PORT: waits until that process serves that port.
answers() {
  local attempt
  for ((attempt = 0; attempt < 600; ++attempt)); do
    kill -0 "$2" 2>/dev/null || { cat "$scratch/$1.log" >&2; die "$1 did not start"; }
    if listens "$3"; then return; fi
    sleep 0.1
  done
  die "$1 does not answer on port $3"
}

for port in ${ports//,/ }; do
  if listens "$port"; then die "port $port is taken; --ports chooses others"; fi
done
run mailvoid-sink "$bin/mailvoid-sink" --listen "127.0.0.1:$mail_port" --admin "127.0.0.1:$sink_port"
answers mailvoid-sink "${started[0]}" "$sink_port"
cp dashboards/rules.yml "$scratch"
sed "s/127.0.0.1:9525/127.0.0.1:$sink_port/; t; s/127.0.0.1:9526/127.0.0.1:$generator_port/" dashboards/prometheus.yml \
  >"$scratch/prometheus.yml"
run prometheus "$prometheus" --config.file="$scratch/prometheus.yml" --storage.tsdb.path="$scratch/data" \
  --web.listen-address="127.0.0.1:$prometheus_port"
answers prometheus "${started[1]}" "$prometheus_port"

say "Prometheus, with the rules:  http://127.0.0.1:$prometheus_port/alerts"
say "In Grafana:                  add http://127.0.0.1:$prometheus_port as a Prometheus data source, scrape interval 5s, and import"
for board in overview sink loadgen; do say "                             $PWD/dashboards/$board.json"; done
say "Ctrl-C stops everything"

for ((number = 1; ; ++number)); do
  say "run $number: mailvoid-loadgen 127.0.0.1:$mail_port ${load[*]}"
  run mailvoid-loadgen "$bin/mailvoid-loadgen" "127.0.0.1:$mail_port" --admin "127.0.0.1:$generator_port" --quiet "${load[@]}"
  code=0
  wait "${started[2]}" || code=$?
  unset 'started[2]'
  case $code in
    0 | 98 | 99) ;;  # done, invalid, a threshold failed: all worth looking at
    *) cat "$scratch/mailvoid-loadgen.log" >&2; die "the generator ended with exit code $code" ;;
  esac
  kill -0 "${started[0]}" 2>/dev/null || { cat "$scratch/mailvoid-sink.log" >&2; die "the sink ended"; }
  run gap sleep 10  # so that runs can be told apart
  wait "${started[2]}"
  unset 'started[2]'
done
