import FleetFile
import FleetModel
import Foundation
import Testing
import TestSupport

@Suite("A fleet file")
struct FleetLoaderTests {
    private static let head = """
        version: 1
        probes: { tcp: { btest: {} }, ping: { latency: {} }, netz: { rmbt: {} } }

        """

    /// Loads a text after ``head``.
    private func load(_ text: String, alone: Bool = false) throws -> LoadedFleet {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        return try FleetLoader().load(path: folder.write((alone ? "" : Self.head) + text, to: "fleet.yaml"))
    }

    private func router(_ target: Target?) -> Router? {
        if case .router(let router) = target?.system { router } else { nil }
    }

    @Test func `has defaults for everything but version, names, addresses and probes`() throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let path = try folder.write(
            Self.head + "routers: [{ name: r1, address: 192.0.2.1, probes: [tcp], schedule: { every: 6h } }]",
            to: "fleet.yaml")
        let fleet = try FleetLoader().load(path: path).fleet
        #expect(fleet.path == path)
        #expect(fleet.storePath == folder.path + "/fleetprobe.db")
        #expect(fleet.reportsPath == folder.path + "/reports")
        #expect(fleet.timeZone.secondsFromGMT() == 0)
        #expect(fleet.seed == nil)
        #expect(fleet.concurrentTests == 1)
        let target = try #require(fleet.target(named: "r1"))
        #expect(router(target) == Router(address: "192.0.2.1", port: 2000))
        #expect(target.isEnabled && target.priority == 0 && target.retries == 2 && target.plan == nil)
        #expect(
            target.assignments == [
                ProbeAssignment(
                    probe: ProbeSpec(name: "tcp", recipe: .btest(.init())),
                    schedule: [ScheduleEntry(timing: .every(.seconds(21600)))])
            ])
        #expect(fleet.target(named: "r2") == nil)
    }

    @Test func `reads every key of every kind of probe`() throws {
        let fleet = try load(
            """
            version: 1
            probes:
              udp: { btest: { protocol: udp, direction: both, duration: 90s, connections: 3, rate: 1.5G, tx_size: 1400,
                              random_data: true } }
              netz: { rmbt: { direction: upload, connections: 5, duration: 10s, pretest: 500ms, pings: 7,
                              chunk_size: 8192 } }
              ping: { latency: { count: 7, interval: 1s, timeout: 500ms, method: tcp } }
            routers: [{ name: r1, address: 192.0.2.1, probes: [udp], schedule: { every: 6h } }]
            """, alone: true
        ).fleet
        #expect(
            fleet.probes["udp"]?.recipe
                == .btest(
                    .init(
                        transport: .udp, direction: .both, duration: .seconds(90), connections: 3,
                        rate: BitRate(bitsPerSecond: 1.5e9), transmitSize: 1400, randomData: true)))
        #expect(
            fleet.probes["netz"]?.recipe
                == .rmbt(
                    .init(
                        direction: .upload, connections: 5, duration: .seconds(10),
                        pretestDuration: .milliseconds(500), pings: 7, chunkSize: 8192)))
        #expect(
            fleet.probes["ping"]?.recipe
                == .latency(.init(count: 7, interval: .seconds(1), timeout: .milliseconds(500), method: .tcp)))
    }

    @Test(arguments: ["true", "True", "TRUE"], ["false", "False", "FALSE"])
    func `takes the truths of YAML 1.2`(yes: String, no: String) throws {
        let fleet = try load(
            """
            defaults: { probes: [tcp], schedule: { every: 6h } }
            routers:
              - { name: r1, address: 192.0.2.1, enabled: \(yes) }
              - { name: r2, address: 192.0.2.2, enabled: \(no) }
            """
        ).fleet
        #expect(fleet.targets.map(\.isEnabled) == [true, false])
    }

    @Test(arguments: [("GMT", 0), ("UTC", 0), ("Zulu", 0), ("Etc/GMT+1", -3600), ("Europe/Vienna", 3600)])
    func `takes the names of time zones, UTC's others among them`(name: String, offset: Int) throws {
        let fleet = try load(
            "timezone: \(name)\nrouters: [{ name: r1, address: 192.0.2.1, probes: [tcp], schedule: { every: 6h } }]"
        ).fleet
        #expect(fleet.timeZone.secondsFromGMT(for: Date(timeIntervalSince1970: 1_768_000_000)) == offset)
    }

    @Test func `inherits from defaults, group and target: maps merge, scalars and lists replace`() throws {
        let fleet = try load(
            """
            credentials: { core: { user: a, password_env: A }, lab: { user: b, password_env: B } }
            defaults: { credential: core, probes: [tcp, ping], retries: 1, tags: { a: "1", b: "1" },
                        plan: { down: 10M }, schedule: { every: 6h, jitter: 10m } }
            groups: { g: { credential: lab, priority: 5, tags: { b: "2", c: 2 }, schedule: { slip: 1h } } }
            routers:
              - { name: r1, address: 192.0.2.1 }
              - { name: r2, address: 192.0.2.2, group: g, tags: { c: "3" }, probes: [ping], plan: { up: 1M } }
            """
        ).fleet
        let first = try #require(fleet.target(named: "r1"))
        #expect(router(first)?.credential == "core")
        #expect(first.assignments.map(\.probe.name) == ["tcp", "ping"])
        #expect(first.retries == 1 && first.priority == 0 && first.tags == ["a": "1", "b": "1"])
        let second = try #require(fleet.target(named: "r2"))
        #expect(router(second)?.credential == "lab")
        #expect(second.assignments.map(\.probe.name) == ["ping"])
        #expect(second.retries == 1 && second.priority == 5 && second.group == "g")
        #expect(second.tags == ["a": "1", "b": "2", "c": "3"])
        #expect(second.plan == Target.Plan(down: BitRate(bitsPerSecond: 1e7), up: BitRate(bitsPerSecond: 1e6)))
        #expect(
            second.assignments.first?.schedule == [
                ScheduleEntry(
                    timing: .every(.seconds(21600)), jitter: .uniform(limit: .seconds(600)), slip: .seconds(3600))
            ])
    }

    @Test func `lets cron and every replace one another when inherited`() throws {
        let fleet = try load(
            """
            defaults: { probes: [tcp], schedule: { every: 6h, jitter: 10m } }
            groups: { nightly: { schedule: { cron: "0 2 * * *", spread: 2h } } }
            routers:
              - { name: r1, address: 192.0.2.1, group: nightly }
              - { name: r2, address: 192.0.2.2, group: nightly, schedule: { every: 1h } }
            """
        ).fleet
        #expect(
            fleet.target(named: "r1")?.assignments.first?.schedule == [
                ScheduleEntry(
                    timing: .cron(try CronExpression(parsing: "0 2 * * *")), jitter: .uniform(limit: .seconds(600)),
                    spread: .seconds(7200))
            ])
        #expect(
            fleet.target(named: "r2")?.assignments.first?.schedule == [
                ScheduleEntry(timing: .every(.seconds(3600)), jitter: .uniform(limit: .seconds(600)))
            ])
    }

    @Test func `lets a probe's own schedule go before that of its targets`() throws {
        let fleet = try load(
            """
            version: 1
            probes: { tcp: { btest: {} }, ping: { latency: {}, schedule: [{ every: 5m }, { every: 7m }] } }
            routers: [{ name: r1, address: 192.0.2.1, probes: [tcp, ping], schedule: { every: 6h } }]
            """, alone: true
        ).fleet
        #expect(fleet.jobs.map(\.id) == ["r1/tcp/0", "r1/ping/0", "r1/ping/1"])
    }

    @Test func `reads servers with a token key, and those of a Control Server`() throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let path = try folder.write(
            Self.head + """
                defaults: { port: 2001, probes: [netz], schedule: { every: 6h } }
                groups: { own: { token_key_file: keys, ca_file: ca.pem, port: 8443 } }
                servers:
                  - { name: s1, address: "2001:db8::1", group: own, transport: websocket }
                  - { name: s2, address: rmbt.example.net, tls: false }
                  - { name: s3, control: "https://control.example.net/RMBT", group: own }
                """, to: "fleet.yaml")
        let fleet = try FleetLoader().load(path: path).fleet
        let systems = fleet.targets.map(\.system)
        let group = RMBTTarget.Direct(
            address: "2001:db8::1", port: 8443, authorityFile: folder.path + "/ca.pem", transport: .websocket,
            tokenKeyFile: folder.path + "/keys")
        #expect(
            systems == [
                .server(RMBTTarget(access: .direct(group))),
                .server(RMBTTarget(access: .direct(.init(address: "rmbt.example.net", port: 443, tls: false)))),
                .server(
                    RMBTTarget(
                        access:
                            .control(
                                .init(
                                    url: "https://control.example.net/RMBT", authorityFile: folder.path + "/ca.pem")))),
            ])
    }

    @Test func `includes files whose paths are relative to themselves`() throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        try folder.write(
            "credentials: { core: { user: a, password_file: secrets/core } }\ninclude: [more/*.yaml]",
            to: "fleet.d/a.yaml")
        try folder.write("routers: [{ name: r2, address: 192.0.2.2 }]", to: "fleet.d/b.yaml")
        try folder.write("routers: [{ name: r3, address: 192.0.2.3, credential: core }]", to: "fleet.d/more/c.yaml")
        let path = try folder.write(
            Self.head + """
                include: [fleet.d/*.yaml, fleet.d/b.yaml]
                defaults: { probes: [tcp], schedule: { every: 6h } }
                routers: [{ name: r1, address: 192.0.2.1, credential: core }]
                """, to: "fleet.yaml")
        let loaded = try FleetLoader().load(path: path)
        #expect(loaded.fleet.targets.map(\.name) == ["r1", "r3", "r2"])
        guard case .file(let secret) = loaded.credentials["core"]?.password else {
            Issue.record("no password file")
            return
        }
        #expect(secret == folder.path + "/fleet.d/secrets/core")
    }

    @Test func `may use anchors, aliases and merges`() throws {
        let fleet = try load(
            """
            defaults: { probes: [tcp], schedule: &slow { every: 6h, slip: 1h } }
            routers:
              - &base { name: r1, address: 192.0.2.1, tags: { site: north } }
              - { <<: *base, name: r2, schedule: { <<: *slow, every: 12h } }
            """
        ).fleet
        let second = try #require(fleet.target(named: "r2"))
        #expect(router(second)?.address == "192.0.2.1" && second.tags == ["site": "north"])
        #expect(
            second.assignments.first?.schedule == [ScheduleEntry(timing: .every(.seconds(43200)), slip: .seconds(3600))]
        )
    }

    @Test func `may use many aliases, question marks in comments and colons in brackets`() throws {
        let routers = (0..<40).map {
            "  - { name: r\($0), address: \"2001:db8::\($0)\", schedule: *slow } # why *slow ?"
        }
        let text = "defaults: { probes: [tcp], schedule: &slow { every: 6h } }\nrouters:\n"
        #expect(try load(text + routers.joined(separator: "\n")).fleet.targets.count == 40)
    }

    @Test(arguments: ["? *slow : x", "? [a]\n: x", "*slow : x", "[*slow]: x", "x: { *slow : y }", "x: { ? *slow }"])
    func `with many aliases has no keys but text`(key: String) throws {
        let routers = (0..<20).map { "  - { name: r\($0), address: 192.0.2.\($0), schedule: *slow }" }
        let text = "defaults: { probes: [tcp], schedule: &slow { every: 6h } }\nrouters:\n"
        let error = #expect(throws: FleetFileError.self) {
            try load(text + routers.joined(separator: "\n") + "\n" + key + "\n")
        }
        #expect(
            error?.problems.map(\.what) == ["keys that are lists, maps or aliases cannot be combined with many aliases"]
        )
    }

    @Test func `takes a blank password from a file that everybody can read, for there is no secret in it`() throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        try folder.write("", to: "empty", mode: 0o600)
        let path = try folder.write(
            """
            version: 1
            credentials: { a: { user: admin, password: "" }, b: { user: admin, password_file: empty } }
            probes: { tcp: { btest: { timeout: 20s } } }
            routers:
              - { name: r1, address: 192.0.2.1, probes: [tcp], schedule: [], credential: a }
              - { name: r2, address: 192.0.2.2, probes: [tcp], schedule: [], credential: b }
            """, to: "fleet.yaml", mode: 0o644)
        let loaded = try FleetLoader(checkingSecrets: true).load(path: path)
        guard case .inline(let secret) = loaded.credentials["a"]?.password else {
            Issue.record("no inline password")
            return
        }
        #expect(secret.revealed { $0 } == "")
        guard case .btest(let recipe) = loaded.fleet.probes["tcp"]?.recipe else {
            Issue.record("no btest recipe")
            return
        }
        #expect(recipe.timeout == .seconds(20))
        // A test waits for its hello and login so long, and the end of it must not cut that off.
        #expect(ProbeRecipe.btest(recipe).longestDuration == recipe.duration + .milliseconds(21_500))
    }

    @Test func `takes an inline password only if nobody else can read the file`() throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let text =
            Self.head + """
                credentials: { core: { user: a, password: hunter2 } }
                routers: [{ name: r1, address: 192.0.2.1, credential: core, probes: [tcp], schedule: { every: 6h } }]
                """
        let fleet = try FleetLoader().load(path: folder.write(text, to: "closed.yaml", mode: 0o600)).fleet
        #expect(!"\(fleet)".contains("hunter2"))
        #expect(throws: FleetFileError.self) {
            try FleetLoader().load(path: folder.write(text, to: "open.yaml", mode: 0o640))
        }
    }

    @Test func `without a schedule is loaded with a warning, with an empty one without`() throws {
        let loaded = try load(
            """
            routers:
              - { name: r1, address: 192.0.2.1, probes: [tcp] }
              - { name: r2, address: 192.0.2.2, probes: [tcp], schedule: [] }
            """)
        #expect(loaded.fleet.jobs.isEmpty)
        #expect(
            loaded.warnings.map { "\($0.line):\($0.column): \($0.what), \($0.remedy)" } == [
                "4:13: \"r1\" has no schedule, only `probe now` tests it, "
                    + "give it a \"schedule\", an empty list if this is meant"
            ])
    }

    @Test func `warns of a test that is capped below the plan that it shall show, a direction at a time`() throws {
        let loaded = try load(
            """
            version: 1
            probes:
              slow: { btest: { direction: both, rate: 50M } }
              down: { btest: { rate: 91M } }
            routers:
              - { name: r1, address: 192.0.2.1, probes: [slow, down], schedule: [], plan: { down: 100M, up: 20M } }
              - { name: r2, address: 192.0.2.2, probes: [slow], schedule: [] }
            """, alone: true)
        #expect(
            loaded.warnings.map { "\($0.line):\($0.column): \($0.what), \($0.found), \($0.remedy)" } == [
                "6:13: the download of \"r1\" is not judged by its plan: probe \"slow\" is capped at 50.0 Mbit/s, and a run "
                    + "meets the plan from 90.0 Mbit/s on, found a plan of 100 Mbit/s, "
                    + "raise \"rate\" above 90.0 Mbit/s, or leave it out"
            ])
    }

    @Test func `servers of every transport and of a Control Server load without a warning`() throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        try folder.write(
            """
            \u{FEFF}version: 1
            probes: { udp: { btest: { protocol: udp } }, netz: { rmbt: {} } }
            defaults: { schedule: { every: 6h } }
            routers: [{ name: r1, address: 192.0.2.1, probes: [udp] }]
            servers:
              - { name: s1, address: 192.0.2.2, probes: [netz], transport: websocket }
              - { name: s3, address: 192.0.2.2, probes: [netz], transport: http }
              - { name: s2, control: "https://192.0.2.3", probes: [netz] }
            """, to: "fleet.yaml")
        let loaded = try FleetLoader().load(path: folder.path + "/fleet.yaml")
        #expect(loaded.warnings.isEmpty)
    }

    @Test func `pings over UDP are for servers, and refused on a router`() throws {
        let probes = "probes: { udp: { latency: { method: rmbt-udp, udp_port: 4444 } } }\n"
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let path = try folder.write(
            "version: 1\n" + probes + "servers: [{ name: s1, address: 192.0.2.1, probes: [udp], schedule: [] }]",
            to: "fleet.yaml")
        let fleet = try FleetLoader().load(path: path).fleet
        guard case .latency(let recipe)? = fleet.targets.first?.assignments.first?.probe.recipe else {
            Issue.record("there is no latency probe")
            return
        }
        #expect(recipe.method == .rmbtUDP)
        #expect(recipe.udpPort == 4444)
        let bad = try folder.write(
            "version: 1\n" + probes + "routers: [{ name: r1, address: 192.0.2.1, probes: [udp], schedule: [] }]",
            to: "bad.yaml")
        let error = #expect(throws: FleetFileError.self) { try FleetLoader().load(path: bad) }
        #expect(
            error?.description.contains(
                "the method rmbt-udp fits servers only, found probe \"udp\" on \"r1\"") == true)
    }

    @Test func `warns of an include that matches nothing`() throws {
        let loaded = try load(
            """
            include: [fleet.d/*.yaml]
            routers: [{ name: r1, address: 192.0.2.1, probes: [tcp], schedule: { every: 6h } }]
            """
        )
        #expect(loaded.warnings.map(\.what) == ["\"include\" matches no file"])
    }

    @Test func `that is not there, is a folder or is too large is one problem`() throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        try folder.write("# " + String(repeating: "x", count: 5 << 20), to: "large.yaml")
        for (name, what) in [
            ("gone.yaml", "is not there"), (".", "is a folder"), ("large.yaml", "is larger than 4096 KiB"),
        ] {
            let path = folder.path + "/" + name
            let error = #expect(throws: FleetFileError.self) { try FleetLoader().load(path: path) }
            #expect(error?.problems.map(\.what) == ["the fleet file \"\(path)\" \(what)"])
        }
    }

    @Test func `of ten thousand routers loads in seconds`() throws {
        let routers = (0..<10_000).map {
            "  - { name: r\($0), address: 10.0.\($0 / 256).\($0 % 256), group: g, tags: { n: \"\($0)\" } }"
        }
        let text = """
            groups: { g: { probes: [tcp, ping], schedule: { cron: "0 2 * * *", spread: 2h } } }
            routers:
            \(routers.joined(separator: "\n"))
            """
        let clock = ContinuousClock()
        var fleet: Fleet?
        let time = try clock.measure { fleet = try load(text).fleet }
        #expect(fleet?.jobs.count == 20_000)
        #expect(time < .seconds(30), "\(time)")
    }
}
