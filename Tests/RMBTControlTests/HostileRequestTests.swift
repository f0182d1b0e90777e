import Foundation
import TestSupport
import Testing

@testable import RMBTControl

@Suite struct HostileRequestTests {
    static let bodies: [(String, String)] = [
        ("", "The request has no body: send a JSON object."),
        (" \n", "The request has no body: send a JSON object."),
        ("{", "The body is not JSON: send a JSON object."),
        ("{\"uuid\":}", "The body is not JSON: send a JSON object."),
        ("[]", "The body must be a JSON object."),
        ("7", "The body must be a JSON object."),
        ("null", "The body must be a JSON object."),
        ("{}\u{0}", "The body is not UTF-8 text: send a JSON object in UTF-8."),
        (
            String(repeating: "[", count: 100_000) + String(repeating: "]", count: 100_000),
            "The body is nested more than 16 deep: send the fields alone."
        ),
        (String(repeating: "{\"a\":", count: 100_000), "The body is nested more than 16 deep: send the fields alone."),
    ]

    @Test(arguments: ["settings", "testRequest", "result", "resultUpdate", "history", "testresult"])
    func `what is no JSON object is answered by 400 and a sentence`(name: String) async throws {
        let bench = await ControlBench()
        for (body, sentence) in Self.bodies {
            let answer = await bench.post(name, text: body)
            #expect(answer.status == 400)
            #expect(try answer.errors() == [sentence], "\(body.prefix(20))")
        }
        #expect(bench.results.all.isEmpty)
    }

    @Test func `bytes that are no UTF-8 are refused`() throws {
        #expect(throws: RequestJSON.Refusal.self) {
            try RequestJSON.decode(ControlResultQuery.self, from: Array("{\"uuid\":\"".utf8) + [0xFF, 0x22, 0x7D])
        }
        let wide = "{}".data(using: .utf16) ?? Data()
        #expect(throws: RequestJSON.Refusal.self) { try RequestJSON.decode(ControlResultQuery.self, from: Array(wide)) }
    }

    @Test func `brackets in strings are no nesting`() throws {
        let text = "{\"uuid\":\"\(String(repeating: "[\\\"", count: 100))\"}"
        let query = try RequestJSON.decode(ControlResultQuery.self, from: Array(text.utf8))
        #expect(query.uuid?.count == 200)
    }

    @Test func `fields of the wrong kind are named`() async throws {
        let bench = await ControlBench()
        for (body, sentence) in [
            ("{\"uuid\":7}", "The field uuid has a value of the wrong kind."),
            ("{\"time\":\"soon\"}", "The field time is no number that can be."),
            ("{\"time\":1e400}", "The field time has a value of the wrong kind."),
            ("{\"capabilities\":[1]}", "The field capabilities has a value of the wrong kind."),
        ] {
            let answer = await bench.post("testRequest", text: body)
            #expect(answer.status == 400)
            #expect(try answer.errors() == [sentence])
        }
    }

    @Test func `random bytes and mutilated submissions never get anything but an answer`() async throws {
        let bench = await ControlBench { $0.testsPerMinute = 1_000_000 }
        let whole = try JSONSerialization.data(
            withJSONObject: try ControlBench.submission(try await bench.permitted(), ["test_token": "x_1_y"]))
        var generator = SeededGenerator(seed: 11)
        for _ in 0..<300 {
            var bytes = Array(whole)
            for _ in 0..<Int.random(in: 1...8, using: &generator) {
                bytes[Int.random(in: bytes.indices, using: &generator)] = .random(in: 0...255, using: &generator)
            }
            if Bool.random(using: &generator) { bytes.removeLast(Int.random(in: 1..<bytes.count, using: &generator)) }
            let request = ControlRequest(
                method: .post, path: "/RMBTControlServer/result", body: bytes, client: "198.51.100.7")
            #expect(await bench.router.answer(request).status == 400)
        }
        #expect(bench.results.all.isEmpty)
    }
}
