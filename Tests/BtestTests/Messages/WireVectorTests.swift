import Foundation
import TestSupport
import Testing

@testable import Btest

@Suite(.onlyComputes) struct WireVectorTests {
    private struct Vectors: Decodable {
        struct Login: Decodable {
            let user, password, nonce, reply: String
        }
        struct Command: Decodable {
            let bytes, `protocol`, direction: String
            let connections: UInt8
            let tx_size: UInt16
            let remote_tx_speed, local_tx_speed: UInt32
        }
        struct Status: Decodable {
            let bytes: String
            let cpu: UInt8
            let sequence, received: UInt32
        }
        let md5: [Login]
        let commands: [Command]
        let statuses: [Status]
    }

    private let vectors: Vectors

    init() throws {
        let url = try #require(Bundle.module.url(forResource: "Fixtures/btest", withExtension: "json"))
        vectors = try JSONDecoder().decode(Vectors.self, from: Data(contentsOf: url))
    }

    private func bytes(_ hexadecimal: String) throws -> [UInt8] {
        let digits = Array(hexadecimal)
        return try stride(from: 0, to: digits.count, by: 2).map {
            try #require(UInt8(String(digits[$0...$0 + 1]), radix: 16))
        }
    }

    @Test func `every MD5 response of the vectors is made, read and believed`() throws {
        #expect(vectors.md5.count == 10)
        for vector in vectors.md5 {
            let (nonce, reply) = (try bytes(vector.nonce), try bytes(vector.reply))
            let made = try #require(MD5Response(userName: vector.user, password: vector.password, nonce: nonce))
            #expect(made.encoded == reply)
            let read = try #require(MD5Response(decoding: reply))
            #expect(read == made)
            #expect(read.proves(password: vector.password, nonce: nonce))
            #expect(!read.proves(password: vector.password + "x", nonce: nonce))
            #expect(!read.proves(password: vector.password, nonce: nonce.reversed()))
        }
    }

    @Test func `every command of the vectors is read and written alike`() throws {
        #expect(vectors.commands.count == 4)
        for vector in vectors.commands {
            let wire = try bytes(vector.bytes)
            let command = try BtestCommand(decoding: wire)
            #expect(command.encoded == wire)
            #expect("\(command.transport)" == vector.protocol)
            #expect("\(command.direction)" == vector.direction)
            #expect(!command.randomData)
            // One TCP connection is asked for by a 0.
            let count = command.connectionCount
            #expect(vector.connections == (count == 0 && command.transport == .tcp ? 1 : count))
            #expect(command.transmitSize == vector.tx_size)
            #expect(command.bufferSize == 0)
            #expect(command.remoteTransmitSpeed == vector.remote_tx_speed)
            #expect(command.localTransmitSpeed == vector.local_tx_speed)
        }
    }

    @Test func `every status of the vectors is read and written alike`() throws {
        #expect(vectors.statuses.count == 4)
        for vector in vectors.statuses {
            let wire = try bytes(vector.bytes)
            let status = try #require(BtestStatus(decoding: wire))
            #expect(status.cpuPercent == vector.cpu)
            #expect(status.sequence == vector.sequence)
            #expect(status.bytesReceived == vector.received)
            #expect(status.encoded == wire)
        }
    }
}
