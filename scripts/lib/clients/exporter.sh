# A scrape of the exporter that Debian has for Prometheus.
#   bash exporter.sh URI PORT MACHINE
set -eu
uri=$1 port=$2 machine=$3
prometheus-libvirt-exporter --libvirt.uri="$uri" --web.listen-address="127.0.0.1:$port" > /dev/null 2>&1 &
exporter=$!
trap 'kill $exporter 2>/dev/null || true' EXIT
page=
for _ in $(seq 100); do
    page=$(curl -s "http://127.0.0.1:$port/metrics" || true)
    grep -q '^libvirt_up' <<< "$page" && break
    sleep 0.1
done
for figure in "libvirt_domain_info_maximum_memory_bytes.*\"$machine\".* 6.7108864e+07" "libvirt_domain_info_virtual_cpus.*\"$machine\".* 1" \
    "libvirt_domain_block_stats_read_requests_total.*\"$machine\"" "libvirt_domain_info_cpu_time_seconds_total.*\"$machine\""; do
    grep -q -- "$figure" <<< "$page" || { echo "no $figure in:"; grep libvirt_ <<< "$page" | grep -v '^#'; exit 1; }
done
grep '^libvirt_up' <<< "$page"
