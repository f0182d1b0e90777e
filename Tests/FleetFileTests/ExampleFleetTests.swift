import FleetFile
import FleetModel
import Foundation
import Testing

@Suite("The example fleet file")
struct ExampleFleetTests {
    private static var path: String {
        URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent("fleet.yaml.example").path
    }

    @Test func `the example loads without a problem or warning`() throws {
        let loaded = try FleetLoader().load(path: Self.path)
        #expect(loaded.warnings.isEmpty)
        #expect(loaded.fleet.targets.map(\.name) == ["ap-north", "ap-south", "core-1", "bench", "own", "public"])
    }

    @Test func `the example shows every key that is supported`() throws {
        let text = try String(contentsOfFile: Self.path, encoding: .utf8)
        let keys = [
            "version", "store", "reports", "timezone", "seed", "max_concurrent_tests", "include", "credentials", "user",
            "password_file", "password_env", "password_credential", "password_command", "password", "probes", "btest",
            "protocol", "direction", "duration", "connections", "rate", "tx_size", "random_data", "find_capacity",
            "rmbt", "pings",
            "pretest", "chunk_size", "put_time_result", "latency", "count", "interval", "timeout", "method", "udp_port",
            "schedule", "every", "cron",
            "jitter", "spread", "slip", "defaults", "groups", "routers", "servers", "name", "address", "port", "tls",
            "ca_file", "insecure", "transport", "token_key_file", "control", "group", "tags", "plan", "down", "up",
            "enabled", "priority", "retries", "credential", "require_auth",
        ]
        for key in keys {
            #expect(text.contains("\(key):"), "\(key) is not shown")
        }
    }

    @Test func `the example does not show what is not supported yet`() throws {
        let text = try String(contentsOfFile: Self.path, encoding: .utf8)
        for key in ["resources", "via", "budget", "window", "windows", "blackouts", "catch_up", "pace", "retention"] {
            #expect(!text.contains("\(key):"), "\(key) is shown")
        }
    }
}
