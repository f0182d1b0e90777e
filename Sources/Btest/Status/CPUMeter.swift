import Glibc

/// This machine's CPU load over a span, read from `/proc/stat`.
public struct CPUMeter: Sendable {
    private struct Ticks {
        let busy: UInt64
        let all: UInt64
    }

    private var last: Ticks?

    public init() {
        last = Self.read()
    }

    /// Load of all cores together since the meter was made or last asked.
    ///
    /// - Returns: 0 … 1; nil where the system does not tell or no tick has passed.
    public mutating func load() -> Double? {
        let now = Self.read()
        defer { last = now ?? last }
        guard let now, let last, now.all > last.all, now.busy >= last.busy else { return nil }
        return min(Double(now.busy - last.busy) / Double(now.all - last.all), 1)
    }

    private static func read() -> Ticks? {
        let descriptor = open("/proc/stat", O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var buffer = [UInt8](repeating: 0, count: 512)
        let count = Glibc.read(descriptor, &buffer, buffer.count)
        guard count > 0 else { return nil }
        let line = String(decoding: buffer.prefix(count).prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
        // cpu user nice system idle iowait irq softirq steal; guests are already in user.
        let values = line.split(separator: " ").dropFirst().prefix(8).compactMap { UInt64($0) }
        guard values.count >= 5 else { return nil }
        let all = values.reduce(0, &+)
        return Ticks(busy: all &- values[3] &- values[4], all: all)
    }
}
