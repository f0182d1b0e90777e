/// A server as it is offered to one client.
struct ServerOffer: Sendable {
    let server: ControlledServer
    let manner: ControlledServer.Manner
    /// `test_server_type`.
    let type: String

    /// The servers that a client may be sent to.
    ///
    /// - Parameters:
    ///   - hasTLS: whether the request came over TLS: a browser that loaded its page so speaks to servers with TLS alone.
    ///   - manner: how a server answers at present; nil for one that does not.
    /// - Returns: at least one, in the order of the configuration; else why there is none.
    static func offers(
        to request: ControlTestRequest, over hasTLS: Bool, of servers: [ControlledServer],
        _ manner: (String) -> ControlledServer.Manner?
    ) -> Result<[ServerOffer], RequestJSON.Refusal> {
        func refusal(_ sentence: String) -> Result<[ServerOffer], RequestJSON.Refusal> {
            .failure(RequestJSON.Refusal(sentence: sentence))
        }
        var wanted = servers
        var noun = "RMBT server"
        if request.userServerSelection == true, let name = request.preferredServer, !name.isEmpty {
            wanted = servers.filter { $0.name == name }
            noun = "server of that name"
            guard !wanted.isEmpty else {
                return refusal(
                    "There is no server of that name; the servers are \(servers.map(\.name).joined(separator: ", ")).")
            }
        }
        let answering = wanted.compactMap { server in manner(server.name).map { (server, $0) } }
        guard !answering.isEmpty else { return refusal("No \(noun) answers at present; try again in a minute.") }
        let reachable = answering.filter { fits(request.protocolVersion, host: $0.0.host) }
        guard !reachable.isEmpty else {
            return refusal("No \(noun) has an address of \(request.protocolVersion == "ipv6" ? "IPv6" : "IPv4").")
        }

        let speakHTTP = reachable.filter { $0.1.kind == .http }
        let areClassic = reachable.filter { $0.1.kind == .classic }
        let isWebSocket = request.client == "RMBTws"
        let chosen: [(ControlledServer, ControlledServer.Manner)]
        if isWebSocket {
            let withTLS = hasTLS ? speakHTTP.filter { $0.1.hasTLS } : []
            chosen = withTLS.isEmpty ? speakHTTP : withTLS
            noun += " that speaks WebSocket"
        } else if request.capabilities?.RMBThttp == true {
            // Some that say so speak nothing else.
            chosen = speakHTTP.isEmpty ? areClassic : speakHTTP
        } else {
            chosen = areClassic
            noun += " that speaks classic RMBT"
        }
        guard !chosen.isEmpty else { return refusal("No \(noun) answers at present; try again in a minute.") }
        return .success(
            chosen.map { server, manner in
                let type = manner.kind == .classic ? "RMBT" : isWebSocket ? "RMBTws" : "RMBThttp"
                return ServerOffer(server: server, manner: manner, type: type)
            })
    }

    /// A name may have addresses of both versions; a literal has one.
    private static func fits(_ version: String?, host: String) -> Bool {
        let isIPv6 = host.contains(":")
        let isIPv4 = !isIPv6 && host.utf8.allSatisfy { (0x30...0x39).contains($0) || $0 == 0x2E }
        return switch version {
        case "ipv4": !isIPv6
        case "ipv6": !isIPv4
        default: true
        }
    }
}
