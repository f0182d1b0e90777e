import FleetModel
import Foundation
import Testing
import TestSupport

@testable import Reports

@Suite struct BtestRecordTests {
    private func result(_ recipe: ProbeRecipe.Btest, _ change: (inout ProbeResult) -> Void = { _ in }) -> ProbeResult {
        var result = ProbeResult(
            runID: Runs.id(1), target: "a", probe: "btest", kind: .btest, trigger: .manual, startedAt: Runs.monday,
            duration: .milliseconds(10_520), outcome: .measured, authentication: .ecSRP5)
        change(&result)
        return result
    }

    private func line(_ recipe: ProbeRecipe.Btest, host: String = "192.0.2.1", _ change: (inout ProbeResult) -> Void)
        -> String
    {
        BtestRecord(result(recipe, change), of: recipe, host: host, port: 2000).line
    }

    private func transfer(_ megabits: Double, seconds: Double, bytes: Int64, lost: Int64? = nil) -> TransferResult {
        TransferResult(
            bitsPerSecond: megabits * 1e6, bytes: bytes, duration: .seconds(seconds), connections: 1, lostPackets: lost)
    }

    @Test func `the header is btest-rs's`() {
        #expect(
            BtestRecord.header == """
                timestamp,host,port,protocol,direction,duration_s,tx_avg_mbps,rx_avg_mbps,tx_bytes,rx_bytes,\
                lost_packets,local_cpu_pct,remote_cpu_pct,auth_type
                """)
    }

    @Test func `a client's directions stand under what it sent and received`() {
        let both = line(.init(direction: .both)) {
            $0.download = transfer(94.256, seconds: 10, bytes: 117_820_000)
            $0.upload = transfer(8.104, seconds: 10.02, bytes: 10_150_000)
            $0.cpu = .init(local: 0.314, remote: 0.93)
        }
        #expect(both == "1772409610,192.0.2.1,2000,TCP,both,10.02,8.10,94.26,10150000,117820000,0,31,93,ecsrp5")
        let upload = line(.init(direction: .upload)) {
            $0.upload = transfer(8.104, seconds: 10, bytes: 10_150_000)
            $0.authentication = AuthenticationMethod.none
        }
        #expect(upload == "1772409610,192.0.2.1,2000,TCP,send,10,8.10,0.00,10150000,0,0,,,none")
    }

    @Test func `packets are lost over UDP only, and unknown where nobody counted`() {
        let udp = ProbeRecipe.Btest(transport: .udp)
        let counted = line(udp) { $0.download = transfer(59.49, seconds: 6, bytes: 44_620_736, lost: 16) }
        #expect(counted == "1772409610,192.0.2.1,2000,UDP,receive,6,0.00,59.49,0,44620736,16,,,ecsrp5")
        let unknown = line(udp) { $0.download = transfer(59.49, seconds: 6, bytes: 44_620_736) }
        #expect(unknown == "1772409610,192.0.2.1,2000,UDP,receive,6,0.00,59.49,0,44620736,,,,ecsrp5")
    }

    @Test func `a failed test has no rate where one was asked for`() {
        let failed = line(.init(direction: .download)) {
            $0.outcome = .failed(ProbeFailure(.unreachable, "no"))
            $0.authentication = nil
        }
        #expect(failed == "1772409610,192.0.2.1,2000,TCP,receive,10.52,0.00,,0,0,0,,,")
    }

    @Test func `a host cannot end its cell or its line, nor become a formula`() {
        let hosts = ["a,b": "\"a,b\"", "a\r\nb": "\"a\r\nb\"", "\"": "\"\"\"\"", "=1+1": "'=1+1"]
        for (host, cell) in hosts {
            let text = line(.init(), host: host) { $0.download = transfer(1, seconds: 1, bytes: 125_000) }
            #expect(text == "1772409610,\(cell),2000,TCP,receive,1,0.00,1.00,0,125000,0,,,ecsrp5")
        }
    }

    @Test func `figures that are none or out of range leave their cells empty`() {
        var record = BtestRecord(
            time: Date(timeIntervalSince1970: .infinity), host: "h", port: nil, isUDP: true, direction: "BOTH",
            seconds: .nan, transmitted: .init(bitsPerSecond: .infinity, bytes: .max),
            received: .init(bitsPerSecond: .nan, bytes: .min), localCPU: .nan, authentication: nil)
        record.remoteCPU = 7
        #expect(record.line == ",h,,UDP,BOTH,,,,9223372036854775807,-9223372036854775808,,,100,")
    }
}
