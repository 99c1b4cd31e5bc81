# Pacemaker's agent, whose actions are run by hand: what it answers is a number (0 well, 7 not running).
#   bash virtual-domain.sh AGENT URI MACHINE DOCUMENT FOLDER
set -eu
agent=$1 folder=$5
export OCF_ROOT=/usr/lib/ocf OCF_RESOURCE_INSTANCE=$3 OCF_RESKEY_config=$4 OCF_RESKEY_hypervisor=$2 OCF_RESKEY_force_stop=1
export OCF_RESKEY_CRM_meta_timeout=60000 OCF_RESKEY_CRM_meta_interval=0 OCF_RESKEY_crm_feature_set=3.17
export HA_RSCTMP=$folder/agent HA_LOGFACILITY=none OCF_RESKEY_migration_transport=
mkdir -p "$HA_RSCTMP"
must() {
    local expected=$1 status=0
    timeout 60 "$agent" "$2" > "$HA_RSCTMP/out" 2>&1 || status=$?
    [ "$status" = "$expected" ] || { echo "$2 answers $status, not $expected: $(tail -n 5 "$HA_RSCTMP/out")"; exit 1; }
}
must 0 validate-all
must 7 monitor
must 0 start
must 0 monitor
must 0 start
must 0 stop
must 7 monitor
must 0 stop
must 0 start
virsh -c "$2" destroy "$3" > /dev/null
must 7 monitor
must 0 stop
echo "all well"
