import FleetModel

/// Reads one entry of `probes:`.
struct ProbeReader {
    let values: ValueReader
    let schedules: ScheduleReader

    /// A probe with the schedule that it carries; nil where the target's own holds.
    struct Placed {
        let spec: ProbeSpec
        let schedule: [ScheduleReader.Placed]?
    }

    private static let kinds = ["btest", "rmbt", "latency"]

    func read(_ entry: SourceEntry) -> Placed? {
        guard var reader = MappingReader(entry.value, place: "a probe", values: values) else { return nil }
        let present = Self.kinds.compactMap { reader.rawEntry($0) }
        let schedule = reader.entry("schedule").map { schedules.read($0.value) }
        reader.finish()
        guard let kind = present.first, present.count == 1 else {
            values.problems.report(
                entry.keyPosition, "a probe needs exactly one of btest, rmbt and latency",
                found: present.isEmpty ? "found none" : "found " + present.map(\.key).joined(separator: " and "),
                remedy: "write { latency: { count: 20 } }, for example")
            return nil
        }
        let recipe: ProbeRecipe? =
            switch kind.key {
            case "btest": settings(kind, "a btest probe").map { .btest(btest($0)) }
            case "rmbt": settings(kind, "an rmbt probe").map { .rmbt(rmbt($0)) }
            default: settings(kind, "a latency probe").map { .latency(latency($0)) }
            }
        return recipe.map { Placed(spec: ProbeSpec(name: entry.key, recipe: $0), schedule: schedule) }
    }

    /// The recipe's own map; `btest:` without a value takes every default.
    private func settings(_ entry: SourceEntry, _ place: String) -> MappingReader? {
        if case .nothing = entry.value.content {
            return MappingReader(entries: [], at: entry.value.position, place: place, values: values)
        }
        return MappingReader(entry.value, place: place, values: values)
    }

    private func btest(_ settings: MappingReader) -> ProbeRecipe.Btest {
        var reader = settings
        var recipe = ProbeRecipe.Btest()
        recipe.transport = reader.choice("protocol", of: ProbeRecipe.Btest.TransportProtocol.self) ?? recipe.transport
        recipe.direction = reader.choice("direction", of: TransferDirection.self) ?? recipe.direction
        recipe.findsCapacity = reader.truth("find_capacity") ?? false
        if recipe.findsCapacity {
            recipe.duration =
                reader.duration("duration", in: .seconds(1)...(.seconds(30)), example: "2s")
                ?? ProbeRecipe.Btest.stepDuration
        } else {
            recipe.duration =
                reader.duration("duration", in: .seconds(1)...(.seconds(3600)), example: "10s") ?? recipe.duration
        }
        recipe.connections = reader.integer("connections", in: 1...100, example: 4) ?? recipe.connections
        recipe.rate = reader.rate("rate")
        recipe.transmitSize = reader.integer("tx_size", in: 64...65000, example: 1500)
        recipe.randomData = reader.truth("random_data") ?? recipe.randomData
        if recipe.findsCapacity, recipe.transport != .udp {
            values.problems.report(
                reader.position, "\"find_capacity\" counts lost packets, which TCP sends again",
                remedy: "write protocol: udp")
        }
        recipe.timeout = reader.duration("timeout", in: .seconds(1)...(.seconds(60)), example: "10s") ?? recipe.timeout
        reader.finish()
        return recipe
    }

    private func rmbt(_ settings: MappingReader) -> ProbeRecipe.RMBT {
        var reader = settings
        var recipe = ProbeRecipe.RMBT()
        recipe.direction = reader.choice("direction", of: TransferDirection.self) ?? recipe.direction
        recipe.connections = reader.integer("connections", in: 1...20, example: 3) ?? recipe.connections
        recipe.duration =
            reader.duration("duration", in: .seconds(1)...(.seconds(30)), example: "7s") ?? recipe.duration
        recipe.pings = reader.integer("pings", in: 1...1000, example: 10) ?? recipe.pings
        recipe.pretestDuration =
            reader.duration("pretest", in: .milliseconds(100)...(.seconds(30)), example: "2s")
            ?? recipe.pretestDuration
        recipe.chunkSize = reader.integer("chunk_size", in: 4096...4_194_304, example: 4096)
        recipe.putTimeResult = reader.truth("put_time_result") ?? recipe.putTimeResult
        reader.finish()
        return recipe
    }

    private func latency(_ settings: MappingReader) -> ProbeRecipe.Latency {
        var reader = settings
        var recipe = ProbeRecipe.Latency()
        recipe.count = reader.integer("count", in: 1...1000, example: 20) ?? recipe.count
        recipe.interval =
            reader.duration("interval", in: .milliseconds(10)...(.seconds(60)), example: "200ms") ?? recipe.interval
        recipe.timeout =
            reader.duration("timeout", in: .milliseconds(10)...(.seconds(60)), example: "2s") ?? recipe.timeout
        recipe.method = reader.choice("method", of: ProbeRecipe.Latency.Method.self) ?? recipe.method
        recipe.udpPort = reader.integer("udp_port", in: 1...65535, example: 444) ?? recipe.udpPort
        reader.finish()
        return recipe
    }
}
