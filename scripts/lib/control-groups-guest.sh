# Runs inside of the guest of scripts/check-control-groups: a machine with limits, held against what the kernel says.
# shellcheck shell=bash
vmctl=$1
# The folder below which groups are expected, such as /sys/fs/cgroup/machine.
export VMCTL_HOME=/run/vmctl
mkdir -p $VMCTL_HOME
failures=0

expect() { # what, wanted, found
    if [ "$2" = "$3" ]; then echo "ok: $1"; else
        echo "FAILED: $1: wanted '$2', found '$3'"
        failures=$((failures + 1))
    fi
}

cat > /run/web.xml << 'END'
<domain type='qemu'><name>web</name><memory unit='MiB'>32</memory><vcpu current='1'>2</vcpu><iothreads>1</iothreads>
<memtune><hard_limit unit='MiB'>600</hard_limit><soft_limit unit='MiB'>500</soft_limit>
<swap_hard_limit unit='MiB'>700</swap_hard_limit></memtune>
<blkiotune><weight>300</weight><device><path>/dev/vda</path><read_bytes_sec>1000000</read_bytes_sec></device></blkiotune>
<numatune><memory mode='strict' nodeset='0'/></numatune>
<cputune><shares>77</shares><period>50000</period><quota>40000</quota><global_quota>90000</global_quota>
<emulator_quota>30000</emulator_quota></cputune>
<os><type arch='x86_64' machine='pc'>hvm</type></os>
<devices><emulator>/usr/bin/qemu-system-x86_64</emulator></devices></domain>
END
$vmctl define /run/web.xml 2> /run/warnings
expect "no warning" "" "$(cat /run/warnings)"
$vmctl start web --paused --timeout 200 || failures=$((failures + 1))
group=$(find /sys/fs/cgroup -type d \( -name 'vmctl-*' -o -path '*/vmctl-*.scope/machine' \) | sort | tail -n 1)
echo "the group is $group"
pid=$($vmctl status web --output json | sed -n 's/.*"qemu_pid": *\([0-9]*\).*/\1/p')
expect "QEMU's other threads" "emulator" "$(sed -n 's/^0::.*\///p' "/proc/$pid/cgroup")"
expect "the first processor's thread" 1 "$(wc -l < "$group/vcpu0/cgroup.threads")"
expect "shares" 77 "$(cat "$group/cpu.weight")"
expect "the whole quota" "90000 100000" "$(cat "$group/cpu.max")"
expect "a processor's quota" "40000 50000" "$(cat "$group/vcpu0/cpu.max")"
expect "the emulator's quota" "30000 100000" "$(cat "$group/emulator/cpu.max")"
expect "memory" 629145600 "$(cat "$group/memory.max")"
expect "memory before contention" 524288000 "$(cat "$group/memory.high")"
expect "swap" 734003200 "$(cat "$group/memory.swap.max" 2> /dev/null)"
expect "weight" "default 300" "$(head -n 1 "$group/io.weight")"
expect "rate of a block device" "rbps=1000000" "$(grep -o 'rbps=[0-9]*' "$group/io.max")"
expect "nodes" 0 "$(cat "$group/cpuset.mems")"
expect "memory is counted" yes "$([ "$(cat "$group/memory.current")" -gt 1000000 ] && echo yes)"
$vmctl schedinfo web --live --set cpu_shares=120 --set iothread_quota=20000 > /run/schedinfo
expect "new shares" 120 "$(cat "$group/cpu.weight")"
expect "I/O threads' quota" "20000 100000" "$(cat "$group/iothread1/cpu.max")"
expect "what is printed" "vcpu_quota     : 40000" "$(grep vcpu_quota /run/schedinfo)"
$vmctl memtune web --live --hard-limit 700M
expect "new memory" 734003200 "$(cat "$group/memory.max")"
$vmctl blkiotune web --live --device-read-bytes-sec /dev/vda,0 --device-write-iops-sec /dev/vda,50
expect "new rate" "rbps=max wbps=max riops=max wiops=50" "$(cut -d ' ' -f 2- "$group/io.max")"
$vmctl numatune web --live --nodeset 0
$vmctl setvcpus web 2 --live
expect "a new processor's quota" "40000 50000" "$(cat "$group/vcpu1/cpu.max")"
$vmctl schedinfo web --live --set cpu_shares=20000 2> /run/refused
expect "what the kernel refuses" 1 "$(grep -c "takes no '20000'" /run/refused)"
expect "stays" 120 "$(cat "$group/cpu.weight")"
$vmctl destroy web || failures=$((failures + 1))
sleep 1
expect "the group is gone" no "$([ -e "$group" ] && echo yes || echo no)"

# A machine without limits gets its group with the first.
sed '/tune>/d; /<cputune/d; /soft_limit/d; /swap_hard/d; /emulator_quota/d; s/>web</>late</' /run/web.xml > /run/late.xml
$vmctl define /run/late.xml
$vmctl start late --paused --timeout 200 || failures=$((failures + 1))
expect "no group" "" "$(find /sys/fs/cgroup -type d -name 'vmctl-*')"
$vmctl memtune late --live --hard-limit 800M
group=$(find /sys/fs/cgroup -type d \( -name 'vmctl-*' -o -path '*/vmctl-*.scope/machine' \) | sort | tail -n 1)
expect "memory of a machine that ran" 838860800 "$(cat "$group/memory.max")"
pid=$($vmctl status late --output json | sed -n 's/.*"qemu_pid": *\([0-9]*\).*/\1/p')
expect "its QEMU" 1 "$(grep -cx "$pid" "$group/cgroup.procs")"
$vmctl destroy late
sleep 1
expect "its group is gone" no "$([ -e "$group" ] && echo yes || echo no)"
[ $failures = 0 ] || tail -n 15 $VMCTL_HOME/state/log/*-*.log
[ $failures = 0 ]
