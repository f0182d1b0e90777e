import ArgumentParser
import FleetModel
import Foundation
import Serving

extension BitRate: ExpressibleByArgument {
    public init?(argument: String) {
        self.init(parsing: argument)
    }
}

/// A duration on the command line: `90s`, `15m`, `6h`, `7d`; a bare number is seconds.
struct DurationArgument: ExpressibleByArgument {
    let value: Duration

    init?(argument: String) {
        guard let value = DurationText.parse(argument), value > .zero else { return nil }
        self.value = value
    }

    init(_ value: Duration) {
        self.value = value
    }

    var defaultValueDescription: String { DurationText.format(value) }
}

/// A number of bytes on the command line: `10G` is 10,000,000,000.
struct ByteCountArgument: ExpressibleByArgument {
    let value: ByteCount

    init?(argument: String) {
        guard let value = ByteCount(parsing: argument) else { return nil }
        self.value = value
    }

    init(_ bytes: Int64) {
        value = ByteCount(bytes: bytes)
    }

    /// As it would be typed.
    var defaultValueDescription: String {
        let (billions, rest) = value.bytes.quotientAndRemainder(dividingBy: 1_000_000_000)
        return rest == 0 ? "\(billions)G" : "\(value.bytes)"
    }
}

/// A point in time on the command line: a day or a local time of the fleet's zone, or with `Z` or an offset an instant.
struct TimeArgument: ExpressibleByArgument {
    let value: TimeText

    init?(argument: String) {
        guard let value = TimeText(parsing: argument) else { return nil }
        self.value = value
    }
}

/// An address to listen on: `127.0.0.1:2000`, `[::]:2000`, `:2000` for every address.
struct ListenArgument: ExpressibleByArgument {
    let host: String
    let port: Int

    init?(argument: String) {
        guard let colon = argument.lastIndex(of: ":"),
            let port = UInt16(argument[argument.index(after: colon)...])
        else { return nil }
        var host = String(argument[..<colon])
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = String(host.dropFirst().dropLast())
        } else if host.contains(":") {
            return nil
        }
        self.init(host: host.isEmpty ? "::" : host, port: Int(port))
    }

    init(host: String, port: Int) {
        self.host = host
        self.port = port
    }

    var endpoint: ListenEndpoint { ListenEndpoint(host: host, port: port) }

    var defaultValueDescription: String { endpoint.description }
}

/// UDP ports on the command line: `2001-2100`, or one of them.
struct PortRangeArgument: ExpressibleByArgument {
    let range: ClosedRange<UInt16>

    init?(argument: String) {
        let ends = argument.split(separator: "-", omittingEmptySubsequences: false).map { UInt16($0) }
        guard (1...2).contains(ends.count), let first = ends.first ?? nil, let last = ends.last ?? nil, first > 0,
            first <= last
        else { return nil }
        range = first...last
    }

    init(_ range: ClosedRange<UInt16>) {
        self.range = range
    }

    var defaultValueDescription: String { "\(range.lowerBound)-\(range.upperBound)" }
}

/// How results are printed.
enum OutputFormat: String, ExpressibleByArgument, CaseIterable {
    case table, json, jsonl, csv
}
