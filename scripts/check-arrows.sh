#!/bin/sh
# Holds the imports of each module against the arrows of docs/architecture.md. The package manager refuses an import that no
# target dependency allows only on a clean build; this says it at once and by name.
cd "$(dirname "$0")/.." || exit 1
status=0
allow() {
    module=$1
    shift
    for other in FleetModel FleetFile Secrets Files ECSRP5 Sockets Transfer ServerLimits Syslog SQLiteFiles Accounts Btest RMBT RMBTControl Probes Scheduler Store Judgement Reports Agent Serving CommandLine; do
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
allow Sockets
allow Transfer Sockets
allow ServerLimits Sockets Transfer
allow Syslog Sockets
allow SQLiteFiles
allow Accounts ServerLimits ECSRP5 SQLiteFiles
allow Btest Sockets Transfer ECSRP5 ServerLimits
allow RMBT Sockets Transfer ServerLimits
allow RMBTControl RMBT Sockets Transfer ServerLimits
allow Probes FleetModel Secrets Sockets Transfer Btest RMBT RMBTControl
allow Scheduler FleetModel
allow Store FleetModel SQLiteFiles
allow Judgement FleetModel
allow Reports FleetModel Judgement
allow Agent FleetModel FleetFile Secrets Files Probes Scheduler Store Reports
allow Serving FleetModel Secrets Sockets Transfer ECSRP5 ServerLimits Syslog Accounts Btest RMBT RMBTControl Store Reports
allow CommandLine FleetModel FleetFile Secrets Files Sockets ServerLimits Syslog Accounts Btest RMBT RMBTControl Probes Scheduler Store Reports Agent Serving
exit $status
