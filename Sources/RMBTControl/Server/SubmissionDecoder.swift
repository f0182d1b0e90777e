/// Decodes results, large ones one at a time: what a decoder takes is many times what it reads.
actor SubmissionDecoder {
    typealias Decoded = (token: TestToken, submission: ControlSubmission)

    private struct SubmittedToken: Decodable {
        let token: String?

        private enum CodingKeys: String, CodingKey {
            case token = "test_token"
        }
    }

    /// - Parameter keys: of all servers.
    /// - Throws: a sentence; for a token that was not made here before anything else is looked at.
    nonisolated func decode(_ body: [UInt8], keys: [String]) async throws(RequestJSON.Refusal) -> Decoded {
        if body.count <= ControlRouter.smallBody { return try Self.decoded(body, keys) }
        return try await inTurn(body, keys)
    }

    private func inTurn(_ body: [UInt8], _ keys: [String]) throws(RequestJSON.Refusal) -> Decoded {
        try Self.decoded(body, keys)
    }

    private static func decoded(_ body: [UInt8], _ keys: [String]) throws(RequestJSON.Refusal) -> Decoded {
        let text = try RequestJSON.decode(SubmittedToken.self, from: body).token
        guard let token = text.flatMap({ TestToken($0, keys: keys) }) else {
            throw RequestJSON.Refusal(sentence: "The field test_token holds no token of this server.")
        }
        return (token, try RequestJSON.decode(ControlSubmission.self, from: body))
    }
}
