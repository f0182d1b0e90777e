import Testing

@testable import Btest

/// One way of measuring: what a matrix of tests goes through.
struct BtestMode: CustomTestStringConvertible, Sendable {
    let transport: BtestCommand.TransportProtocol
    let direction: BtestCommand.Direction
    let connections: Int
    var testDescription: String { "\(transport) \(direction) \(connections)" }

    /// Both protocols, each direction, each number of connections.
    static func all(connections: [Int]) -> [BtestMode] {
        [BtestCommand.TransportProtocol.tcp, .udp].flatMap { transport in
            BtestCommand.Direction.allCases.flatMap { direction in
                connections.map { BtestMode(transport: transport, direction: direction, connections: $0) }
            }
        }
    }
}
