#!/bin/sh
# Holds the imports of each module against the arrows of docs/architecture.md. The package manager refuses an import that no
# target dependency allows only on a clean build; this says it at once and by name.
cd "$(dirname "$0")/.." || exit 1
status=0
allow() {
    module=$1
    shift
    for other in FleetModel FleetFile Secrets Files ECSRP5 Transfer ServerLimits Syslog SQLiteFiles Accounts Btest RMBT RMBTControl Probes Scheduler Store Judgement Reports Agent Serving CommandLine; do
        [ "$other" = "$module" ] && continue
        case " $* " in *" $other "*) continue ;; esac
        if grep -rnE "^(public |package |internal |@testable )?import $other\$" "Sources/$module"; then
            echo "$module must not import $other" >&2
            status=1
        fi
    done
}
allow FleetModel
allow Files
allow Secrets Files
allow FleetFile FleetModel Secrets Files
allow ECSRP5
allow Transfer
allow ServerLimits Transfer
allow Syslog Transfer
allow SQLiteFiles
allow Accounts ServerLimits ECSRP5 SQLiteFiles
allow Btest Transfer ECSRP5 ServerLimits
allow RMBT Transfer ServerLimits
allow RMBTControl RMBT Transfer ServerLimits
allow Probes FleetModel Secrets Transfer Btest RMBT RMBTControl
allow Scheduler FleetModel
allow Store FleetModel SQLiteFiles
allow Judgement FleetModel
allow Reports FleetModel Judgement
allow Agent FleetModel FleetFile Secrets Files Probes Scheduler Store Reports
allow Serving FleetModel Secrets Transfer ECSRP5 ServerLimits Syslog Accounts Btest RMBT RMBTControl Store Reports
allow CommandLine FleetModel FleetFile Secrets Files Transfer ServerLimits Syslog Accounts Btest RMBT RMBTControl Probes Scheduler Store Reports Agent Serving
exit $status
