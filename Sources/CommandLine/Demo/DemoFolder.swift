import Files
import FleetModel
import Foundation
import RMBT

/// The files of a demo: secrets, certificate, fleet file, and a script that starts its servers again.
struct DemoFolder: Sendable {
    /// The ports that the demo's servers got.
    struct Ports: Sendable {
        let btest: Int
        let rmbt: Int
        /// One on which nothing listens.
        let closed: Int
    }

    static let user = "probe"
    private static let mark = "# fleetprobe demo"

    let path: String

    var fleetFile: String { path + "/fleet.yaml" }
    var store: String { path + "/fleetprobe.db" }
    var report: String { path + "/report" }
    var passwordFile: String { path + "/secrets/router" }
    var tokenKeyFile: String { path + "/secrets/rmbt" }
    var certificateFile: String { path + "/secrets/certificate.pem" }
    private var keyFile: String { path + "/secrets/certificate-key.pem" }

    /// Makes the folder. One of an earlier demo is used again; anybody else's is left alone.
    func make() throws {
        let files = FileManager.default
        let held = (try? files.contentsOfDirectory(atPath: path)) ?? []
        let isDemo = files.contents(atPath: fleetFile).map { String(decoding: $0, as: UTF8.self).hasPrefix(Self.mark) }
        guard held.isEmpty || isDemo == true else {
            throw CommandFailure(.configuration, "\(path) holds other files: name an empty folder with --out")
        }
        do {
            try MadeFolder.make(path, mode: 0o755)
            try MadeFolder.make(path + "/secrets", mode: 0o700)
        } catch {
            throw CommandFailure(.configuration, "cannot make the folder \(error.path): \(error.reason)")
        }
    }

    /// Writes secrets and certificate, new ones each time.
    func fill(_ certificate: SelfSignedCertificate) throws {
        try write(Self.randomWord(), to: passwordFile, mode: 0o600)
        try write("not-the-password", to: path + "/secrets/wrong", mode: 0o600)
        try write(Self.randomWord() + " demo", to: tokenKeyFile, mode: 0o600)
        try write(certificate.certificatePEM, to: certificateFile, mode: 0o644)
        try write(certificate.keyPEM, to: keyFile, mode: 0o600)
    }

    func writeFleet(_ ports: Ports) throws {
        try write(fleet(ports), to: fleetFile, mode: 0o644)
        try write(serveScript(ports), to: path + "/serve.sh", mode: 0o755)
    }

    private func write(_ text: String, to file: String, mode: mode_t) throws {
        do {
            try WrittenFile.replace(file, with: Array((text.hasSuffix("\n") ? text : text + "\n").utf8), mode: mode)
        } catch {
            throw CommandFailure(.configuration, "cannot write \(file): \(error.reason)")
        }
    }

    private static func randomWord() -> String {
        let letters = Array("abcdefghijkmnpqrstuvwxyz23456789")
        return String((0..<24).map { _ in letters.randomElement() ?? "x" })
    }

    private func serveScript(_ ports: Ports) -> String {
        """
        #!/bin/sh
        # Starts the demo's two servers again, until Ctrl-C: then `probe now core-1 --fleet fleet.yaml` measures.
        cd "$(dirname "$0")" || exit 1
        probe=${PROBE:-probe}
        trap 'kill $btest $rmbt 2>/dev/null' EXIT INT TERM
        "$probe" serve btest --listen 127.0.0.1:\(ports.btest) --user \(Self.user) --password-file secrets/router & btest=$!
        "$probe" serve rmbt --listen-tls 127.0.0.1:\(ports.rmbt) --cert secrets/certificate.pem \\
            --key secrets/certificate-key.pem --token-key-file secrets/rmbt & rmbt=$!
        wait
        """
    }

    private func fleet(_ ports: Ports) -> String {
        """
        \(Self.mark): edit it and run `probe agent --fleet fleet.yaml`. All keys: fleet.yaml.example.
        # Its servers lived as long as the demo; serve.sh starts them again.
        version: 1
        store: fleetprobe.db
        reports: reports
        seed: demo

        credentials:
          core: { user: \(Self.user), password_file: secrets/router }
          typo: { user: \(Self.user), password_file: secrets/wrong }

        probes:
          tcp: { btest: { direction: both, duration: 1s, timeout: 4s } }
          ping: { latency: { count: 5, interval: 100ms } }
          netz: { rmbt: { connections: 3, duration: 1s, pretest: 100ms } }

        defaults:
          credential: core
          retries: 0
          schedule: { every: 12s, jitter: 1s }

        routers:
          - { name: core-1, address: 127.0.0.1, port: \(ports.btest), probes: [tcp, ping], plan: { down: 1G, up: 1G } }
          - { name: edge-2, address: 127.0.0.1, port: \(ports.btest), probes: [tcp], require_auth: ec-srp5 }
          - { name: ap-locked, address: 127.0.0.1, port: \(ports.btest), credential: typo, probes: [tcp] }   # wrong password
          - { name: ap-gone, address: 127.0.0.1, port: \(ports.closed), probes: [tcp] }                      # nobody there

        servers:
          - name: rmbt-own
            address: 127.0.0.1
            port: \(ports.rmbt)
            ca_file: secrets/certificate.pem
            token_key_file: secrets/rmbt
            probes: [netz]
            schedule:                                    # eight entries, each with moments of its own
              [{ name: a, every: 48s }, { name: b, every: 48s }, { name: c, every: 48s }, { name: d, every: 48s },
               { name: e, every: 48s }, { name: f, every: 48s }, { name: g, every: 48s }, { name: h, every: 48s }]

        """
    }
}
